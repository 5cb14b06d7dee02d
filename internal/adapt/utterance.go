package adapt

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/speechd/endpoint"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// An utterance is what the caller says in one go. Its audio goes to the vendor by
// goroutines of its own; the rest is the stream's handler's.
type utterance struct {
	id     string
	start  int64 // of the speech
	end    int64 // of the speech; not before it is over
	origin int64 // of the first sample given
	given  int64 // samples, to audio
	audio  *feed
	cancel context.CancelFunc

	settled  []Hypothesis // final ones, in order
	latest   Hypothesis   // since then
	asked    []string     // languages, by the client's names
	language string       // that the vendor heard
	answered bool         // a final came after the audio had ended
	done     bool         // nothing more comes from the vendor

	revision int32
	text     string // of the last transcript sent
	sentAt   int64  // 8 kHz samples consumed by then
	over     time.Time
}

// heard is what the goroutines of an utterance pass on. The error is io.EOF after
// the vendor's last word.
type heard struct {
	u      *utterance
	h      Hypothesis
	settle bool // the vendor's stream is over, but not the utterance
	whole  bool // all audio had been given
	err    error
}

// start opens an utterance.
func (st *stream) start(ctx context.Context) error {
	start := st.detector.SpeechStart()
	u := &utterance{id: st.newID(), start: start * st.ratio, asked: st.cfg.GetLanguageCodes(), audio: newFeed(st.taken)}
	u.origin = max((start-preRoll)*st.ratio, st.recent.oldest(), st.cut)
	ctx, u.cancel = context.WithCancel(ctx)
	st.current = u
	setup := st.setup()
	longest := int64(st.server.Longest) * int64(setup.Rate) / int64(time.Second)
	st.work.Go(func() { u.run(ctx, st.server.Recognizer, setup, longest, st.heard) })
	err := st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_SpeechStarted{
		SpeechStarted: &asrv1.SpeechStarted{UtteranceId: u.id, OffsetSamples: u.start},
	}})
	if err != nil {
		return err
	}
	return st.feed()
}

// setup is the config as it stands, for the vendor.
func (st *stream) setup() Setup {
	s := Setup{
		Rate:        int(st.cfg.GetFormat().GetSampleRateHz()),
		Languages:   match(st.server.Languages, st.cfg.GetLanguageCodes()),
		Model:       st.cfg.GetModel(),
		Partials:    st.cfg.GetInterimResults() && st.server.Interim,
		Words:       st.cfg.GetWordTimes() && st.server.WordTimes,
		Punctuation: st.cfg.GetPunctuation(),
		Readings:    max(1, int(st.cfg.GetMaxAlternatives())),
	}
	for _, h := range st.cfg.GetHints() {
		boost := float64(h.GetBoost())
		if boost == 0 {
			boost = 1
		}
		s.Hints = append(s.Hints, Hint{Phrase: h.GetPhrase(), Boost: boost})
	}
	return s
}

// feed gives the utterance the audio that has come since.
func (st *stream) feed() error {
	u := st.current
	pcm := st.recent.from(u.origin + u.given)
	u.given += int64(len(pcm))
	u.audio.put(slices.Clone(pcm))
	return st.partial(false)
}

// run hears the utterance at the vendor, in as many streams as that takes.
func (u *utterance) run(ctx context.Context, r Recognizer, s Setup, longest int64, out chan<- heard) {
	tell := func(h heard) {
		h.u = u
		select {
		case out <- h:
		case <-ctx.Done():
		}
	}
	for {
		whole, err := u.hear(ctx, r, s, longest, tell)
		if err != nil {
			tell(heard{err: err})
			return
		}
		if whole {
			tell(heard{err: io.EOF})
			return
		}
		tell(heard{settle: true})
	}
}

// errEarly says that the vendor ended a stream before its audio was over, and had
// said nothing.
var errEarly = status.Error(codes.Unavailable, "the stream ended early")

// hear is one stream at the vendor. It reports whether all of the audio is over.
func (u *utterance) hear(ctx context.Context, r Recognizer, s Setup, longest int64, tell func(heard)) (whole bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	base, answered := u.audio.taken(), false
	ear, err := r.Listen(ctx, s)
	if err != nil {
		return false, err
	}
	var sending sync.WaitGroup
	sent, full := false, false // once sending is over
	sending.Go(func() { sent, full = u.send(ctx, ear, longest) })
	defer sending.Wait()
	defer cancel()
	for {
		h, err := ear.Read()
		if errors.Is(err, io.EOF) {
			cancel()
			sending.Wait()
			if !sent && !full && (!answered || u.audio.taken() == base) {
				return false, errEarly
			}
			return sent, nil
		}
		if err != nil {
			return false, err
		}
		answered = true
		shift(h, time.Duration(base)*time.Second/time.Duration(s.Rate))
		tell(heard{h: h, whole: u.audio.finished()})
	}
}

// shift moves words by the audio that went to earlier streams.
func shift(h Hypothesis, by time.Duration) {
	for _, r := range h.Readings {
		for i := range r.Words {
			r.Words[i].Start += by
			r.Words[i].End += by
		}
	}
}

// send gives the vendor audio until the utterance ends, or until the longest
// stream is full.
func (u *utterance) send(ctx context.Context, ear Ear, longest int64) (whole, full bool) {
	for sent := int64(0); longest <= 0 || sent < longest; {
		pcm, err := u.audio.next(ctx)
		if errors.Is(err, io.EOF) {
			return ear.Finish() == nil, false
		}
		if err != nil || ear.Write(pcm) != nil {
			return false, false // the reader learns why
		}
		sent += int64(len(pcm))
		u.audio.took(len(pcm))
	}
	return false, ear.Finish() == nil
}

// hypothesis takes what an utterance's goroutines have to say.
func (st *stream) hypothesis(got heard) error {
	u := got.u
	if u.done {
		return nil // it was discarded, or its final has been sent
	}
	switch {
	case errors.Is(got.err, io.EOF):
		u.done = true
		return st.sendOwed()
	case got.err != nil:
		return st.server.failed(got.err)
	case got.settle:
		u.settle(u.latest)
		return nil
	}
	if got.h.Language != "" {
		u.language = got.h.Language
	}
	if got.h.Final {
		u.settle(got.h)
		u.answered = u.answered || got.whole
	} else {
		u.latest = got.h
	}
	if u == st.current {
		return st.partial(false)
	}
	return nil
}

// settle keeps what will not change.
func (u *utterance) settle(h Hypothesis) {
	if len(h.Readings) > 0 {
		u.settled = append(u.settled, h)
	}
	u.latest = Hypothesis{}
}

const defaultPartial = 200 * narrowPerMs // between partials

// partial sends the words so far, if they have changed and it is time; an eager
// one in any case.
func (st *stream) partial(eager bool) error {
	u := st.current
	if !st.cfg.GetInterimResults() || !st.server.Interim {
		return nil
	}
	every := int64(defaultPartial)
	if d := within(st.cfg.GetInterimMinInterval(), longestWait); d > 0 {
		every = int64(d) * endpoint.Rate / int64(time.Second)
	}
	if !eager && st.at-u.sentAt < every {
		return nil
	}
	r := u.reading(st.cfg.GetPunctuation())
	if r.Text == "" || !eager && r.Text == u.text {
		return nil
	}
	u.sentAt = st.at
	end := max(st.detector.SpeechEnd()*st.ratio, u.start)
	return st.transcript(u, []Reading{r}, end, func(t *asrv1.Transcript) {
		t.EagerEnd = eager
		t.Stability = float32(min(max(u.latest.Stability, 0), 1))
	})
}

// eager tells what the utterance is, should the caller have finished.
func (st *stream) eager() error { return st.partial(true) }

// end closes the utterance in progress, if any; its final follows.
func (st *stream) end(reason asrv1.SpeechEnded_Reason) error {
	u := st.current
	if u == nil {
		return nil
	}
	u.audio.finish()
	u.over = time.Now()
	if err := st.stop(reason); err != nil {
		return err
	}
	st.owed = append(st.owed, u)
	st.expect()
	return st.sendOwed()
}

// discard forgets the utterance in progress.
func (st *stream) discard() error {
	u := st.current
	if u == nil {
		return nil
	}
	u.done = true
	u.cancel()
	return st.stop(asrv1.SpeechEnded_REASON_DISCARDED)
}

// stop tells that the utterance in progress is over, and listens for the next.
func (st *stream) stop(reason asrv1.SpeechEnded_Reason) error {
	u := st.current
	st.current = nil
	u.end = max(st.detector.SpeechEnd()*st.ratio, u.start)
	st.cut = st.at * st.ratio
	st.listen()
	return st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_SpeechEnded{
		SpeechEnded: &asrv1.SpeechEnded{UtteranceId: u.id, OffsetSamples: u.end, Reason: reason},
	}})
}

// expect sets the time by which the oldest final is to come.
func (st *stream) expect() {
	st.late.Stop()
	if len(st.owed) > 0 {
		st.late.Reset(time.Until(st.owed[0].over.Add(st.server.patience())))
	}
}

// sendOwed sends the finals that have come, oldest first.
func (st *stream) sendOwed() error {
	for len(st.owed) > 0 && st.owed[0].done {
		u := st.owed[0]
		st.owed = st.owed[1:]
		u.cancel()
		if err := st.final(u); err != nil {
			return err
		}
	}
	st.expect()
	return nil
}

// final sends the last transcript of an utterance. A vendor that never called
// anything final has said it all the same.
func (st *stream) final(u *utterance) error {
	punctuation := st.cfg.GetPunctuation()
	readings := []Reading{u.reading(punctuation)}
	if len(u.settled) == 1 && len(u.latest.Readings) == 0 {
		for _, r := range u.settled[0].Readings[1:] {
			readings = append(readings, r.tidy(punctuation))
		}
	}
	readings = slices.DeleteFunc(readings, func(r Reading) bool { return r.Text == "" })
	most := max(1, int(st.cfg.GetMaxAlternatives()))
	return st.transcript(u, readings[:min(most, len(readings))], u.end, func(t *asrv1.Transcript) { t.IsFinal = true })
}

// reading joins what the vendor took the utterance for, piece after piece.
func (u *utterance) reading(punctuation bool) Reading {
	pieces := u.settled
	if len(u.latest.Readings) > 0 {
		pieces = append(slices.Clone(pieces), u.latest)
	}
	var out Reading
	var texts []string
	timed := true
	for _, h := range pieces {
		r := h.Readings[0].tidy(punctuation)
		if r.Text == "" {
			continue
		}
		if len(texts) == 0 || r.Confidence < out.Confidence {
			out.Confidence = r.Confidence
		}
		texts = append(texts, r.Text)
		timed = timed && len(r.Words) > 0
		out.Words = append(out.Words, r.Words...)
	}
	out.Text = strings.Join(texts, " ")
	if !timed {
		out.Words = nil
	}
	return out
}

// tidy gives the reading as the contract wants it. Words that are not those of
// the text are left out.
func (r Reading) tidy(punctuation bool) Reading {
	out := Reading{Text: tidy(r.Text, punctuation), Confidence: min(max(r.Confidence, 0), 1)}
	var texts []string
	for _, w := range r.Words {
		if w.Text = tidy(w.Text, punctuation); w.Text != "" {
			out.Words, texts = append(out.Words, w), append(texts, w.Text)
		}
	}
	if strings.Join(texts, " ") != out.Text {
		out.Words = nil
	}
	return out
}

// transcript sends a hypothesis; more sets what else there is to say of it.
func (st *stream) transcript(u *utterance, readings []Reading, end int64, more func(*asrv1.Transcript)) error {
	if st.first == 0 {
		st.first = time.Since(st.began)
	}
	u.revision++
	t := &asrv1.Transcript{
		UtteranceId:  u.id,
		Revision:     u.revision,
		LanguageCode: u.spoken(),
		StartSamples: u.start,
		EndSamples:   end,
	}
	more(t)
	for _, r := range readings {
		u.text = readings[0].Text
		t.Alternatives = append(t.Alternatives, st.alternative(u, r, end))
	}
	return st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Transcript{Transcript: t}})
}

// spoken is the language heard, by the name that the client has for it.
func (u *utterance) spoken() string {
	if u.language == "" && len(u.asked) == 1 {
		return u.asked[0]
	}
	for _, a := range u.asked {
		if base(a) == base(u.language) {
			return a
		}
	}
	return u.language
}

func (st *stream) alternative(u *utterance, r Reading, end int64) *asrv1.Alternative {
	a := &asrv1.Alternative{Text: r.Text, Confidence: float32(r.Confidence)}
	if !st.cfg.GetWordTimes() {
		return a
	}
	least := u.start
	for _, w := range r.Words {
		from := min(max(u.origin+st.samples(w.Start), least), end)
		to := min(max(u.origin+st.samples(w.End), from), end)
		least = from
		a.Words = append(a.Words, &asrv1.Word{Text: w.Text, StartSamples: from, EndSamples: to, Confidence: float32(min(max(w.Confidence, 0), 1))})
	}
	return a
}

// mostTime bounds what a vendor says of times, so that arithmetic holds.
const mostTime = 24 * time.Hour

func (st *stream) samples(d time.Duration) int64 {
	rate := int64(st.cfg.GetFormat().GetSampleRateHz())
	return int64(min(max(d, 0), mostTime).Microseconds()) * rate / 1e6
}
