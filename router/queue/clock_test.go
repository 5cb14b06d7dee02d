package queue

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestThePoolsTimeIsRedissCountedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c poolClock
		for _, theirs := range []time.Time{time.Now().Add(time.Hour), time.Now().Add(-time.Hour)} {
			c.learn(theirs, time.Now())
			time.Sleep(400 * time.Millisecond)
			if got := c.now().Sub(theirs); got != 400*time.Millisecond {
				t.Errorf("%s after it was asked Redis's clock is %s on", 400*time.Millisecond, got)
			}
		}
	})
}
