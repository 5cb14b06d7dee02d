package contract

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/internal/speechd/audio"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

const unusable = "not a usable number"

// CheckSpeech refuses a config that nobody could speak by. Whether there is a voice for
// it, the engine knows.
func CheckSpeech(cfg *ttsv1.Config) error {
	if field, problem := audio.CheckFormat(cfg.GetFormat()); field != "" {
		return Invalid("config."+field, problem)
	}
	for name, v := range map[string]float32{"rate": cfg.GetRate(), "pitch": cfg.GetPitch(), "volume_db": cfg.GetVolumeDb()} {
		if !finite(v) || (name == "rate" && v < 0) {
			return Invalid("config."+name, unusable)
		}
	}
	return checkDuration("config.max_lead", cfg.GetMaxLead())
}

// CheckRate refuses a rate that is none.
func CheckRate(u *ttsv1.Update) error {
	if !finite(u.GetRate()) || u.GetRate() < 0 {
		return Invalid("update.rate", unusable)
	}
	return nil
}

// NoVoice refuses a config that there is no voice for.
func NoVoice(cfg *ttsv1.Config) error {
	if cfg.GetVoice() != "" {
		return Invalid("config.voice", "no such voice; see ListVoices")
	}
	return Violation(codes.FailedPrecondition, "config.session.language_code", "no voice for the language")
}

// Late answers text for a context that takes no more. It may have failed or been
// cancelled while the text was on its way: then the text is dropped.
func Late(last *bool, in *ttsv1.Input) error {
	if *last {
		return Invalid("input.last", "text after the last piece of its context")
	}
	*last = in.GetLast()
	return nil
}

// A Pacer keeps a context from running ahead of real time.
type Pacer struct {
	Most int // samples at once: no more than the lead holds, nor Piece

	lead time.Duration // zero: no limit
	rate time.Duration // samples in a second
	ends time.Time     // when all that was sent will have been played
}

const (
	// Piece is the most samples in a message: 200 ms at 16 kHz.
	Piece = 3200
	// leastLead is a frame on the telephone line; less would be a message for each
	// sample.
	leastLead = 20 * time.Millisecond
)

// NewPacer keeps to the max_lead of a config.
func NewPacer(cfg *ttsv1.Config) *Pacer {
	p := &Pacer{lead: cfg.GetMaxLead().AsDuration(), rate: time.Duration(cfg.GetFormat().GetSampleRateHz()), Most: Piece}
	if p.lead > 0 {
		p.lead = max(p.lead, leastLead)
		p.Most = min(Piece, int(min(p.lead, time.Second)*p.rate/time.Second))
	}
	return p
}

// Wait returns when the next samples may be sent. Where none were there in time
// the listener waits, and the clock with them. The error is that of ctx.
func (p *Pacer) Wait(ctx context.Context, samples int) error {
	if p.lead <= 0 {
		return ctx.Err()
	}
	now := time.Now()
	if p.ends.Before(now) {
		p.ends = now
	}
	p.ends = p.ends.Add(time.Duration(samples) * time.Second / p.rate)
	timer := time.NewTimer(p.ends.Sub(now) - p.lead)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
