package queue

import (
	"testing"
	"time"
)

// A node measures the time of the pool anew at each beat, now and then a little less of it than
// before: that is no clock that was set back, after which who may try again would be given up.
func TestATimeThatIsMeasuredAnewTakesNobodysSecondTry(t *testing.T) {
	due := time.Date(2026, 3, 2, 9, 0, 10, 0, time.UTC)
	for _, tc := range []struct {
		left time.Duration // until then, as it seems
		told bool
	}{
		{time.Millisecond, false},
		{grace, false},
		{grace + time.Millisecond, false},
		{grace + measured, false},
		{grace + time.Hour, true},
		{0, true},
		{-time.Hour, true},
	} {
		r := &Redis{owed: map[string]debt{"c1": {why: Failure, held: new(held), due: due}}}
		r.clock.fixed = func() time.Time { return due.Add(-tc.left) }
		if _, _, told := r.debt(); told != tc.told {
			t.Errorf("with %s left the end is told: %v", tc.left, told)
		}
	}
}

// What time it is must be read with the debts, not before: one that is made meanwhile by a later
// time would seem to be due later than any.
func TestTheTimeByWhichDebtsAreDueIsReadWithThem(t *testing.T) {
	r := new(Redis)
	locked := false
	r.clock.fixed = func() time.Time {
		if locked = !r.mu.TryLock(); !locked {
			r.mu.Unlock()
		}
		return time.Time{}
	}
	if r.debt(); !locked {
		t.Error("a debt could be made after the time was read")
	}
}
