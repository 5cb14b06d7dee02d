package call

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/media"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/tts"
)

// speech is what the caller is being played. The loop starts and stops it; the
// goroutine of a turn feeds it.
type speech struct {
	sdp  []byte // our reply to the offer, until it is sent
	mu   sync.Mutex
	stop context.CancelFunc     // of the turn being spoken
	gens map[media.Gen]LineDone // what a generation of audio was
}

// done says which line the end of a generation means.
func (s *speech) done(ev media.Event) (LineDone, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.gens[ev.Gen]
	delete(s.gens, ev.Gen)
	d.Samples = ev.Samples
	return d, ok
}

// line says which line a generation is.
func (s *speech) line(gen media.Gen) (LineDone, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.gens[gen]
	return d, ok
}

// play queues a source as a line of a turn, unless the turn was hushed.
func (c *Call) play(ctx context.Context, line LineDone, src media.Source) bool {
	c.speech.mu.Lock()
	defer c.speech.mu.Unlock()
	if ctx.Err() != nil {
		return false
	}
	c.speech.gens[c.session.Play(src)] = line
	return true
}

// hush stops what is played; nothing of it is heard afterwards.
func (c *Call) hush() {
	c.speech.mu.Lock()
	defer c.speech.mu.Unlock()
	if c.speech.stop != nil {
		c.speech.stop()
	}
	c.session.Flush()
	c.speech.gens = make(map[media.Gen]LineDone)
}

// speak plays the lines of a turn one after the other, each as soon as its
// first audio is there.
func (c *Call) speak(ctx context.Context, a Speak) {
	c.hush()
	ctx, cancel := context.WithCancel(ctx)
	c.speech.mu.Lock()
	c.speech.stop = cancel
	c.speech.mu.Unlock()
	c.run(func() {
		defer cancel()
		for i, l := range a.Lines {
			if err := c.speakLine(ctx, LineDone{Turn: a.Turn, Line: i}, l); err != nil {
				if ctx.Err() == nil {
					c.post(ctx, SpeakFailed{Turn: a.Turn, Reason: err.Error()})
				}
				return
			}
		}
	})
}

// mostLead is how much of the silence with which speech begins is left out of an answer:
// voices have up to a quarter of a second of it, and the caller waits.
const mostLead = 300 * media.Rate / 1000

// quiet reports whether nothing in sound is louder than -48 dB.
func quiet(pcm []int16) bool {
	const least = 130
	for _, v := range pcm {
		if v > least || v < -least {
			return false
		}
	}
	return true
}

var errNoAudio = errors.New("synthesis gave no audio")

// speakLine plays one line and returns when its last sample is queued.
func (c *Call) speakLine(ctx context.Context, done LineDone, l Line) error {
	st, err := c.deps.Synthesizer.Speak(ctx, l.Text, tts.Voice{
		Tenant: c.setup.Tenant, Call: string(c.setup.ID),
		Language: l.Language, Name: c.setup.Voices[l.Language], Cacheable: l.Authored,
	})
	if err != nil {
		return err
	}
	defer st.Close()
	out := media.NewStream()
	defer out.CloseWrite()
	pcm := make([]int16, media.FrameSamples)
	lead := 0 // silence that is left out
	if done.Line == 0 {
		lead = mostLead
	}
	for first := true; ; {
		n, err := st.Read(pcm)
		if first && n <= lead && quiet(pcm[:n]) && err == nil {
			lead -= n
			continue
		}
		if n > 0 {
			if first {
				if !c.play(ctx, done, out) {
					return ctx.Err()
				}
				c.post(ctx, SpeakStarted{Turn: done.Turn})
				first = false
			}
			if err := out.Write(ctx, pcm[:n]); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF) && first:
			return errNoAudio
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// fill plays the sound that says the bot is still there.
func (c *Call) fill(language string) {
	if pcm := c.setup.Fillers[language]; len(pcm) > 0 {
		c.session.Play(media.NewClip(pcm))
	}
}

// eagerSilence is the pause after which a recognizer that can is to say what the
// caller has said, if that was all: a word that only says "I hear you" is known by it
// long before the utterance is over.
const eagerSilence = 220 * time.Millisecond

// hear opens the recognizer of a language on the caller's side.
func (c *Call) hear(ctx context.Context, language string) {
	st, err := c.recognize(ctx, language)
	if err != nil {
		c.log.Warn("recognizer is not to be had", slog.String("language", language), slog.Any("err", err))
		c.soon = append(c.soon, Deaf{Language: language, Reason: err.Error()})
		return
	}
	c.listenWith(ctx, language, st)
}

// An ear is what hears the caller in a language.
type ear struct {
	language string
	stream   *asr.Stream
	tap      *media.Tap
}

// placed gives what was heard its times on the session's clock, by which recordings are
// muted.
func (e ear) placed(ev asr.Event, from time.Duration) redact.Raw {
	base, _ := e.tap.Began()
	return ev.Words.Placed(base, from, ev.Offset)
}

// at brings a time of the stream to the session's clock.
func (e ear) at(offset time.Duration) time.Duration {
	base, _ := e.tap.Began()
	return base + offset
}

func (c *Call) recognize(ctx context.Context, language string) (*asr.Stream, error) {
	return c.deps.Recognizer.Recognize(ctx, asr.Config{
		Tenant: c.setup.Tenant, Call: string(c.setup.ID), Language: language,
		Hints: c.hints(language, nil), SampleRate: c.session.Rate(),
		Endpointing: asr.Endpointing{EagerSilence: eagerSilence},
	})
}

// listenWith lets a recognizer have what the caller says.
func (c *Call) listenWith(ctx context.Context, language string, st *asr.Stream) {
	c.stopHearing(language)
	e := ear{language, st, media.NewTap(st.SampleRate(), st.Hear)}
	c.hearing[language] = e
	if c.deaf {
		st.Control(asr.Pause)
	}
	c.session.Hear(e.tap)
	c.run(func() { c.watchRecognizer(ctx, e) })
}

// watchRecognizer turns what a recognizer tells into events.
func (c *Call) watchRecognizer(ctx context.Context, e ear) {
	language, began := e.language, make(map[string]time.Duration) // utterances that are not final
	for ev := range e.stream.Events() {
		switch ev.Kind {
		case asr.SpeechStarted:
			began[ev.Utterance] = ev.Offset
			c.post(ctx, SpeechBegan{Language: language, Utterance: ev.Utterance, Began: e.at(ev.Offset)})
		case asr.SpeechEnded:
			if ev.Discarded {
				delete(began, ev.Utterance)
				c.post(ctx, SpeechDropped{Language: language, Utterance: ev.Utterance})
			} else {
				c.post(ctx, SpeechOver{Language: language, Utterance: ev.Utterance})
			}
		case asr.Partial, asr.Final:
			c.post(ctx, Heard{
				Language: language, Utterance: ev.Utterance, Final: ev.Kind == asr.Final,
				Eager: ev.EagerEnd, Words: e.placed(ev, began[ev.Utterance]), Confidence: ev.Confidence,
				Began: e.at(began[ev.Utterance]),
			})
			if ev.Kind == asr.Final {
				delete(began, ev.Utterance)
			}
		case asr.Switched:
			w := ev.Switch
			c.post(ctx, Relieved{
				Language: language, From: w.From, To: w.To, Reason: w.Cause.Error(), Took: w.Took, Replayed: w.Replayed,
			})
		case asr.Failed:
			c.log.Warn("recognizer failed", slog.String("language", language), slog.Any("err", ev.Err))
			c.post(ctx, Deaf{Language: language, Reason: ev.Err.Error()})
			c.regain(ctx, language)
		default:
		}
	}
}

// How long until another recognizer is looked for after one was lost: longer each time
// that there is none.
const (
	regainFirst = time.Second
	regainMost  = 4 * time.Second
)

// regain looks for a recognizer until there is one again, or the call ends.
func (c *Call) regain(ctx context.Context, language string) {
	for wait := regainFirst; ; wait = min(2*wait, regainMost) {
		within, cancel := context.WithTimeout(ctx, wait)
		<-within.Done()
		cancel()
		if ctx.Err() != nil {
			return
		}
		st, err := c.recognize(ctx, language)
		if err != nil {
			continue
		}
		if begins(st) {
			select {
			case c.again <- ear{language: language, stream: st}:
				return
			case <-c.gone:
			case <-ctx.Done():
			}
		}
		_ = st.Close()
	}
}

// regained takes a recognizer in place of one that was lost, if the caller may still say
// something in its language to the bot.
func (c *Call) regained(ctx context.Context, e ear) {
	if c.unheard || !c.machine.minds(e.language) {
		_ = e.stream.Close()
		return
	}
	u := c.update(e.language, c.asked)
	u.Hints = c.hints(e.language, c.asked.Phrases) // it was told of none
	e.stream.Update(u)
	c.listenWith(ctx, e.language, e.stream)
	c.handle(ctx, Regained{Language: e.language})
}

// begins reports whether an engine listens. It takes the first event.
func begins(st *asr.Stream) bool {
	ev := <-st.Events()
	return ev.Kind == asr.Ready || ev.Kind == asr.Switched
}

// attend tells the recognizers what is expected and closes those whose language
// is out of question.
func (c *Call) attend(a Attend) {
	keep := make(map[string]bool)
	for _, l := range a.Languages {
		keep[l] = true
	}
	for l, e := range c.hearing {
		if !keep[l] {
			c.stopHearing(l)
			continue
		}
		e.stream.Update(c.update(l, a))
	}
	c.asked = a
	c.closeEars(c.shielded || c.setup.CardByKey && a.Expect == assistant.ExpectCard)
}

// closeEars keeps what the caller says from the recognizers, or lets them hear again.
func (c *Call) closeEars(closed bool) {
	if closed == c.deaf {
		return
	}
	c.deaf = closed
	action := asr.Resume
	if closed {
		action = asr.Pause
	}
	for _, e := range c.hearing {
		e.stream.Control(action)
	}
}

// rehear opens recognizers again that unhear closed.
func (c *Call) rehear(ctx context.Context, languages []string) {
	if !c.unheard {
		return
	}
	c.unheard = false
	for _, l := range languages {
		if slices.Contains(c.setup.Heard, l) {
			c.hear(ctx, l)
		}
	}
}

// unhear closes the recognizers.
func (c *Call) unhear() {
	c.unheard = true
	for l := range c.hearing {
		c.stopHearing(l)
	}
}

func (c *Call) stopHearing(language string) {
	if e, ok := c.hearing[language]; ok {
		delete(c.hearing, language)
		c.session.StopHearing(e.tap)
		_ = e.stream.Close()
	}
}

// hints are the phrases a caller may say: those the assistant was taught with, the
// words of who listens, and the choices just offered.
func (c *Call) hints(language string, menu []string) []asr.Hint {
	phrases := c.setup.Assistant.Phrases(language)
	hints := make([]asr.Hint, 0, len(phrases)+len(menu))
	for _, p := range phrases {
		hints = append(hints, asr.Hint{Phrase: p, Class: asr.HintExample})
	}
	for _, p := range backchannels[language] {
		hints = append(hints, asr.Hint{Phrase: p, Class: asr.HintExample})
	}
	for _, p := range menu {
		hints = append(hints, asr.Hint{Phrase: p, Class: asr.HintMenu})
	}
	return hints
}

// update says what is expected next; the hints travel only when the choices
// changed.
func (c *Call) update(language string, a Attend) asr.Update {
	expect, length := expected(a)
	u := asr.Update{Expect: &expect, ExpectLength: length}
	if !slices.Equal(a.Phrases, c.asked.Phrases) {
		u.Hints = c.hints(language, a.Phrases)
	}
	return u
}

// expected tells a recognizer what is asked for, and of how many digits that is. Times,
// amounts and numbers are open answers to it, which the phrases that go with them make
// likelier.
func expected(a Attend) (e asr.Expect, length int) {
	switch a.Expect {
	case assistant.ExpectDigits, assistant.ExpectPostcode, assistant.ExpectPhone:
		if a.Length == 0 { // a phone number that may be longer or shorter
			return asr.Free, 0
		}
		return asr.Digits, a.Length
	case assistant.ExpectCard:
		return asr.Card, a.Length
	case assistant.ExpectDate:
		return asr.Date, 0
	case assistant.ExpectYesNo:
		return asr.YesNo, 0
	case assistant.ExpectMenu:
		return asr.Menu, 0
	case assistant.ExpectCode:
		return asr.Spelling, 0
	default:
		return asr.Free, 0
	}
}
