package dialog

import (
	"context"
	"errors"
	"time"

	"github.com/callward/callward/internal/engines"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
)

// errResting says that the service was not asked, since it failed before.
var errResting = errors.New("the dialog service is left alone for a while")

// A Qualifier says what the callers of one line want, in one language: as the service
// has it, or, when that is late or fails, as the classifier that is there for the line.
// It is safe for concurrent use if Asked is.
type Qualifier struct {
	Client   *Client
	Breaker  *engines.Breaker   // shared by all that ask the service
	Fallback *intent.Classifier // its intents are those that count
	Question Question           // Intents is filled in
	Service  string             // name of the service, for the journal
	// Asked is told how each question went: err is why the fallback answered, and took
	// is 0 if the service was not asked. It may be nil.
	Asked func(took time.Duration, err error)
}

// Distant says that Classify waits for somebody else; see call.Qualifier.
func (q *Qualifier) Distant() {}

// Classify says what text asks for. Its error is that of ctx, or of the fallback.
func (q *Qualifier) Classify(ctx context.Context, text redact.Safe) (intent.Result, error) {
	began := time.Now()
	if !q.Breaker.Allow(began) {
		return q.instead(ctx, text, 0, errResting)
	}
	question := q.Question
	question.Intents = q.Fallback.Intents()
	got, err := q.Client.Classify(ctx, text, question)
	took := max(time.Since(began), 1)
	switch {
	case err == nil:
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded): // of ctx, whose timer may ring later
		q.Breaker.Forgiven()
		return intent.Result{}, err
	default:
		q.Breaker.Failed(time.Now())
		return q.instead(ctx, text, took, err)
	}
	q.Breaker.Succeeded()
	q.told(took, nil)
	got.Reason = "understood by " + q.Service
	return got, nil
}

func (q *Qualifier) instead(ctx context.Context, text redact.Safe, took time.Duration, why error) (intent.Result, error) {
	q.told(took, why)
	got, err := q.Fallback.Classify(ctx, text)
	got.Reason = "understood here, not by " + q.Service + ": " + why.Error()
	return got, err
}

func (q *Qualifier) told(took time.Duration, err error) {
	if q.Asked != nil {
		q.Asked(took, err)
	}
}
