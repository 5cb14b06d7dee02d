package asrd

import (
	"context"
	"log/slog"
	"time"

	"github.com/callward/callward/internal/speechd/endpoint"
	"github.com/callward/callward/internal/speechd/recog"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

const wide = recog.SampleRate / endpoint.Rate // wide samples in a narrow one

// An utterance is what the caller says in one go.
type utterance struct {
	id       string
	task     *upcoming
	start    int64       // narrow, of the speech
	origin   int64       // wide, of pcm[0]
	pcm      []int16     // wide
	opening  *opening    // of live; nil: there are no partials
	live     *recog.Live // nil: not yet open
	fed      int         // of pcm, to live
	revision int32
	text     string // of the last partial
	sentAt   int64  // narrow, of the last partial
	end      int64  // narrow

	guess *reading // of the audio up to the last pause; nil: none
	told  bool     // the guess has been sent, or is not to be
	final *reading
}

// A reading is a final that is being worked out.
type reading struct {
	length int // samples of pcm it covers
	cancel context.CancelFunc
	done   chan struct{}
	result recog.Result
	err    error
}

// start opens an utterance.
func (st *stream) start(ctx context.Context) error {
	u := &utterance{id: st.newID(), task: st.task, start: st.detector.SpeechStart()}
	u.task.needed = true
	u.origin = max((u.start-preRoll*narrowPerMs)*wide, st.recent.total-int64(len(st.recent.pcm)))
	st.current = u
	err := st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_SpeechStarted{
		SpeechStarted: &asrv1.SpeechStarted{UtteranceId: u.id, OffsetSamples: st.offset(u.start)},
	}})
	if err != nil {
		return err
	}
	if st.cfg.GetInterimResults() {
		u.opening = st.open(ctx, u)
	}
	st.feed()
	return nil
}

// An opening is a decoder for partials on its way: neither its task nor the CPU
// that it takes may hold up the audio.
type opening struct {
	live   chan *recog.Live
	cancel context.CancelFunc
}

// open gets a decoder. Without one there are no partials; a task that cannot be
// made ready is told of with the final.
func (st *stream) open(ctx context.Context, u *utterance) *opening {
	ctx, cancel := context.WithCancel(ctx)
	o, engine, next, id := &opening{make(chan *recog.Live), cancel}, st.server.engine, u.task, u.id
	st.work.Go(func() {
		task, err := next.wait(ctx)
		if err != nil {
			return
		}
		live, err := engine.Live(ctx, task)
		if err != nil {
			if ctx.Err() == nil {
				st.noPartials(id, err)
			}
			return
		}
		select {
		case o.live <- live:
		case <-ctx.Done():
			live.Close()
		}
	})
	return o
}

// noPartials tells the operator; such an error never holds what was said.
func (st *stream) noPartials(utterance string, err error) {
	st.server.log.Warn("no partials", slog.String("utterance", utterance), slog.String("error", err.Error()))
}

// opened is ready when the decoder for partials is; nil if none is on its way.
func (st *stream) opened() <-chan *recog.Live {
	if u := st.current; u != nil && u.opening != nil && u.live == nil {
		return u.opening.live
	}
	return nil
}

// feed gives the utterance the audio that has come since.
func (st *stream) feed() {
	u := st.current
	u.pcm = append(u.pcm, st.recent.from(u.origin+int64(len(u.pcm)))...)
}

// follow decodes for partials some of what has come, and sends one if it is time.
func (st *stream) follow() error {
	u := st.current
	if u == nil || u.live == nil || len(u.pcm)-u.fed < liveChunk {
		return nil
	}
	next := min(len(u.pcm), u.fed+liveAtOnce)
	taken, err := u.live.Write(u.pcm[u.fed:next])
	if err != nil {
		st.noPartials(u.id, err) // the final comes from decoders of its own
		u.stopLive()
		return nil
	}
	if !taken {
		return nil
	}
	u.fed = next
	if st.at-u.sentAt < st.partialEvery() {
		return nil
	}
	u.sentAt = st.at
	return st.partial(u)
}

const (
	liveChunk      = recog.SampleRate * 40 / 1000  // least that is decoded for partials
	liveAtOnce     = recog.SampleRate * 200 / 1000 // and most, twice as fast as it comes: progress waits for it
	defaultPartial = 200                           // ms between partials
)

func (st *stream) partialEvery() int64 {
	if d := within(st.cfg.GetInterimMinInterval()); d > 0 {
		return int64(d) * endpoint.Rate / int64(time.Second)
	}
	return defaultPartial * narrowPerMs
}

// partial sends the words so far if they have changed.
func (st *stream) partial(u *utterance) error {
	text := u.live.Text()
	if text == u.text {
		return nil
	}
	u.text = text
	heard := max(u.start, (u.origin+int64(u.fed))/wide)
	return st.transcript(u, recog.Result{Text: text, Language: u.live.Language()}, heard, false, false)
}

// eager works ahead on the final while the caller pauses.
func (st *stream) eager(ctx context.Context) error {
	u := st.current
	if u.guess != nil {
		u.guess.cancel()
	}
	u.guess = st.read(ctx, u, u.until(st.detector.SpeechEnd()))
	u.told = st.cfg.GetEndpointing().GetEagerSilence().AsDuration() <= 0
	return nil
}

// guessed is ready when an eager transcript can be sent; nil if none is wanted.
func (st *stream) guessed() <-chan struct{} {
	if u := st.current; u != nil && u.guess != nil && !u.told {
		return u.guess.done
	}
	return nil
}

// sendEager sends what the utterance is if the caller has finished; one who has
// spoken on has not.
func (st *stream) sendEager() error {
	u := st.current
	u.told = true
	over := u.guess.length == u.until(st.detector.SpeechEnd())
	if g := u.guess; over && g.err == nil && g.result.Text != "" {
		return st.transcript(u, g.result, st.detector.SpeechEnd(), false, true)
	}
	return nil
}

// until gives the length of pcm that ends a little after the last speech.
func (u *utterance) until(speechEnd int64) int {
	return min(len(u.pcm), int((speechEnd+postRoll*narrowPerMs)*wide-u.origin))
}

// read begins to work out the final of the first samples of an utterance.
func (st *stream) read(ctx context.Context, u *utterance, length int) *reading {
	ctx, cancel := context.WithCancel(ctx)
	r := &reading{length: length, cancel: cancel, done: make(chan struct{})}
	pcm, engine, next := u.pcm[:length:length], st.server.engine, u.task
	st.work.Go(func() {
		defer close(r.done)
		task, err := next.wait(ctx)
		if err != nil {
			r.err = err
			return
		}
		r.result, r.err = engine.Final(ctx, task, pcm)
	})
	return r
}

// end closes the utterance in progress, if any; its final follows.
func (st *stream) end(ctx context.Context, reason asrv1.SpeechEnded_Reason) error {
	u := st.current
	if u == nil {
		return nil
	}
	st.current = nil
	u.end = st.detector.SpeechEnd()
	st.listen()
	u.stopLive()
	if err := st.ended(u, reason); err != nil {
		return err
	}
	length := u.until(u.end)
	if u.guess != nil && u.guess.length == length {
		u.final = u.guess
	} else {
		if u.guess != nil {
			u.guess.cancel() // it would take turns from the final
		}
		u.final = st.read(ctx, u, length)
	}
	st.owed = append(st.owed, u)
	return nil
}

// discard forgets the utterance in progress.
func (st *stream) discard() error {
	u := st.current
	if u == nil {
		return nil
	}
	st.current = nil
	u.end = st.detector.SpeechEnd()
	st.listen()
	st.recent.clear()
	u.close()
	return st.ended(u, asrv1.SpeechEnded_REASON_DISCARDED)
}

func (st *stream) ended(u *utterance, reason asrv1.SpeechEnded_Reason) error {
	return st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_SpeechEnded{
		SpeechEnded: &asrv1.SpeechEnded{UtteranceId: u.id, OffsetSamples: st.offset(u.end), Reason: reason},
	}})
}

// oldest is ready when the next final is; nil if none is owed.
func (st *stream) oldest() <-chan struct{} {
	if len(st.owed) == 0 {
		return nil
	}
	return st.owed[0].final.done
}

// sendOwed sends the oldest final.
func (st *stream) sendOwed() error {
	u := st.owed[0]
	st.owed = st.owed[1:]
	defer u.close()
	if u.final.err != nil {
		return u.final.err
	}
	return st.transcript(u, u.final.result, u.end, true, false)
}

// transcript sends a hypothesis.
func (st *stream) transcript(u *utterance, r recog.Result, end int64, final, eager bool) error {
	if st.first == 0 {
		st.first = time.Since(st.began)
	}
	u.revision++
	t := &asrv1.Transcript{
		UtteranceId:  u.id,
		Revision:     u.revision,
		IsFinal:      final,
		EagerEnd:     eager,
		LanguageCode: r.Language,
		StartSamples: st.offset(u.start),
		EndSamples:   st.offset(end),
	}
	if r.Text != "" {
		t.Alternatives = []*asrv1.Alternative{st.alternative(u, r)}
	}
	return st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Transcript{Transcript: t}})
}

func (st *stream) alternative(u *utterance, r recog.Result) *asrv1.Alternative {
	a := &asrv1.Alternative{Text: r.Text, Confidence: float32(r.Confidence)}
	if !st.cfg.GetWordTimes() {
		return a
	}
	for _, w := range r.Words {
		a.Words = append(a.Words, &asrv1.Word{
			Text:         w.Text,
			StartSamples: st.offset((u.origin + int64(w.Start)) / wide),
			EndSamples:   st.offset((u.origin + int64(w.End)) / wide),
			Confidence:   float32(w.Confidence),
		})
	}
	return a
}

func (u *utterance) stopLive() {
	if u.opening != nil {
		u.opening.cancel()
		u.opening = nil
	}
	if u.live != nil {
		u.live.Close()
		u.live = nil
	}
}

// close gives back what the utterance holds.
func (u *utterance) close() {
	u.stopLive()
	for _, r := range []*reading{u.guess, u.final} {
		if r != nil {
			r.cancel()
		}
	}
}
