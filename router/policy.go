package router

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

// A Queue is where a caller is to wait, and how urgently.
type Queue struct {
	Name     string
	Priority int // higher goes first, 0 is ordinary
}

// A Policy knows the queues of a server and where an assistant's intents lead.
// It does not change and is safe for concurrent use.
type Policy struct {
	minConfidence float64
	queues        []string
	route         func(intent string) (queue string, priority int, ok bool)
	fallback      Queue
}

// NewPolicy joins an assistant to the queues that exist. The error says for
// each queue that does not where the assistant names it, and which are allowed.
func NewPolicy(a *assistant.Assistant, queues []string) (*Policy, error) {
	var errs []error
	for _, q := range a.Queues() {
		if !slices.Contains(queues, q.Queue) {
			errs = append(errs, fmt.Errorf("%s: queue %q is not defined on this server; allowed: %s", q.At, q.Queue, strings.Join(queues, ", ")))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	name, priority := a.Fallback()
	return &Policy{
		minConfidence: a.MinConfidence(),
		queues:        slices.Clone(queues),
		route:         a.Route,
		fallback:      Queue{name, priority},
	}, nil
}

// Place picks the queue for a hand-over that a dialogue asks for, and says why.
// The zero Place, as when the dialogue itself has failed, gives the fallback.
func (p *Policy) Place(want assistant.Place) (Queue, Reason) {
	switch {
	case want.Queue == "":
		return p.Qualify(want.Intent)
	case !slices.Contains(p.queues, want.Queue):
		return p.fallback, ReasonUnknown
	}
	return Queue{want.Queue, want.Priority}, ReasonAsked
}

// Qualify picks the queue by the intent alone.
func (p *Policy) Qualify(in intent.Result) (Queue, Reason) {
	switch {
	case in.Name == "":
		return p.fallback, ReasonNoIntent
	case in.Confidence < p.minConfidence:
		return p.fallback, ReasonUnsure
	}
	name, priority, ok := p.route(in.Name)
	if !ok {
		return p.fallback, ReasonNoRoute
	}
	return Queue{name, priority}, ReasonIntent
}
