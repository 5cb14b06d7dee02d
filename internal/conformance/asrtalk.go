package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// asrTalk are the checks of what comes of speech, on the record of a conversation.
func asrTalk() []Check {
	on := func(rule func(*probe, *conversation) error) func(context.Context, *probe) error {
		return func(ctx context.Context, p *probe) error { return p.eachConversation(ctx, rule) }
	}
	return []Check{
		{ID: "asr.final.words", Level: Must, Means: "what is said clearly has a final with words", Spec: asrSpec + "Transcript", run: on(finalWords)},
		{ID: "asr.final.once", Level: Must, Means: "an utterance has exactly one final, and nothing of it follows", Spec: asrSpec + "Transcript", run: on(finalOnce)},
		{ID: "asr.partials", Level: Must, Means: "partials come while the caller speaks, where claimed", Spec: speechSpec + "Capabilities", run: on(partials)},
		{ID: "asr.revisions", Level: Must, Means: "revisions count up from 1 within an utterance", Spec: asrSpec + "Transcript", run: on(revisions)},
		{ID: "asr.ids", Level: Must, Means: "each utterance has an id of its own, which speech_started tells first", Spec: asrSpec + "SpeechStarted", run: on(ids)},
		{ID: "asr.offsets", Level: Must, Means: "offsets go forward, lie inside the audio that was sent, finals where something was said, and words where their transcript does", Spec: asrSpec + "Transcript", run: on(offsets)},
		{ID: "asr.speech_ended", Level: Must, Means: "each utterance that starts has one speech_ended", Spec: asrSpec + "SpeechEnded", run: on(speechEnded)},
		{ID: "asr.text", Level: Must, Means: "a transcript is text, of at most 16 KB, with confidences from 0 to 1", Spec: asrSpec + "Alternative", run: on(readable)},
		{ID: "asr.progress", Level: Must, Means: "progress comes at least every 200 ms while audio arrives, where claimed (400 ms pass)", Spec: asrSpec + "Progress", run: timed(progress)},
		{ID: "asr.progress.resume", Level: Must, Means: "after a pause in the audio progress comes within 200 ms (250 ms pass), though 400 ms of audio come at once, where claimed", Spec: asrSpec + "Progress", run: asrResume},
		{ID: "asr.leak", Level: Must, Means: "nothing of one utterance shows in the next", Spec: asrSpec + "Transcript", run: on(leak)},
		{ID: "asr.latency", Level: Should, Means: "ready in 500 ms, first partial 1 s after speech begins, final 1.3 s after it ends (600 ms of them are the silence asked for)", Spec: asrSpec + "Endpointing", run: timed(latency)},
	}
}

// eachConversation applies a rule in each language.
func (p *probe) eachConversation(ctx context.Context, rule func(*probe, *conversation) error) error {
	return p.eachLanguage(func(l string) error {
		c, err := p.conversation(ctx, l)
		if err != nil {
			return err
		}
		return rule(p, c)
	})
}

// eachLanguage looks at each, and skips only what applies in none.
func (p *probe) eachLanguage(check func(language string) error) error {
	var skipped error
	applied := false
	for _, l := range p.languages() {
		err := check(l)
		if _, ok := errors.AsType[*skipError](err); ok {
			skipped = err
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", l, err)
		}
		applied = true
	}
	if applied {
		return nil
	}
	return skipped
}

// transcripts gives those of a record.
func (c *conversation) transcripts() []*asrv1.Transcript {
	var out []*asrv1.Transcript
	for _, e := range c.got {
		if t := e.m.GetTranscript(); t != nil {
			out = append(out, t)
		}
	}
	return out
}

func (c *conversation) finals() []*asrv1.Transcript {
	var out []*asrv1.Transcript
	for _, t := range c.transcripts() {
		if t.GetIsFinal() {
			out = append(out, t)
		}
	}
	return out
}

func finalWords(_ *probe, c *conversation) error {
	if !c.ours {
		return skip("no utterance in %s here: bring one with --audio %s=FILE", c.language, c.language)
	}
	understood := 0
	for _, t := range c.finals() {
		if textOf(t) != "" {
			understood++
		}
	}
	if understood < len(c.said) {
		return fmt.Errorf("%d utterances were said, %d finals have words", len(c.said), understood)
	}
	return nil
}

func finalOnce(_ *probe, c *conversation) error {
	final, discarded := map[string]bool{}, map[string]bool{}
	for i, e := range c.got {
		id, what := utteranceOf(e.m)
		if t := e.m.GetTranscript(); t != nil && final[id] {
			return fmt.Errorf("message %d is a transcript of %q, which has had its final", i+1, id)
		} else if t.GetIsFinal() {
			final[id] = true
			continue
		}
		if what == "speech_started" && final[id] {
			return fmt.Errorf("message %d starts %q again, which has had its final", i+1, id)
		}
		if e.m.GetSpeechEnded().GetReason() == asrv1.SpeechEnded_REASON_DISCARDED {
			discarded[id] = true
		}
	}
	for i, e := range c.got {
		if id := e.m.GetSpeechStarted().GetUtteranceId(); id != "" && !final[id] && !discarded[id] {
			return fmt.Errorf("%q, which message %d starts, never has a final", id, i+1)
		}
	}
	if len(final) == 0 {
		return fmt.Errorf("there is no final")
	}
	return nil
}

// utteranceOf gives the utterance that a message is about.
func utteranceOf(m *asrResponse) (id, what string) {
	switch r := m.GetResponse().(type) {
	case *asrv1.StreamingRecognizeResponse_SpeechStarted:
		return r.SpeechStarted.GetUtteranceId(), "speech_started"
	case *asrv1.StreamingRecognizeResponse_SpeechEnded:
		return r.SpeechEnded.GetUtteranceId(), "speech_ended"
	case *asrv1.StreamingRecognizeResponse_Transcript:
		return r.Transcript.GetUtteranceId(), "transcript"
	}
	return "", ""
}

func partials(p *probe, c *conversation) error {
	if !p.caps.GetInterim() {
		return skip("interim is not claimed")
	}
	for _, t := range c.transcripts() {
		if !t.GetIsFinal() {
			return nil
		}
	}
	return fmt.Errorf("no transcript but finals")
}

func revisions(_ *probe, c *conversation) error {
	last := map[string]int32{}
	for _, t := range c.transcripts() {
		id := t.GetUtteranceId()
		if t.GetRevision() != last[id]+1 {
			return fmt.Errorf("revision %d of %q follows %d", t.GetRevision(), id, last[id])
		}
		last[id]++
	}
	return nil
}

func ids(_ *probe, c *conversation) error {
	started := map[string]bool{}
	for i, e := range c.got {
		id, what := utteranceOf(e.m)
		switch {
		case what == "":
			continue
		case id == "":
			return fmt.Errorf("message %d, %s, has no utterance_id", i+1, what)
		case what == "speech_started" && started[id]:
			return fmt.Errorf("message %d starts %q for the second time", i+1, id)
		case what != "speech_started" && !started[id]:
			return fmt.Errorf("message %d, %s, is about %q, which has not started", i+1, what, id)
		}
		started[id] = true
	}
	return nil
}

func offsets(_ *probe, c *conversation) error {
	starts := map[string]int64{}
	lastStart, lastEnd := int64(-1), int64(-1)
	for i, e := range c.got {
		for _, o := range offsetsOf(e.m) {
			if o < 0 || o > e.sent {
				return fmt.Errorf("message %d, %s, says offset %d; %d samples had been sent", i+1, kind(e.m), o, e.sent)
			}
		}
		if s := e.m.GetSpeechStarted(); s != nil {
			if s.GetOffsetSamples() < lastStart {
				return fmt.Errorf("%q starts before the utterance before it", s.GetUtteranceId())
			}
			lastStart, starts[s.GetUtteranceId()] = s.GetOffsetSamples(), s.GetOffsetSamples()
		}
		if s := e.m.GetSpeechEnded(); s != nil {
			if s.GetOffsetSamples() < lastEnd || s.GetOffsetSamples() < starts[s.GetUtteranceId()] {
				return fmt.Errorf("%q ends before it starts, or before the utterance before it", s.GetUtteranceId())
			}
			lastEnd = s.GetOffsetSamples()
		}
		if t := e.m.GetTranscript(); t != nil {
			if err := cmp.Or(within(t), wordsPlaced(c.format, t)); err != nil {
				return fmt.Errorf("message %d: %w", i+1, err)
			}
		}
	}
	return placed(c)
}

// placed compares what the finals are of with what was said, and when. An engine may hear
// one utterance as two, and begin and end it a little off.
func placed(c *conversation) error {
	if !c.ours {
		return nil
	}
	var heard [len(c.said)]int64
	for _, t := range c.finals() {
		where := false
		for i, s := range c.said {
			n := min(t.GetEndSamples(), s.end) - max(t.GetStartSamples(), s.start)
			heard[i] += max(n, 0)
			where = where || n > 0
		}
		if textOf(t) != "" && !where {
			return fmt.Errorf("the final of %q is of %d to %d, where nothing was said; speech was from %d to %d and from %d to %d", t.GetUtteranceId(),
				t.GetStartSamples(), t.GetEndSamples(), c.said[0].start, c.said[0].end, c.said[1].start, c.said[1].end)
		}
	}
	for i, s := range c.said {
		if 2*heard[i] < s.end-s.start {
			return fmt.Errorf("what was said from %d to %d has no final that covers half of it", s.start, s.end)
		}
	}
	return nil
}

func speechEnded(_ *probe, c *conversation) error {
	ended := map[string]int{}
	for _, e := range c.got {
		if s := e.m.GetSpeechEnded(); s != nil {
			ended[s.GetUtteranceId()]++
		}
	}
	for _, e := range c.got {
		if s := e.m.GetSpeechStarted(); s != nil && ended[s.GetUtteranceId()] != 1 {
			return fmt.Errorf("%q has %d speech_ended, not 1", s.GetUtteranceId(), ended[s.GetUtteranceId()])
		}
	}
	return nil
}

func offsetsOf(m *asrResponse) []int64 {
	switch r := m.GetResponse().(type) {
	case *asrv1.StreamingRecognizeResponse_SpeechStarted:
		return []int64{r.SpeechStarted.GetOffsetSamples()}
	case *asrv1.StreamingRecognizeResponse_SpeechEnded:
		return []int64{r.SpeechEnded.GetOffsetSamples()}
	case *asrv1.StreamingRecognizeResponse_Transcript:
		return []int64{r.Transcript.GetStartSamples(), r.Transcript.GetEndSamples()}
	case *asrv1.StreamingRecognizeResponse_NoInput:
		return []int64{r.NoInput.GetOffsetSamples()}
	case *asrv1.StreamingRecognizeResponse_Progress:
		return []int64{r.Progress.GetOffsetSamples()}
	}
	return nil
}

// within says what is wrong with the times of a transcript and its words.
func within(t *asrv1.Transcript) error {
	if t.GetEndSamples() < t.GetStartSamples() {
		return fmt.Errorf("a transcript from %d to %d", t.GetStartSamples(), t.GetEndSamples())
	}
	for _, a := range t.GetAlternatives() {
		at := int64(0)
		for _, w := range a.GetWords() {
			if w.GetEndSamples() < w.GetStartSamples() || w.GetStartSamples() < at {
				return fmt.Errorf("a word from %d to %d after one that starts at %d", w.GetStartSamples(), w.GetEndSamples(), at)
			}
			at = w.GetStartSamples()
		}
	}
	return nil
}

// wordSlack is how far a word may lie outside the transcript that it is of.
const wordSlack = 500 * time.Millisecond

// wordsPlaced says which word does not lie where its transcript does: as those whose times
// are counted from the start of their utterance. By them secrets are muted in a recording.
func wordsPlaced(f *speechv1.AudioFormat, t *asrv1.Transcript) error {
	slack := samplesIn(f, wordSlack)
	for _, a := range t.GetAlternatives() {
		for _, w := range a.GetWords() {
			timed := w.GetEndSamples() > w.GetStartSamples()
			if timed && (w.GetStartSamples() < t.GetStartSamples()-slack || w.GetEndSamples() > t.GetEndSamples()+slack) {
				return fmt.Errorf("a word lies from %d to %d, its transcript from %d to %d", w.GetStartSamples(), w.GetEndSamples(), t.GetStartSamples(), t.GetEndSamples())
			}
		}
	}
	return nil
}

// mostText is the longest text of an alternative, in bytes.
const mostText = 16 << 10

func readable(_ *probe, c *conversation) error {
	for _, t := range c.transcripts() {
		for _, a := range t.GetAlternatives() {
			if len(a.GetText()) > mostText {
				return fmt.Errorf("a text of %d bytes", len(a.GetText()))
			}
			if strings.ContainsFunc(a.GetText(), func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
				return fmt.Errorf("a text with control characters")
			}
			if c := a.GetConfidence(); !(c >= 0 && c <= 1) { // NaN is neither
				return fmt.Errorf("a confidence of %g", c)
			}
		}
		if s := t.GetStability(); !(s >= 0 && s <= 1) {
			return fmt.Errorf("a stability of %g", s)
		}
	}
	return nil
}

func leak(_ *probe, c *conversation) error {
	if !c.distinct || !c.ours {
		return skip("there are no two different utterances in %s here", c.language)
	}
	finals := c.finals()
	for i, t := range finals {
		for _, earlier := range finals[:i] {
			if text := textOf(earlier); len(strings.Fields(text)) > 1 && strings.Contains(textOf(t), text) {
				return fmt.Errorf("the words of %q are in %q too", earlier.GetUtteranceId(), t.GetUtteranceId())
			}
			if t.GetStartSamples() < earlier.GetStartSamples() {
				return fmt.Errorf("%q starts before %q", t.GetUtteranceId(), earlier.GetUtteranceId())
			}
		}
	}
	return nil
}
