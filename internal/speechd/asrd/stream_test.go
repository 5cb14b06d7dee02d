package asrd

import (
	"context"
	"testing"

	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/speechtest"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// A drain counts what a stream sends.
type drain struct {
	asrv1.AsrService_StreamingRecognizeServer

	sent int
}

func (d *drain) Send(*asrv1.StreamingRecognizeResponse) error {
	d.sent++
	return nil
}

func newTestStream() (*stream, *drain) {
	d := &drain{}
	return newStream(&Server{}, d, &asrv1.Config{Format: &speechv1.AudioFormat{
		Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 8000,
	}}), d
}

func TestAPauseKeepsNoAudio(t *testing.T) {
	st, _ := newTestStream()
	if err := st.take(t.Context(), speechtest.Silence(500)); err != nil {
		t.Fatal(err)
	}
	if err := st.control(t.Context(), asrv1.Control_ACTION_PAUSE); err != nil {
		t.Fatal(err)
	}
	if err := st.take(t.Context(), speechtest.Noise(500)); err != nil {
		t.Fatal(err)
	}
	if len(st.recent.pcm) != 0 || st.recent.total < 15900 {
		t.Errorf("%d samples are kept of %d", len(st.recent.pcm), st.recent.total)
	}
}

func TestTheHistoryGivesTheLatestAudioByItsPosition(t *testing.T) {
	h := newHistory()
	for i := range 5 * historySize / 100 {
		h.add(slicesOf(int16(i), 100))
	}
	h.skip(1000)
	h.add(slicesOf(-7, 100))
	if got := h.from(0); len(got) != 100 || got[0] != -7 {
		t.Errorf("%d samples after a gap", len(got))
	}
	if got := h.from(h.total - 10); len(got) != 10 {
		t.Errorf("%d samples from 10 before the end", len(got))
	}
	if got := h.from(h.total); got != nil {
		t.Errorf("%d samples from the end", len(got))
	}
}

func slicesOf(v int16, n int) []int16 {
	out := make([]int16, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestAnEagerTranscriptIsNotSentOnceTheCallerSpeaksOn(t *testing.T) {
	st, sent := newTestStream()
	end := st.detector.SpeechEnd()
	u := &utterance{pcm: make([]int16, 3*recog.SampleRate)}
	st.current = u
	u.guess = &reading{length: u.until(end), result: recog.Result{Text: "yes"}}
	if err := st.sendEager(); err != nil || sent.sent != 1 {
		t.Fatalf("%d messages, %v", sent.sent, err)
	}
	u.guess = &reading{length: u.until(end) - 1, result: recog.Result{Text: "yes"}}
	if err := st.sendEager(); err != nil || sent.sent != 1 {
		t.Errorf("%d messages after the caller spoke on, %v", sent.sent, err)
	}
}

func TestATaskThatIsNotReadyHoldsUpNoAudio(t *testing.T) {
	st, _ := newTestStream()
	st.cfg.InterimResults = true
	st.task = &upcoming{done: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	for _, pcm := range [][]int16{speechtest.Silence(500), speechtest.Noise(1000)} {
		if err := st.each(ctx, pcm); err != nil {
			t.Fatal(err)
		}
	}
	if st.current == nil || st.offset(st.reported) < 1400*8 {
		t.Errorf("in an utterance: %v; progress up to sample %d of %d", st.current != nil, st.reported, 1500*8)
	}
	cancel()
	st.work.Wait()
}

func TestATaskIsGivenUpForTheNextUnlessAnUtteranceNeedsIt(t *testing.T) {
	for _, needed := range []bool{false, true} {
		st, _ := newTestStream()
		st.server.engine = speechtest.Engine(t, "en")
		st.cfg.LanguageCodes = []string{"en"}
		ctx, cancel := context.WithCancel(t.Context())
		st.task = &upcoming{done: make(chan struct{}), cancel: cancel, needed: needed}
		st.prepare(t.Context())
		if given := ctx.Err() != nil; given == needed {
			t.Errorf("needed %v: given up %v", needed, given)
		}
		if _, err := st.task.wait(t.Context()); err != nil {
			t.Errorf("the next task: %v", err)
		}
		cancel()
		st.work.Wait()
	}
}

// A decoder that is behind with the partials takes its time, which on a busy machine is a
// lot: what was heard is told before, and no more is decoded at once than little.
func TestProgressDoesNotWaitForPartialsThatAreBehind(t *testing.T) {
	st, sent := newTestStream()
	st.current = &utterance{id: "u1", task: &upcoming{needed: true}, live: &recog.Live{}, pcm: make([]int16, 2*recog.SampleRate)}
	st.recent.skip(2 * recog.SampleRate)
	for n := range 3 {
		told := sent.sent
		if err := st.take(t.Context(), make([]int16, 800)); err != nil {
			t.Fatal(err)
		}
		if most := (n + 1) * recog.SampleRate / 5; st.current.fed == 0 || st.current.fed > most {
			t.Errorf("%d samples are decoded with %d ms of audio, not %d", st.current.fed, (n+1)*100, most)
		}
		if sent.sent != told+1 {
			t.Errorf("%d messages are sent with 100 ms of audio, not one of progress", sent.sent-told)
		}
	}
}
