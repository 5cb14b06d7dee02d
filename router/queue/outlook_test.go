package queue_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/callward/callward/router/queue"
)

func TestAPromiseNeverGrowsAndSaysNothingOfShortWaits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var p queue.Promise
		last := 0
		for _, s := range rapid.SliceOf(rapid.IntRange(0, 2000)).Draw(rt, "estimates in s") {
			wait := time.Duration(s) * time.Second
			minutes := p.Tell(queue.Outlook{Wait: wait, Known: true})
			switch {
			case wait <= time.Minute && minutes != 0:
				rt.Fatalf("%d minutes said of %s", minutes, wait)
			case minutes > queue.More:
				rt.Fatalf("%d minutes said", minutes)
			case last > 0 && minutes > last:
				rt.Fatalf("%d minutes after %d", minutes, last)
			case last == 0 && minutes > 0 && minutes < queue.More && time.Duration(minutes)*time.Minute < wait:
				rt.Fatalf("%d minutes said of %s", minutes, wait)
			}
			if minutes > 0 {
				last = minutes
			}
		}
	})
}

func TestNobodyIsToldAWaitThatIsNotKnown(t *testing.T) {
	var p queue.Promise
	if n := p.Tell(queue.Outlook{Position: 3, Wait: time.Hour}); n != 0 {
		t.Fatalf("%d minutes said though nobody is at work", n)
	}
	if n := p.Tell(queue.Outlook{Wait: 61 * time.Second, Known: true}); n != 2 {
		t.Fatalf("%d minutes said of 61 s, want 2", n)
	}
	if n := p.Tell(queue.Outlook{Wait: time.Hour, Known: true}); n != 2 {
		t.Fatalf("%d minutes said after 2", n)
	}
}
