package ttsd

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/internal/speechd/audio"
	"github.com/callward/callward/internal/speechd/contract"
	"github.com/callward/callward/internal/speechd/voice"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// errEnded says that a context ended while it was spoken.
var errEnded = errors.New("context ended")

// speakAll speaks the contexts one after the other until no more can come.
func (st *stream) speakAll(ctx context.Context) error {
	for {
		c, wait, done := st.nextContext()
		switch {
		case done:
			return nil
		case c != nil:
			if err := st.speakContext(ctx, c); err != nil {
				return err
			}
		default:
			select {
			case <-wait:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// nextContext takes the next context from the queue.
func (st *stream) nextContext() (c *spoken, wait <-chan struct{}, done bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if len(st.queue) == 0 {
		return nil, st.changed, st.closing
	}
	c = st.queue[0]
	st.queue = st.queue[1:]
	return c, nil, false
}

// speakContext speaks a context to its end, or until it is cancelled.
func (st *stream) speakContext(ctx context.Context, c *spoken) error {
	defer c.cancel()
	p := contract.NewPacer(st.cfg)
	for {
		pieces, wait, last := st.takeText(c)
		for _, text := range pieces {
			if err := st.sentence(c, p, text); err != nil {
				return st.broken(ctx, c, err)
			}
		}
		if last {
			return st.done(c, ttsv1.Done_CAUSE_COMPLETE)
		}
		select {
		case <-wait:
		case <-c.ctx.Done():
			return st.broken(ctx, c, c.ctx.Err())
		}
	}
}

// takeText takes the whole sentences of what was given; the rest waits for its
// end, unless none follows.
func (st *stream) takeText(c *spoken) (pieces []string, wait <-chan struct{}, last bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	last = c.last || st.closing
	pieces = voice.Sentences(c.text)
	rest := ""
	if !last && !c.flush && !finished(c.text) {
		pieces, rest = withoutLast(pieces, c.text)
	}
	c.text, c.flush = rest, false
	if last {
		return pieces, nil, true
	}
	return pieces, st.changed, false
}

// withoutLast keeps back what may be the beginning of a sentence.
func withoutLast(pieces []string, text string) (whole []string, rest string) {
	if len(pieces) == 0 {
		return nil, text // a "$" whose number is still to come
	}
	end := len(pieces) - 1
	return pieces[:end], text[strings.LastIndex(text, pieces[end]):]
}

// finished reports whether a text ends with a sentence and its space.
func finished(text string) bool {
	trimmed := strings.TrimRight(text, " \n\t")
	return trimmed != "" && trimmed != text && strings.ContainsAny(trimmed[len(trimmed)-1:], ".!?")
}

// sentence speaks one sentence.
func (st *stream) sentence(c *spoken, p *contract.Pacer, text string) error {
	resampler := audio.NewResampler(c.voice.Rate, int(st.cfg.GetFormat().GetSampleRateHz()))
	err := st.server.speaker.Speak(c.ctx, c.voice, c.style, text, func(pcm []int16) error {
		return st.audio(c, p, resampler.Write(pcm))
	})
	if err != nil {
		return err
	}
	return st.audio(c, p, resampler.Flush())
}

// audio sends samples of a context unless it has ended.
func (st *stream) audio(c *spoken, p *contract.Pacer, pcm []int16) error {
	for len(pcm) > 0 {
		n := min(len(pcm), p.Most)
		if err := p.Wait(c.ctx, n); err != nil {
			return err
		}
		if err := st.sendAudio(c, pcm[:n]); err != nil {
			return err
		}
		pcm = pcm[n:]
	}
	return nil
}

func (st *stream) sendAudio(c *spoken, pcm []int16) error {
	st.sending.Lock()
	defer st.sending.Unlock()
	if st.hasEnded(c) {
		return errEnded
	}
	m := &ttsv1.Audio{
		ContextId:     c.id,
		Seq:           c.seq,
		Data:          audio.Encode(st.cfg.GetFormat().GetEncoding(), pcm),
		OffsetSamples: c.samples,
	}
	c.seq++
	c.samples += int64(len(pcm))
	st.samples += int64(len(pcm))
	if st.first == 0 {
		st.first = time.Since(st.began)
	}
	return st.rpc.Send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Audio{Audio: m}})
}

func (st *stream) hasEnded(c *spoken) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	return c.ended
}

// broken ends a context that failed; one that was cancelled has been answered.
func (st *stream) broken(ctx context.Context, c *spoken, err error) error {
	if st.hasEnded(c) || errors.Is(err, errEnded) {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	st.server.log.Warn("synthesis failed", slog.String("call", st.cfg.GetSession().GetCallId()), slog.String("voice", c.voice.Name), slog.Any("err", err))
	trouble := &speechv1.Status{Code: int32(codes.Internal), Message: "synthesis failed", Recoverable: true}
	if err := st.send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Status{Status: trouble}}); err != nil {
		return err
	}
	return st.done(c, ttsv1.Done_CAUSE_ERROR)
}

// done ends a context, unless a cancel was faster.
func (st *stream) done(c *spoken, cause ttsv1.Done_Cause) error {
	st.sending.Lock()
	defer st.sending.Unlock()
	ended := false
	st.update(func() {
		if ended = c.ended; !ended {
			st.end(c.id)
		}
	})
	if ended {
		return nil
	}
	return st.rpc.Send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Done{
		Done: &ttsv1.Done{ContextId: c.id, TotalSamples: c.samples, Cause: cause},
	}})
}
