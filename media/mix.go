package media

import (
	"math"
	"slices"
	"sync"
)

// A Mix lets sessions hear each other: each hears the sum of the others that it may
// hear, and never itself. The zero value is ready. All methods are safe from any
// goroutine, and take effect with each session's next frame; what the others hear of
// each other goes on without a gap.
//
// A caller and an agent are two members that Join. A supervisor's session becomes a
// third, and moves between what it may do by the same three calls:
//
//	mix := media.NewBridge(caller, agent)
//	mix.Listen(supervisor)         // hears both, is heard by nobody
//	mix.Whisper(supervisor, agent) // hears both, is heard by the agent alone
//	mix.Join(supervisor)           // barges in: all hear each other
//	mix.Follow(supervisor, caller) // hears what is played to the caller, too: a bot
//	mix.Delay(supervisor, 3*time.Second) // hears all that later, and can be made to Forget it
//	mix.Leave(supervisor)          // the call goes on without
//
// A member whom nobody may hear goes on hearing all, so Listen also mutes who is in the
// call. What is played on a session covers the mix for it alone; its sinks hear its own
// peer as ever. A session is in one mix: to join another takes it from the first, and
// one that closes falls silent to the others, but should Leave as well, which lets go of
// what is kept for it. Members may have different rates, and be paced by different
// shards. For each two there is a buffer each way: a mix is for a handful.
type Mix struct {
	mu      sync.Mutex // over all that follows; no pacer takes it
	members []*member
	dropped uint64 // samples, on ways that are no more
}

// member is a session of a mix, and by whom it may be heard.
type member struct {
	session *Session
	all     bool
	by      []*Session        // if not by all
	follows *Session          // whom it hears played to; nil: nobody
	late    *hindsight        // holds back what it hears; nil: nothing does
	ways    map[*member]*live // to those who hear it
	tracks  map[*member]*live // of what is played to it, to those who follow it
	end     *bridgeEnd
}

// bridgeEnd is what the pacer of a session knows of its mix. It is replaced, never
// changed, but for the sum.
type bridgeEnd struct {
	in, out []*live
	played  []*live            // to those who follow it
	late    *hindsight         // nil: it hears at once
	sum     [wideSamples]int32 // the pacer's own
}

// write lets the others hear a frame.
func (b *bridgeEnd) write(f *Frame) {
	for _, l := range b.out {
		l.write(f)
	}
}

// hears reports whether anybody may be heard by it. It may be asked of none.
func (b *bridgeEnd) hears() bool { return b != nil && len(b.in) > 0 }

// show lets those who follow it hear what is played to it.
func (b *bridgeEnd) show(f *Frame) {
	for _, l := range b.played {
		l.write(f)
	}
}

// read fills f, at its rate, with what is to be heard in this tick, or reports that nothing
// is.
func (b *bridgeEnd) read(f *Frame) bool {
	f.PCM = f.PCM[:f.Rate/ticksPerSecond]
	heard := b.mix(f)
	if b.late != nil {
		return b.late.pass(f, heard)
	}
	return heard
}

// mix fills f with the sum of those who have a frame, or reports that nobody has. One who is
// a tick late is left out and comes with the next.
func (b *bridgeEnd) mix(f *Frame) bool {
	sum := b.sum[:len(f.PCM)]
	heard := false
	for _, l := range b.in {
		pcm, ok := l.next(f.Rate, f.At)
		if !ok {
			continue
		}
		if !heard {
			heard = true
			clear(sum)
		}
		for i, x := range pcm {
			sum[i] += int32(x)
		}
	}
	if !heard {
		return false
	}
	for i, x := range sum { // louder than full scale is cut, not turned over
		f.PCM[i] = int16(max(math.MinInt16, min(math.MaxInt16, x))) //nolint:gosec // just bounded
	}
	return true
}

// NewBridge is a mix of two sessions.
func NewBridge(a, b *Session) *Mix {
	m := new(Mix)
	m.Join(a)
	m.Join(b)
	return m
}

// Join lets s hear all others and be heard by all, whatever it might do before, and
// takes it from the mix that it was in.
func (m *Mix) Join(s *Session) { m.set(s, true, nil) }

// Listen lets s hear all others and be heard by nobody.
func (m *Mix) Listen(s *Session) { m.set(s, false, nil) }

// Whisper lets s hear all others and be heard by those of by that are members, now or
// later.
func (m *Mix) Whisper(s *Session, by ...*Session) { m.set(s, false, slices.Clone(by)) }

// Follow lets s, who is in the mix, hear what is played to another member as well, such as
// a bot's words, now or once that is one; nil: nobody's.
func (m *Mix) Follow(s, to *Session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, o := range m.members {
		if o.session == s {
			o.follows = to
		}
	}
	m.renew()
}

// Leave takes s out of the mix. It may be called for who is not in it.
func (m *Mix) Leave(s *Session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(func(o *member) bool { return o.session == s || o.gone() })
	m.renew()
}

// Close parts all. It may be called twice, and sessions may join again after it.
func (m *Mix) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove(func(*member) bool { return true })
	return nil
}

// Dropped says how many samples were dropped because they had become old, or because
// who was to hear them was held or gone.
func (m *Mix) Dropped() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := m.dropped
	for _, o := range m.members {
		for _, lines := range []map[*member]*live{o.ways, o.tracks} {
			for _, l := range lines {
				n += l.dropped.Load()
			}
		}
	}
	return n
}

func (m *Mix) set(s *Session, all bool, by []*Session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remove((*member).gone)
	i := slices.IndexFunc(m.members, func(o *member) bool { return o.session == s })
	if i < 0 {
		i = len(m.members)
		m.members = append(m.members, &member{
			session: s, ways: make(map[*member]*live), tracks: make(map[*member]*live), end: new(bridgeEnd),
		})
		s.bridge.Store(m.members[i].end)
	}
	m.members[i].all, m.members[i].by = all, by
	m.renew()
}

// gone reports whether the session was closed, or joined another mix.
func (o *member) gone() bool {
	return o.session.bridge.Load() != o.end || o.session.state.Load() == finished
}

func (o *member) heardBy(s *Session) bool { return o.all || slices.Contains(o.by, s) }

// remove takes members out, and the ways to and from them with the next renew.
func (m *Mix) remove(which func(*member) bool) {
	m.members = slices.DeleteFunc(m.members, func(o *member) bool {
		if !which(o) {
			return false
		}
		o.session.bridge.CompareAndSwap(o.end, nil)
		for to := range o.ways {
			m.close(o.ways, to)
		}
		for to := range o.tracks {
			m.close(o.tracks, to)
		}
		return true
	})
}

func (m *Mix) close(ways map[*member]*live, to *member) {
	m.dropped += ways[to].dropped.Load()
	delete(ways, to)
}

// renew opens and closes ways by who may hear whom, and tells all pacers. A way that
// stays is the same as before, with what waits on it.
func (m *Mix) renew() {
	for _, from := range m.members {
		m.open(from.ways, from, func(to *member) bool { return from.heardBy(to.session) })
		m.open(from.tracks, from, func(to *member) bool { return to.follows == from.session })
	}
	for _, o := range m.members {
		end := &bridgeEnd{late: o.late}
		for _, other := range m.members {
			end.in = add(add(end.in, other.ways[o]), other.tracks[o])
			end.out = add(end.out, o.ways[other])
			end.played = add(end.played, o.tracks[other])
		}
		if o.session.bridge.CompareAndSwap(o.end, end) { // else it is gone: the next change notices
			o.end = end
		}
	}
}

// open keeps ways from a member to those who are to have one.
func (m *Mix) open(ways map[*member]*live, from *member, which func(to *member) bool) {
	for to := range ways {
		if !which(to) || !slices.Contains(m.members, to) {
			m.close(ways, to)
		}
	}
	for _, to := range m.members {
		if to != from && ways[to] == nil && which(to) {
			ways[to] = newLive()
		}
	}
}

func add(lines []*live, l *live) []*live {
	if l == nil {
		return lines
	}
	return append(lines, l)
}
