package conformance

import (
	"context"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

type (
	asrRequest  = asrv1.StreamingRecognizeRequest
	asrResponse = asrv1.StreamingRecognizeResponse
)

const (
	piece   = 20 * time.Millisecond  // of audio in a message
	breath  = 300 * time.Millisecond // of quiet before an utterance
	endsBy  = 600 * time.Millisecond // of quiet that ends an utterance
	pause   = 1200 * time.Millisecond
	flushBy = 2 * time.Second // the contract: from the half-close to the end
)

// A talk is one stream of recognition.
type talk struct {
	*inbox[*asrResponse]

	rpc    asrv1.AsrService_StreamingRecognizeClient
	format *speechv1.AudioFormat
	offset int64         // of the next sample
	limit  time.Duration // of a wait
	late   time.Duration // the most that this program itself woke up too late to speak
	opened func(error) error
	close  func() // ends the stream; it may be called twice
}

// call opens a stream and sends nothing.
func (t *target) call(ctx context.Context) (*talk, error) {
	return t.callBy(ctx, t.asr)
}

func (t *target) callBy(ctx context.Context, c asrv1.AsrServiceClient) (*talk, error) {
	ctx, cancel := context.WithCancel(ctx)
	rpc, err := c.StreamingRecognize(t.with(ctx))
	if err != nil {
		cancel()
		return nil, fmt.Errorf("open a stream: %w", err)
	}
	k := &talk{inbox: newInbox[*asrResponse](), rpc: rpc, limit: t.Timeout, opened: t.opened}
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.receive(rpc.Recv)
	}()
	k.close = func() { cancel(); <-done }
	return k, nil
}

// open opens a stream that is ready.
func (p *probe) open(ctx context.Context, c *asrv1.Config) (*talk, error) {
	k, err := p.call(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := k.ready(ctx, c); err != nil {
		k.close()
		return nil, err
	}
	got, _, _ := k.now()
	p.measure("ready", got[0].at.Sub(began))
	return k, nil
}

// ready sends a config and waits for the answer.
func (k *talk) ready(ctx context.Context, c *asrv1.Config) error {
	k.config(c)
	_, err := k.until(ctx, k.limit, 0, "ready", func(m *asrResponse) bool { return m.GetReady() != nil })
	return k.opened(err)
}

// config gives one for a language, in the best format for a telephone.
func (t *target) config(language string) *asrv1.Config {
	return &asrv1.Config{
		Session:        session(language),
		Format:         t.format(),
		LanguageCodes:  []string{language},
		InterimResults: true,
		WordTimes:      t.caps.GetWordTimes(),
		Endpointing:    &asrv1.Endpointing{Mode: asrv1.Endpointing_MODE_SERVER, Silence: durationpb.New(endsBy)},
	}
}

// format is one that the engine takes and that we can make: 8 kHz if there is one.
func (t *target) format() *speechv1.AudioFormat {
	best := &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: telephone, Channels: 1}
	for i, f := range t.formats() {
		if i == 0 || f.GetSampleRateHz() == telephone && best.GetSampleRateHz() != telephone {
			best = f
		}
	}
	return best
}

// formats gives those that are claimed and that can be checked.
func (t *target) formats() []*speechv1.AudioFormat {
	var out []*speechv1.AudioFormat
	for _, f := range t.caps.GetFormats() {
		if f.GetEncoding() != speechv1.Encoding_ENCODING_OPUS_PACKETS && f.GetSampleRateHz() >= telephone {
			out = append(out, f)
		}
	}
	return out
}

// send sends a message. That the stream is over, its end tells.
func (k *talk) send(r *asrRequest) { _ = k.rpc.Send(r) }

func (k *talk) config(c *asrv1.Config) {
	k.format = c.GetFormat()
	k.send(&asrRequest{Request: &asrv1.StreamingRecognizeRequest_Config{Config: c}})
}

func (k *talk) update(u *asrv1.Update) {
	k.send(&asrRequest{Request: &asrv1.StreamingRecognizeRequest_Update{Update: u}})
}

func (k *talk) control(a asrv1.Control_Action) {
	k.send(&asrRequest{Request: &asrv1.StreamingRecognizeRequest_Control{Control: &asrv1.Control{Action: a}}})
}

func (k *talk) audio(a *asrv1.Audio) {
	k.send(&asrRequest{Request: &asrv1.StreamingRecognizeRequest_Audio{Audio: a}})
}

// say sends audio as a telephone does: at the pace of its clock. It stops when
// ctx or the stream ends.
func (k *talk) say(ctx context.Context, pcm ...[]int16) {
	start, sent := time.Now(), time.Duration(0)
	for _, part := range pcm {
		rate := int(k.format.GetSampleRateHz())
		data, step := encode(k.format, part), int(piece)*rate/int(time.Second)*size(k.format)
		for len(data) > 0 {
			n := min(step, len(data))
			k.piece(data[:n])
			data = data[n:]
			sent += piece
			due := time.Until(start.Add(sent))
			slept := time.Now()
			if !wait(ctx, due) {
				return
			}
			if due > 0 { // if not, it may be the engine that held us up
				k.late = max(k.late, time.Since(slept)-due)
			}
		}
	}
}

// piece sends a message of audio at once.
func (k *talk) piece(data []byte) {
	samples := int64(len(data) / size(k.format))
	k.sent.Store(k.offset + samples) // before it is sent: the answer may be quick
	k.audio(&asrv1.Audio{Data: data, OffsetSamples: k.offset})
	k.offset += samples
}

// atOnce sends the beginning of what is said as one that was kept back, and gives the rest:
// the offset has moved on, and it comes in pieces of 80 ms as fast as they go.
func (k *talk) atOnce(pcm []int16, d time.Duration) (rest []int16) {
	n := int(d * telephone / time.Second)
	data, step := encode(k.format, pcm[:n]), int(samplesIn(k.format, 80*time.Millisecond))*size(k.format)
	for first := true; len(data) > 0; first = false {
		n := min(step, len(data))
		samples := int64(n / size(k.format))
		k.sent.Store(k.offset + samples)
		k.audio(&asrv1.Audio{Data: data[:n], OffsetSamples: k.offset, Discontinuity: first})
		k.offset += samples
		data = data[n:]
	}
	return pcm[n:]
}

// wait is false if ctx ended before.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// finish closes our half and waits for the end.
func (k *talk) finish(ctx context.Context) error {
	if err := k.rpc.CloseSend(); err != nil {
		return fmt.Errorf("half-close: %w", err)
	}
	return k.end(ctx, k.limit)
}

// refusal is finish for a stream that must be refused with INVALID_ARGUMENT. Our
// half stays open: the refusal may not wait for its end.
func (k *talk) refusal(ctx context.Context) error {
	return refused(k.end(ctx, k.limit), codes.InvalidArgument)
}

// A said is an utterance that was sent: where its sound lies.
type said struct {
	start, end int64
	over       time.Time // when its last sample was sent
}

// utter says an utterance after a breath, and the quiet after it.
func (k *talk) utter(ctx context.Context, pcm []int16, after time.Duration) said {
	k.say(ctx, quiet(breath))
	s := said{start: k.offset}
	k.say(ctx, pcm)
	s.end, s.over = k.offset, time.Now()
	k.say(ctx, quiet(after))
	return s
}

func isFinal(m *asrResponse) bool { return m.GetTranscript().GetIsFinal() }

// textOf is the best reading.
func textOf(t *asrv1.Transcript) string {
	if len(t.GetAlternatives()) == 0 {
		return ""
	}
	return t.GetAlternatives()[0].GetText()
}

// A conversation is two utterances on one stream and all that came of them. It
// is held once for each language; the rules of the contract are then checked on
// the record.
type conversation struct {
	language string
	ours     bool // the utterances are of the language
	distinct bool // and say different things
	format   *speechv1.AudioFormat
	said     [2]said
	got      []event[*asrResponse]
	began    time.Time     // the config was sent
	first    time.Time     // the first audio was sent
	last     time.Time     // and the last
	late     time.Duration // the most that this program itself was late
	halved   time.Time     // our half was closed
	ended    time.Time
	end      error // nil: OK
	err      error // why there is no conversation
}

// conversation holds it, or gives the one that was held.
func (p *probe) conversation(ctx context.Context, language string) (*conversation, error) {
	if c := p.conversations[language]; c != nil {
		return c, c.err
	}
	c := p.converse(ctx, p.config(language), language)
	if ctx.Err() == nil {
		p.conversations[language] = c
	}
	return c, c.err
}

func (p *probe) converse(ctx context.Context, config *asrv1.Config, language string) *conversation {
	c := &conversation{language: language, format: config.GetFormat(), began: time.Now()}
	first, second, ours, err := p.utterances(language)
	if err != nil {
		c.err = err
		return c
	}
	c.ours, c.distinct = ours, &first[0] != &second[0]
	k, err := p.open(ctx, config)
	if err != nil {
		c.err = err
		return c
	}
	defer k.close()
	c.first = time.Now()
	c.said[0] = k.utter(ctx, first, pause)
	c.said[1] = k.utter(ctx, second, pause)
	c.last, c.late = time.Now(), k.late
	c.settle(ctx, k)
	c.halved = time.Now()
	c.end = k.finish(ctx)
	if c.end == io.EOF { //nolint:errorlint // Recv gives the value itself
		c.end = nil
	}
	c.got, _, _ = k.now()
	k.mu.Lock()
	c.ended = k.ended
	k.mu.Unlock()
	return c
}

// settle lets an engine that is behind come up with the finals, before the
// half-close forces it.
func (c *conversation) settle(ctx context.Context, k *talk) {
	at := 0
	for range c.said {
		i, err := k.until(ctx, c.patience(k), at, "final", isFinal)
		if err != nil {
			return
		}
		at = i + 1
	}
}

func (c *conversation) patience(k *talk) time.Duration { return min(k.limit, 5*time.Second) }
