package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// A part is what one of two streams is asked for, and what is said on it.
type part struct {
	config *asrv1.Config
	pcm    []int16
}

// parts gives two that have as little in common as the engine allows.
func (p *probe) parts() ([2]part, error) {
	languages := p.languages()
	one, two := languages[0], languages[len(languages)-1]
	digits, _, _, err := p.utterances(one)
	if err != nil {
		return [2]part{}, err
	}
	_, sentence, _, err := p.utterances(two)
	if err != nil {
		return [2]part{}, err
	}
	a, b := p.config(one), p.config(two)
	a.Expect = asrv1.Expect_EXPECT_DIGITS
	b.Expect, b.Hints = asrv1.Expect_EXPECT_FREE, p.phrasesIn(two)
	return [2]part{{a, digits}, {b, sentence}}, nil
}

// asrApart lets each be heard alone, and then both together: the one that is asked for
// last must not change what the other is.
func asrApart(ctx context.Context, p *probe) error {
	if len(p.languages()) == 0 {
		return skip("no language is claimed")
	}
	parts, err := p.parts()
	if err != nil {
		return err
	}
	var alone, together [2]*asrv1.Transcript
	for i, x := range parts {
		if alone[i], err = p.hear(ctx, x, func() {}); err != nil {
			return fmt.Errorf("stream %d alone: %w", i+1, err)
		}
	}
	// Neither is spoken to before both are ready.
	var opened errgroup.Group
	ready := make(chan struct{}, len(parts))
	both := make(chan struct{})
	for i, x := range parts {
		opened.Go(func() (err error) {
			x.config.Session = session(x.config.GetLanguageCodes()[0])
			together[i], err = p.hear(ctx, x, func() { ready <- struct{}{}; <-both })
			if err != nil {
				ready <- struct{}{}
				return fmt.Errorf("stream %d of two: %w", i+1, err)
			}
			return nil
		})
	}
	for range parts {
		<-ready
	}
	close(both)
	if err := opened.Wait(); err != nil {
		return err
	}
	return apart(alone, together)
}

// hear opens a stream, says what is to be said once it may, and gives the final.
func (p *probe) hear(ctx context.Context, x part, begin func()) (*asrv1.Transcript, error) {
	k, err := p.call(ctx)
	if err != nil {
		return nil, err
	}
	defer k.close()
	if err := k.ready(ctx, x.config); err != nil {
		return nil, err
	}
	begin()
	k.utter(ctx, x.pcm, pause)
	if err := wellEnded(k.finish(ctx)); err != nil {
		return nil, err
	}
	got, _, _ := k.now()
	for _, e := range got {
		if t := e.m.GetTranscript(); t.GetIsFinal() {
			return t, nil
		}
	}
	return nil, errors.New("no final")
}

// apart compares. An engine may hear the same sound a little differently twice, but not
// so that most words are others.
func apart(alone, together [2]*asrv1.Transcript) error {
	for i, t := range together {
		was := alone[i]
		if a, b := base(was.GetLanguageCode()), base(t.GetLanguageCode()); a != b {
			return fmt.Errorf("stream %d is in %q alone and in %q beside the other", i+1, a, b)
		}
		own, same := strings.Fields(textOf(was)), 0
		for w := range strings.FieldsSeq(textOf(t)) {
			if slices.Contains(own, w) {
				same++
			}
		}
		if 2*same < len(own) {
			return fmt.Errorf("stream %d has %d of the %d words beside the other that it has alone", i+1, same, len(own))
		}
	}
	return nil
}
