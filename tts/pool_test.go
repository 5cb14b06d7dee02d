package tts_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/internal/engines"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/tts"
	"github.com/callward/callward/tts/ttstest"
)

const (
	one   = "Welcome to the line."
	two   = "We are open from nine to five."
	three = "How can I help you?"
	story = one + " " + two + " " + three
)

// pair is a pool of two engines, a before b.
type pair struct {
	*tts.Pool
	a, b           *ttstest.Tone
	first, standby tts.Provider

	mu       sync.Mutex
	switches []tts.Switch
}

func newPair(t *testing.T, config tts.Config) *pair {
	t.Helper()
	p := &pair{a: &ttstest.Tone{}, b: &ttstest.Tone{}}
	p.first = tts.Provider{Name: "a", Client: ttstest.Start(t, p.a, config)}
	p.standby = tts.Provider{Name: "b", Client: ttstest.Start(t, p.b, config), Rank: engines.Rank{Priority: 1}}
	p.Pool = tts.NewPool(tts.PoolConfig{Switched: func(s tts.Switch) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.switches = append(p.switches, s)
	}}, p.first, p.standby)
	t.Cleanup(func() { p.Close() })
	return p
}

func (p *pair) told() []tts.Switch {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.switches)
}

func (p *pair) say(t *testing.T, words string, v tts.Voice) *tts.Stream {
	t.Helper()
	s, err := p.Speak(t.Context(), redact.Authored(words), v)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestAnotherEngineSpeaksWhenTheFirstRefuses(t *testing.T) {
	p := newPair(t, tts.Config{})
	p.a.Break(ttstest.Refuse)
	pcm, err := readAll(p.say(t, story, english))
	if want := ttstest.Samples(one + two + three); err != nil || len(pcm) != want {
		t.Fatalf("%d samples of %d, %v", len(pcm), want, err)
	}
	st := p.Stats()
	if st.Switches != 1 || st.Failed != 0 || st.Providers[0].Failures["Unavailable"] != 1 || st.Providers[1].Texts != 1 {
		t.Errorf("stats %+v", st)
	}
	if got := p.told(); len(got) != 1 || got[0].From != "a" || got[0].To != "b" || got[0].Again {
		t.Errorf("told of %+v", got)
	}
}

func TestAnotherEngineGoesOnAtTheSentenceThatWasNotFinished(t *testing.T) {
	p := newPair(t, tts.Config{})
	p.a.BreakAt("nine", ttstest.HalfWay)
	voice := english
	voice.Cacheable = true
	pcm, err := readAll(p.say(t, story, voice))
	half := ttstest.Samples(two) / 2
	if want := ttstest.Samples(one + two + three); err != nil || len(pcm) < want+half || len(pcm) > want+half+800 {
		t.Errorf("%d samples, want %d and half a sentence, %v", len(pcm), want, err)
	}
	if got := p.b.Spoken(); !slices.Equal(got, []string{two, three}) {
		t.Errorf("the other was asked for %q", got)
	}
	if got := p.told(); len(got) != 1 || got[0].Sentence != 1 || !got[0].Again {
		t.Errorf("told of %+v", got)
	}
	if got := p.Stats().CacheBytes; got != 0 {
		t.Errorf("%d bytes of a text that says a part twice are kept", got)
	}
}

func TestAnotherEngineIsAskedBesideOneThatIsLate(t *testing.T) {
	for _, f := range []ttstest.Fault{ttstest.Mute, ttstest.Late, ttstest.Elsewhere} {
		synctest.Test(t, func(t *testing.T) {
			p := newPair(t, tts.Config{})
			p.a.Break(f)
			s := p.say(t, story, english)
			pcm, err := readAll(s)
			if want := ttstest.Samples(one + two + three); err != nil || len(pcm) != want {
				t.Fatalf("%d samples of %d, %v", len(pcm), want, err)
			}
			if d, _ := s.FirstAudio(); d != 400*time.Millisecond {
				t.Errorf("first audio after %v", d)
			}
			if st := p.Stats(); st.Hedges != 1 || st.Providers[0].Failures["overtaken"] != 1 {
				t.Errorf("stats %+v", st)
			}
		})
	}
}

func TestAnEngineThatIsOnlyALittleLateIsNotBlamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, tts.Config{})
		p.a.Break(ttstest.Late)
		p.b.Break(ttstest.Mute)
		pcm, err := readAll(p.say(t, story, english))
		if want := ttstest.Samples(one + two + three); err != nil || len(pcm) != want {
			t.Fatalf("%d samples of %d, %v", len(pcm), want, err)
		}
		if st := p.Stats(); st.Switches != 0 || len(st.Providers[0].Failures)+len(st.Providers[1].Failures) != 0 {
			t.Errorf("stats %+v", st)
		}
	})
}

func TestASentenceThatStallsIsSpokenAgainByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, tts.Config{})
		p.a.BreakAt("nine", ttstest.StallHalf)
		began := time.Now()
		if _, err := readAll(p.say(t, story, english)); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 800*time.Millisecond {
			t.Errorf("it took over after %v", took)
		}
		if got := p.b.Spoken(); !slices.Equal(got, []string{two, three}) {
			t.Errorf("the other was asked for %q", got)
		}
	})
}

func TestWhenNoEngineGetsOnTheTextFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, tts.Config{})
		p.a.Break(ttstest.Mute)
		p.b.Break(ttstest.Mute)
		began := time.Now()
		_, err := readAll(p.say(t, "Nobody has rendered this.", english))
		if took := time.Since(began); !errors.Is(err, tts.ErrStalled) || took != 2400*time.Millisecond {
			t.Errorf("%v after %v", err, took)
		}
		if st := p.Stats(); st.Failed != 1 || st.Providers[0].Failures["stalled"] != 1 || st.Providers[1].Failures["stalled"] != 1 {
			t.Errorf("stats %+v", st)
		}
	})
}

func TestAnEngineThatFailsIsLeftAloneForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, tts.Config{})
		p.a.Break(ttstest.Refuse)
		ask := func(n int) {
			for range n {
				if _, err := readAll(p.say(t, one, english)); err != nil {
					t.Fatal(err)
				}
			}
		}
		ask(10)
		if st := p.Stats().Providers[0]; st.Texts != 3 || st.Breaker != engines.Open {
			t.Fatalf("it was asked %d times, and its breaker is %s", st.Texts, st.Breaker)
		}
		p.a.Break(ttstest.None)
		time.Sleep(1300 * time.Millisecond)
		ask(2)
		if got := len(p.a.Spoken()); got != 2 {
			t.Errorf("when it was well again it spoke %d of 2 texts", got)
		}
	})
}

func TestAnEngineThatSaysItDoesNotServeIsNotAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, tts.Config{})
		synctest.Wait()
		p.a.Serves(false)
		synctest.Wait()
		if _, err := readAll(p.say(t, one, english)); err != nil || len(p.a.Spoken()) != 0 {
			t.Errorf("it was asked for %q, %v", p.a.Spoken(), err)
		}
		p.a.Serves(true)
		synctest.Wait()
		if _, err := readAll(p.say(t, one, english)); err != nil || len(p.a.Spoken()) != 1 {
			t.Errorf("then for %q, %v", p.a.Spoken(), err)
		}
	})
}

func TestTheNextSentenceIsAskedForWhileOneComesAndNotAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tone := &ttstest.Tone{}
		c := ttstest.Start(t, tone, tts.Config{})
		var words []string
		for i := range 40 {
			words = append(words, fmt.Sprintf("This is sentence %d of forty which are long enough to fill what lies between.", i))
		}
		s, err := c.Speak(t.Context(), redact.Authored(strings.Join(words, " ")), english)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.Read(make([]int16, 160)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := len(tone.Spoken()); got != 2 {
			t.Errorf("%d sentences were asked for, not 2", got)
		}
	})
}

func TestWhatIsOfNoUseIsCountedByCause(t *testing.T) {
	for f, cause := range map[ttstest.Fault]string{
		ttstest.Odd: "half a sample", ttstest.Gigantic: "ResourceExhausted", ttstest.Empty: "no audio", ttstest.Gap: "wrong offset",
		ttstest.Miscount: "wrong total", ttstest.Format: "other format", ttstest.HalfWay: "Internal",
	} {
		p := newPair(t, tts.Config{})
		p.a.Break(f)
		if _, err := readAll(p.say(t, one, english)); err != nil {
			t.Errorf("fault %d: %v", f, err)
		}
		if got := p.Stats().Providers[0].Failures; got[cause] != 1 || len(got) != 1 {
			t.Errorf("fault %d was counted as %v, want %q", f, got, cause)
		}
	}
}

func TestAnEngineIsGivenNoMoreTextsThanItMayBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, tts.Config{})
		p.first.Streams = 1
		p.Swap(p.first)
		busy := p.say(t, story, english)
		if _, err := busy.Read(make([]int16, 160)); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, func() { busy.Close() })
		waiting := p.say(t, one, english)
		if _, err := readAll(waiting); err != nil {
			t.Fatal(err)
		}
		if d, _ := waiting.FirstAudio(); d < time.Second || d > 1100*time.Millisecond {
			t.Errorf("it waited %v for the other to end", d)
		}
		if got := p.Stats().Providers[0].Open; got != 0 {
			t.Errorf("%d texts are open", got)
		}
	})
}

func TestATextIsSpokenToItsEndByAnEngineThatIsGone(t *testing.T) {
	p := newPair(t, tts.Config{})
	s := p.say(t, story, english)
	if _, err := s.Read(make([]int16, 160)); err != nil {
		t.Fatal(err)
	}
	p.Swap(p.standby)
	if pcm, err := readAll(s); err != nil || len(pcm)+160 != ttstest.Samples(one+two+three) {
		t.Errorf("%d samples, %v", len(pcm), err)
	}
	if _, err := p.first.Client.Capabilities(t.Context()); err == nil {
		t.Error("its client is open after its last text")
	}
	if _, err := readAll(p.say(t, one, english)); err != nil || len(p.b.Spoken()) != 1 {
		t.Errorf("the other spoke %q, %v", p.b.Spoken(), err)
	}
}

func TestAVoiceIsAskedForByTheNameThatTheEngineHas(t *testing.T) {
	p := newPair(t, tts.Config{})
	p.first.Voices = map[string]string{"anna": "en-1"}
	p.Swap(p.first)
	for _, name := range []string{"anna", "bob"} {
		if _, err := readAll(p.say(t, one, tts.Voice{Language: "en", Name: name})); err != nil {
			t.Fatal(err)
		}
	}
	if got := p.a.Voices(); !slices.Equal(got, []string{"en-1", "bob"}) {
		t.Errorf("asked for %q", got)
	}
}

func TestAPoolWithoutAnEngineForALanguageSaysSo(t *testing.T) {
	p := newPair(t, tts.Config{})
	p.first.Languages = []string{"fr"}
	p.Swap(p.first)
	if _, err := readAll(p.say(t, "Nobody has rendered this.", english)); !errors.Is(err, tts.ErrNoEngine) {
		t.Errorf("%v", err)
	}
}

func TestAfterCloseNoReadGivesASample(t *testing.T) {
	p := newPair(t, tts.Config{})
	cached := tts.Voice{Language: "en", Cacheable: true}
	_, _ = readAll(p.say(t, one, cached))
	for _, v := range []tts.Voice{english, cached} {
		for _, words := range []string{one, story} {
			s := p.say(t, words, v)
			if _, err := s.Read(make([]int16, 160)); err != nil {
				t.Fatal(err)
			}
			s.Close()
			for range 3 {
				if n, err := s.Read(make([]int16, 160)); n != 0 || !errors.Is(err, tts.ErrClosed) {
					t.Errorf("%d samples after Close, %v", n, err)
				}
			}
		}
	}
}

// Whatever fails, and whenever the caller hangs up: nothing is left over.
func TestNothingIsLeftOfTextsThatAreCutOff(t *testing.T) {
	p := newPair(t, tts.Config{FirstAudio: 100 * time.Millisecond, StallAfter: 100 * time.Millisecond})
	faults := []ttstest.Fault{ttstest.None, ttstest.Refuse, ttstest.HalfWay, ttstest.StallHalf, ttstest.Odd, ttstest.Mute}
	var all sync.WaitGroup
	for i := range 60 {
		p.a.Break(faults[i%len(faults)])
		p.b.Break(faults[i/len(faults)%len(faults)])
		ctx, cancel := context.WithCancel(t.Context())
		s, err := p.Speak(ctx, redact.Authored(story), english)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			defer s.Close()
			_, _ = readAll(s)
		})
		time.AfterFunc(time.Duration(i%20)*5*time.Millisecond, func() {
			if i%2 == 0 {
				cancel()
			} else {
				s.Close()
			}
		})
		defer cancel()
	}
	all.Wait()
	for _, v := range p.Stats().Providers {
		if v.Open != 0 {
			t.Errorf("%d texts of %s are open", v.Open, v.Name)
		}
	}
}

func TestAnEngineThatIsAloneIsAskedAgainForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, tts.Config{})
		p.Swap(p.first)
		p.a.Break(ttstest.Refuse)
		time.AfterFunc(time.Second, func() { p.a.Break(ttstest.None) })
		pcm, err := readAll(p.say(t, story, english))
		if want := ttstest.Samples(one + two + three); err != nil || len(pcm) != want {
			t.Fatalf("%d samples of %d, %v", len(pcm), want, err)
		}
		p.a.Break(ttstest.Refuse)
		began := time.Now()
		_, err = readAll(p.say(t, story, english))
		if took := time.Since(began); err == nil || took < 2*time.Second || took > 2100*time.Millisecond {
			t.Errorf("it was given up after %v with %v", took, err)
		}
	})
}

// A burst keeps an engine busy for longer than one text may take to its first audio.
func TestABusyEngineIsNotTakenForADeadOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, tts.Config{})
		p.a.Each, p.b.Each = 100*time.Millisecond, 100*time.Millisecond
		var all sync.WaitGroup
		for i := range 40 {
			words := fmt.Sprintf("Your number is %d.", 100+i)
			s := p.say(t, words, english)
			all.Go(func() {
				if pcm, err := readAll(s); err != nil || len(pcm) != ttstest.Samples(words) {
					t.Errorf("%s: %d samples, %v", words, len(pcm), err)
				}
			})
		}
		all.Wait()
		if st := p.Stats(); st.Hedges > 30 || st.Hedges == 0 || st.Failed > 0 {
			t.Errorf("%d of 40 texts were asked for twice, %d failed", st.Hedges, st.Failed)
		}
	})
}

// One that falls silent for everybody is noticed as soon as ever, busy as it was.
func TestABusyEngineThatDiesIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, tts.Config{})
		p.a.Each = 20 * time.Millisecond
		for range 8 {
			_, _ = readAll(p.say(t, one, english))
		}
		p.a.Break(ttstest.Mute)
		began := time.Now()
		var all sync.WaitGroup
		for i := range 20 {
			s := p.say(t, fmt.Sprintf("It is %d.", i), english)
			all.Go(func() {
				if _, err := readAll(s); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took > 600*time.Millisecond {
			t.Errorf("the last of the callers has heard all after %v", took)
		}
	})
}

func TestACallerDoesNotHearHalfASentenceAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, tts.Config{})
		p.Swap(p.first)
		p.a.BreakAt("nine", ttstest.HalfWay)
		if _, err := readAll(p.say(t, story, english)); err == nil {
			t.Fatal("no error")
		}
		if got := p.a.Spoken(); !slices.Equal(got, []string{one, two, two, two}) {
			t.Errorf("it was asked for %q", got)
		}
	})
}

func TestSSMLIsCheckedAndSentToEnginesThatSpeakIt(t *testing.T) {
	p := newPair(t, tts.Config{})
	p.b.SSML = true
	voice := tts.Voice{Language: "en", SSML: true}
	if s, err := p.Speak(t.Context(), redact.Authored("<speak><audio/></speak>"), voice); err == nil {
		s.Close()
		t.Error("what is not allowed is spoken")
	}
	const document = `<speak>It is <break time="1s"/> <sub alias="nine">9</sub>.</speak>`
	for _, c := range []*tts.Client{p.first.Client, p.standby.Client} {
		if _, err := c.Capabilities(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	p.a.Break(ttstest.HalfWay)
	if _, err := readAll(p.say(t, document, voice)); err != nil {
		t.Fatal(err)
	}
	if a, b := p.a.Spoken(), p.b.Spoken(); !slices.Equal(a, []string{"It is nine."}) || !slices.Equal(b, []string{document}) {
		t.Errorf("asked for %q and %q", a, b)
	}
	if pcm, err := readAll(p.say(t, "<speak/>", voice)); err != nil || len(pcm) != 0 {
		t.Errorf("nothing gives %d samples, %v", len(pcm), err)
	}
}

// Many callers are told the same at once, as after a start: an engine is asked twice.
func TestATextThatManyAreToldAtOnceIsAskedForTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := &ttstest.Tone{}
		engine.Break(ttstest.Late)
		c := ttstest.Start(t, engine, tts.Config{FirstAudio: 5 * time.Second})
		p := tts.NewPool(tts.PoolConfig{}, tts.Provider{Name: "a", Client: c, Hedge: time.Minute})
		defer p.Close()
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				s, err := p.Speak(t.Context(), redact.Authored("Hello and welcome."), tts.Voice{Language: "en", Cacheable: true})
				if err != nil {
					t.Error(err)
					return
				}
				defer s.Close()
				heard, pcm := 0, make([]int16, 800)
				for err == nil {
					var n int
					n, err = s.Read(pcm)
					heard += n
				}
				if !errors.Is(err, io.EOF) || heard == 0 {
					t.Errorf("%d samples, %v", heard, err)
				}
			})
		}
		all.Wait()
		if got := len(engine.Spoken()); got > 2 {
			t.Errorf("it was asked %d times", got)
		}
	})
}

// The voice of a day's fault is not heard for ever, nor is an engine asked again and again
// for what is kept, while the first is away.
func TestWhatAStandInSpokeGivesWayOnceTheFirstIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, tts.Config{})
		v := english
		v.Cacheable = true
		lines := []tts.Line{{Text: redact.Authored(one), Voice: english}}
		for range 3 { // until it is left alone
			p.a.Break(ttstest.Refuse)
			if _, err := readAll(p.say(t, one, v)); err != nil {
				t.Fatal(err)
			}
		}
		asked := len(p.b.Spoken())
		if err := p.Render(t.Context(), lines, 1, nil); !errors.Is(err, tts.ErrStoodIn) || len(p.b.Spoken()) != asked {
			t.Errorf("while the first is away: %v, and the stand-in was asked %d times more", err, len(p.b.Spoken())-asked)
		}
		p.a.Break(ttstest.None)
		time.Sleep(2 * time.Second) // it may be tried again
		s := p.say(t, one, v)
		if _, err := readAll(s); err != nil || s.Origin() != tts.Cache {
			t.Errorf("a caller finds out whether the first is back: from %v, %v", s.Origin(), err)
		}
		before := len(p.a.Spoken())
		if err := p.Render(t.Context(), lines, 1, nil); err != nil || len(p.a.Spoken()) != before+1 {
			t.Errorf("the first is back: %v, and spoke %q", err, p.a.Spoken()[before:])
		}
		s = p.say(t, one, v)
		if _, err := readAll(s); err != nil || s.Origin() != tts.Cache || len(p.a.Spoken()) != before+1 {
			t.Errorf("it was asked again, for what it spoke itself: from %v, %v", s.Origin(), err)
		}
	})
}

// listener is an engine that notes how its streams end.
type listener struct {
	ttsv1.UnimplementedTtsServiceServer

	slow  time.Duration // it takes to end one
	heard chan error    // what its last Recv gave
	ended chan error    // what became of the stream by its own end
}

func (l *listener) StreamingSynthesize(s ttsv1.TtsService_StreamingSynthesizeServer) error {
	for {
		m, err := s.Recv()
		if err != nil {
			l.heard <- err
			time.Sleep(l.slow)
			l.ended <- s.Context().Err()
			return nil //nolint:nilerr // half closed, or cut off
		}
		if in := m.GetInput(); in != nil {
			_ = s.Send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Audio{Audio: &ttsv1.Audio{ContextId: in.GetContextId(), Data: make([]byte, 1600)}}})
			_ = s.Send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Done{Done: &ttsv1.Done{ContextId: in.GetContextId(), TotalSamples: 800}}})
		}
	}
}

func TestAnEngineThatHasSaidAllEndsTheStreamItself(t *testing.T) {
	engine := &listener{slow: 50 * time.Millisecond, heard: make(chan error, 1), ended: make(chan error, 1)}
	c, err := tts.Dial(served(t, func(g *grpc.Server) { ttsv1.RegisterTtsServiceServer(g, engine) }), tts.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := c.Speak(t.Context(), redact.Authored(story), english)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if pcm, err := readAll(s); err != nil || len(pcm) != 3*800 {
		t.Errorf("%d samples, %v", len(pcm), err)
	}
	if err := <-engine.heard; !errors.Is(err, io.EOF) {
		t.Errorf("the engine is told %v", err)
	}
	if err := <-engine.ended; err != nil {
		t.Errorf("its stream was cut off: %v", err)
	}
}

func TestAnEngineThatNeverEndsItsStreamHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		engine := &listener{slow: 5 * time.Second, heard: make(chan error, 1), ended: make(chan error, 1)}
		l, g, over := bufconn.Listen(1<<16), grpc.NewServer(), make(chan struct{})
		ttsv1.RegisterTtsServiceServer(g, engine)
		go func() {
			defer close(over)
			_ = g.Serve(l)
		}()
		c, err := tts.Dial("passthrough:engine", tts.Config{}, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		s, err := c.Speak(t.Context(), redact.Authored(story), english)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := readAll(s); err != nil {
			t.Error(err)
		}
		s.Close()
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %s", took)
		}
		if err := <-engine.ended; err == nil {
			t.Error("its stream was left open")
		}
		c.Close()
		g.Stop()
		<-over
	})
}
