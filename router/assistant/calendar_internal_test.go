package assistant

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What is said of hours is what a look at the clock every half hour would have shown.
func TestTheEndAndTheNextBeginningOfHoursAreWhereTheyShow(t *testing.T) {
	const step = 30 * time.Minute
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := &calendar{zone: rapid.SampledFrom([]*time.Location{time.UTC, paris}).Draw(t, "zone"), holidays: holidaySets["FR"]}
		for day := range c.week {
			for from := 0; rapid.Bool().Draw(t, "more") && from < 47; {
				from += rapid.IntRange(0, 47-from).Draw(t, "from")
				to := rapid.IntRange(from+1, 48+from).Draw(t, "to")
				c.week[day] = append(c.week[day], span{from * 30, to * 30})
				from = to + 1
			}
		}
		// In spring and in autumn clocks change within the days that are looked at.
		begin := rapid.SampledFrom([]time.Time{
			time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 10, 23, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 23, 0, 0, 0, 0, time.UTC),
		}).Draw(t, "begin")
		at := begin.Add(time.Duration(rapid.IntRange(0, 95).Draw(t, "at")) * step)
		look := func(from time.Time, open bool) (time.Time, bool) {
			for n := range 9 * 48 {
				if u := from.Add(time.Duration(n) * step); c.open(u) == open {
					return u, true
				}
			}
			return time.Time{}, false
		}
		first := at
		if c.open(at) {
			end, found := look(at, false)
			if got, ok := c.until(at); found && (!ok || !got.Equal(c.civil(end))) {
				t.Fatalf("at %s they end at %s, shown at %s", at, got, c.civil(end))
			}
			if !found {
				return
			}
			first = end
		}
		if next, found := look(first, true); found {
			if got, ok := c.next(at); !ok || !got.Equal(c.civil(next)) {
				t.Fatalf("at %s they begin at %s, shown at %s", at, got, c.civil(next))
			}
		}
	})
}
