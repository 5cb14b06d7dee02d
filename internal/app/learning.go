package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/callward/callward/internal/learnt"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// classifier gives what understands an assistant's callers in a language. What was not kept
// has to be learnt, for ten seconds if there are many examples, and the log says so before.
func (p *plan) classifier(ctx context.Context, name string, a *assistant.Assistant, language string) (*intent.Classifier, error) {
	folder := learnt.In(p.loaded.Config.Learnt)
	kept := folder.Has(a, language)
	log := p.log.With(slog.String("assistant", name), slog.String("language", language))
	if !kept {
		log.Info("learning intents", slog.Int("intents", len(a.Intents())), slog.Int("examples", len(a.Examples(language))))
	}
	began := time.Now()
	c, err := folder.Classifier(ctx, a, language)
	if err != nil {
		return nil, fmt.Errorf("train assistant %s in %s: %w", name, language, err)
	}
	if !kept {
		log.Info("intents learnt", slog.Duration("took", time.Since(began).Round(time.Millisecond)))
	}
	return c, nil
}
