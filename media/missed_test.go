package media

import "testing"

// A browser gives signs of life all the time, unlike a phone whose owner is mute: without one for
// 12 s it is gone, as a tab that crashed, but not after what a change of networks takes.
func TestABrowserIsMissedSoonerThanAPhone(t *testing.T) {
	for name, c := range map[string]struct {
		ice   *ice
		after int
	}{
		"a phone":                      {nil, 1500},
		"a browser":                    {&ice{proved: true}, 600},
		"a browser that has yet to be": {&ice{}, 1500},
	} {
		t.Run(name, func(t *testing.T) {
			z := newFuzzed(t, plain)
			of := *z.terms.Load()
			of.ice = c.ice
			z.terms.Store(&of)
			z.tick() // it is adopted
			for i := 2; i <= 2*c.after; i++ {
				if got, want := z.tick(), i%c.after == 0; got != want {
					t.Fatalf("%d ticks after the last sign: silence is told: %v", i, got)
				}
			}
		})
	}
	z := newFuzzed(t, plain)
	z.engine.silentAfter = 100
	of := *z.terms.Load()
	of.ice = &ice{proved: true}
	z.terms.Store(&of)
	z.tick()
	for i := 2; i <= 100; i++ {
		if z.tick() != (i == 100) {
			t.Fatalf("less that is configured counts for browsers too, but silence is told, or not, after %d ticks", i)
		}
	}
}
