package media

import "github.com/callward/callward/media/dtmf"

// screen keeps the sound of keys from everybody who hears a session: a frame in which
// there may be a key is silent, and so are those around it. It is the pacer's own.
type screen struct {
	keys      dtmf.Screen
	low       converter
	held      [wideSamples]int16 // the frame before, which is heard next
	samples   int                // of it
	concealed bool
}

// HideKeys says whether the sound of keys (ITU-T Q.23) is kept from all who hear what the
// peer says: the other members of its Mix, the sinks, a recording. Keys are understood as
// before, and those that come as events (RFC 4733) are never heard by anybody. Keys are
// known by what follows, so while they are hidden all is heard 20 ms later: a frame of
// silence comes first, and the last frame is dropped. A frame of a voice may be taken for
// a key: see SessionStats.HiddenSamples.
func (s *Session) HideKeys(hide bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if hide != (s.screen.Load() != nil) {
		var sc *screen
		if hide {
			sc = new(screen)
		}
		s.screen.Store(sc)
	}
}

// hideKeys understands the keys in f, and puts the frame before in its place, without
// those that are in it.
func (s *Session) hideKeys(sc *screen, f *Frame) {
	low := *f
	low.PCM, low.Rate = sc.low.to(Rate, f), Rate
	s.hearTones(&low)
	key := sc.keys.Next(low.PCM)
	if sc.samples != len(f.PCM) { // there is none before, or of another rate
		clear(sc.held[:])
	}
	for i, x := range f.PCM {
		f.PCM[i], sc.held[i] = sc.held[i], x
	}
	if key {
		clear(f.PCM)
		s.stats.hidden.Add(FrameSamples)
	}
	sc.samples = len(f.PCM)
	f.Concealed, sc.concealed = sc.concealed, f.Concealed
}
