package webhook

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// ErrNotFound says that the system knows of no such thing (404).
var ErrNotFound = errors.New("there is no such thing")

// A FaultError is why a webhook gave no results, in words of ours: what it said is not in it.
type FaultError struct {
	Cause string // in one word, for metrics
	What  string
}

// Error says what.
func (f *FaultError) Error() string { return f.What }

// The causes of faults.
const (
	causeLate        = "late"
	causeUnreachable = "unreachable"
	causeAddress     = "address"
	causeTLS         = "tls"
	causeBroken      = "broken"
	causeRedirect    = "redirect"
	causeStatus      = "status"
	causeLarge       = "large"
	causeType        = "type"
	causeContent     = "content"
	causeBusy        = "busy"
	causeResting     = "resting"
	causeCanceled    = "canceled"
)

var (
	errLate        = &FaultError{causeLate, "it was late"}
	errUnreachable = &FaultError{causeUnreachable, "it could not be reached"}
	errAddress     = &FaultError{causeAddress, "its address may not be reached: it is no public one"}
	errTLS         = &FaultError{causeTLS, "it is not whom its certificate should show, or TLS failed otherwise"}
	errBroken      = &FaultError{causeBroken, "the connection broke"}
	errRedirect    = &FaultError{causeRedirect, "it sends us elsewhere, where we do not go"}
	errLarge       = &FaultError{causeLarge, fmt.Sprintf("its answer is larger than %d KiB", maxAnswer>>10)}
	errType        = &FaultError{causeType, "its answer is not called application/json"}
	errJSON        = &FaultError{causeContent, "its answer is not JSON"}
	errBusy        = &FaultError{causeBusy, "it is asked too much at once"}
	errResting     = &FaultError{causeResting, "it has failed again and again and is left alone"}
	errCanceled    = &FaultError{causeCanceled, "the call has ended"}
)

func statusFault(code int) error {
	return &FaultError{causeStatus, fmt.Sprintf("it answered with status %d", code)}
}

func contentFault(name, what string) error {
	return &FaultError{causeContent, "the result " + name + " " + what}
}

// A dialError marks what failed before anything was sent: asking again does no harm.
type dialError struct{ err error }

func (e *dialError) Error() string { return e.err.Error() }
func (e *dialError) Unwrap() error { return e.err }

// sendFault puts what net/http says into words of ours.
func sendFault(ctx context.Context, err error) error {
	var dial *dialError
	switch {
	case errors.Is(err, errAddress):
		return errAddress
	case ctx.Err() != nil:
		return ended(ctx)
	case errors.As(err, &dial):
		return errUnreachable
	case strings.Contains(err.Error(), "tls: "): // few faults of crypto/tls have a type of their own
		return errTLS
	}
	return errBroken
}

// ended says why a context is over: the webhook's time is, or the call.
func ended(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errLate) {
		return errLate
	}
	return errCanceled
}

// Cause gives what came of a webhook in one word, for metrics: answered, not_found, gone, or
// the cause of a fault.
func Cause(err error) string {
	var f *FaultError
	switch {
	case err == nil:
		return string(assistant.Answered)
	case errors.Is(err, ErrNotFound):
		return string(assistant.NotFound)
	case errors.Is(err, ErrGone):
		return "gone"
	case errors.As(err, &f):
		return f.Cause
	}
	return "unknown"
}

// Answer makes what a dialogue is told of what Ask or Judge gave.
func Answer(results map[string]redact.Safe, err error) assistant.Answer {
	switch {
	case err == nil:
		return assistant.Answer{Outcome: assistant.Answered, Results: results}
	case errors.Is(err, ErrNotFound):
		return assistant.Answer{Outcome: assistant.NotFound}
	}
	return assistant.Answer{Outcome: assistant.Failed, Why: err.Error()}
}
