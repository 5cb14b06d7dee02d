package media_test

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/sdp"
)

// A party is a session with a peer that says one tone; what it hears is read on the wire.
type party struct {
	*media.Session

	peer *mediatest.Peer
	hz   float64
}

// parties are a caller, an agent and a supervisor, or as many as there are tones.
func parties(t *testing.T, e *media.Engine, hz ...float64) []party {
	t.Helper()
	out := make([]party, len(hz))
	for i := range out {
		s, err := e.Open(media.Options{Codecs: []string{sdp.PCMU}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		out[i] = party{s, peer(t, ""), hz[i]}
		accept(t, s, out[i].peer.Offer("sendrecv"))
		t.Cleanup(goTalk(out[i].peer, s, hz[i]))
	}
	return out
}

// onlyTones reports whether pcm is of all of these tones, as loud as each other, of
// nothing else, and without a gap.
func onlyTones(pcm []int16, hz ...float64) (ok bool, why string) {
	if len(hz) == 0 {
		level := mediatest.Level(pcm)
		return level < 10, fmt.Sprintf("a level of %.0f", level)
	}
	sum, shares, even := 0.0, []float64{}, true
	for _, f := range hz {
		share := mediatest.Share(pcm, f)
		sum, shares = sum+share, append(shares, share)
		even = even && share*float64(len(hz)) > 0.8
	}
	gap := mediatest.LongestGap(pcm)
	return even && sum > 0.97 && gap <= 60*time.Millisecond, fmt.Sprintf("shares of %.3f, a gap of %v", shares, gap)
}

// newest gives how many frames have come on the wire, and the sound of the last n.
func (p party) newest(n int) (frames int, pcm []int16) {
	got := p.peer.Got()
	got = slices.DeleteFunc(got, func(r mediatest.Received) bool { return r.PayloadType != 0 })
	for _, r := range got[max(0, len(got)-n):] {
		frame := make([]int16, len(r.Payload))
		g711.PCMU.Decode(frame, r.Payload)
		pcm = append(pcm, frame...)
	}
	return len(got), pcm
}

// mustHear fails the test unless half a second comes on the wire that is of exactly these
// parties' tones.
func (p party) mustHear(t *testing.T, others ...party) {
	t.Helper()
	var hz []float64
	for _, o := range others {
		hz = append(hz, o.hz)
	}
	why := ""
	from, _ := p.newest(0)
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if frames, pcm := p.newest(25); frames >= from+25 {
			var ok bool
			if ok, why = onlyTones(pcm, hz...); ok {
				return
			}
		}
		if time.Now().After(end) {
			t.Fatalf("who says %v Hz never heard %v Hz alone: %s", p.hz, hz, why)
		}
	}
}

func TestASupervisorListensWhispersAndBargesIn(t *testing.T) {
	t.Parallel()
	p := parties(t, running(t, media.Config{Shards: 3}), 400, 700, 1100)
	caller, agent, supervisor := p[0], p[1], p[2]
	mix := media.NewBridge(caller.Session, agent.Session)
	caller.mustHear(t, agent)
	supervisor.mustHear(t) // nothing

	mix.Listen(supervisor.Session)
	supervisor.mustHear(t, caller, agent)
	caller.mustHear(t, agent)
	agent.mustHear(t, caller)

	mix.Whisper(supervisor.Session, agent.Session)
	agent.mustHear(t, caller, supervisor)
	caller.mustHear(t, agent)
	supervisor.mustHear(t, caller, agent)

	mix.Join(supervisor.Session)
	caller.mustHear(t, agent, supervisor)
	agent.mustHear(t, caller, supervisor)
	supervisor.mustHear(t, caller, agent)

	mix.Listen(agent.Session) // muted
	caller.mustHear(t, supervisor)
	supervisor.mustHear(t, caller)
	agent.mustHear(t, caller, supervisor)

	_ = agent.Close() // without a word to the mix
	caller.mustHear(t, supervisor)
	supervisor.mustHear(t, caller)
	if err := mix.Close(); err != nil {
		t.Fatal(err)
	}
	caller.mustHear(t)
	supervisor.mustHear(t)
}

// What a whisper must never do: be heard by the caller, not in one frame of all.
func TestTheCallerHearsNothingOfAWhisper(t *testing.T) {
	t.Parallel()
	p := parties(t, running(t, media.Config{Shards: 2}), 400, 700, 1100)
	caller, agent, supervisor := p[0], p[1], p[2]
	mix := media.NewBridge(caller.Session, agent.Session)
	for range 5 {
		mix.Whisper(supervisor.Session, agent.Session)
		agent.mustHear(t, caller, supervisor)
		mix.Listen(supervisor.Session)
		agent.mustHear(t, caller)
		mix.Leave(supervisor.Session)
	}
	pcm := caller.peer.PCM(g711.PCMU)
	for ; len(pcm) >= media.Rate/10; pcm = pcm[media.Rate/10:] {
		// The edge of the agent's own tone has a little of every frequency. One frame of the
		// supervisor's has 1600 of it: a fifth of its amplitude, since the block is of five.
		block := pcm[:media.Rate/10]
		if amplitude := math.Sqrt(2*mediatest.Share(block, supervisor.hz)) * mediatest.Level(block); amplitude > 800 {
			t.Fatalf("an amplitude of %.0f is the supervisor's", amplitude)
		}
	}
}

// Who comes and goes leaves no gap in what the others hear. A busy machine may make one,
// but not each time.
func TestWhoComesAndGoesLeavesNoGap(t *testing.T) {
	t.Parallel()
	p := parties(t, running(t, media.Config{Shards: 3}), 400, 700, 1100)
	caller, agent, supervisor := p[0], p[1], p[2]
	mix := media.NewBridge(caller.Session, agent.Session)
	caller.mustHear(t, agent)
	var gap time.Duration
	var share float64
	for range 10 {
		from := len(caller.peer.PCM(g711.PCMU)) - media.Rate/4
		for range 3 {
			mix.Listen(supervisor.Session)
			time.Sleep(30 * time.Millisecond)
			mix.Whisper(supervisor.Session, agent.Session)
			time.Sleep(30 * time.Millisecond)
			mix.Leave(supervisor.Session)
			time.Sleep(30 * time.Millisecond)
		}
		caller.mustHear(t, agent)
		pcm := caller.peer.PCM(g711.PCMU)[from:]
		if gap, share = mediatest.LongestGap(pcm), mediatest.Share(pcm, agent.hz); gap == 0 && share > 0.99 {
			return
		}
	}
	t.Errorf("the caller hears a gap of %v, and %.1f %% of the agent", gap, 100*share)
}

// Members keep their own codec: each hears the others at its own rate.
func TestAMixOfNarrowbandAndWideband(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{Shards: 2})
	var mix media.Mix
	var ears []*mediatest.Ear
	tones := []float64{400, 700, 1100}
	for i, codec := range []string{sdp.PCMU, sdp.G722, sdp.PCMA} {
		far, near := widePair(t, e, codec)
		ears = append(ears, ear(far))
		far.Play(&wideTone{hz: tones[i]})
		mix.Join(near)
	}
	for i, e := range ears {
		scale := 1.0
		if i == 1 {
			scale = media.WideRate / media.Rate
		}
		hz := []float64{tones[(i+1)%3] / scale, tones[(i+2)%3] / scale}
		var why string
		if !e.Until(patience, func(pcm []int16) (ok bool) {
			if len(pcm) < 2*media.Rate {
				return false
			}
			ok, why = onlyTones(pcm[len(pcm)-media.Rate:], hz...)
			return ok
		}) {
			t.Errorf("the one with %v Hz: %s", tones[i], why)
		}
	}
}

// Supervisors come and go as they like while calls begin and end.
func TestAMixIsSafeFromAnyGoroutine(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{Shards: 3})
	mixes := []*media.Mix{new(media.Mix), new(media.Mix)}
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for n := range 15 {
				a, b := pair(t, e)
				m, other := mixes[(i+n)%2], mixes[i%2]
				m.Join(a)
				m.Whisper(b, a)
				other.Listen(b)
				time.Sleep(25 * time.Millisecond)
				m.Leave(a)
				if n%3 == 0 {
					_ = other.Close()
				}
				_ = a.Close()
				_ = b.Close()
				m.Listen(a) // too late
				_ = m.Dropped()
			}
		})
	}
	group.Wait()
}

// A bot speaks in what is played to the caller: who follows the caller hears both, the bot
// and the caller, and is heard by nobody.
func TestWhoFollowsACallerHearsTheBotToo(t *testing.T) {
	t.Parallel()
	p := parties(t, running(t, media.Config{Shards: 2}), 400, 1100)
	caller, supervisor := p[0], p[1]
	const bot = 700
	var mix media.Mix
	mix.Listen(caller.Session)
	mix.Listen(supervisor.Session)
	mix.Follow(supervisor.Session, caller.Session)
	caller.Play(media.NewTone(bot, 0))
	heard := party{hz: bot}
	supervisor.mustHear(t, heard)
	mix.Whisper(caller.Session, supervisor.Session)
	caller.Flush()
	supervisor.mustHear(t, caller)
	caller.mustHear(t) // nothing
	mix.Leave(supervisor.Session)
	supervisor.mustHear(t)
}
