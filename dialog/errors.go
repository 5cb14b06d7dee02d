package dialog

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/engines"
)

var (
	// ErrLate says that no answer came in time.
	ErrLate = errors.New("the dialog service is late")
	// ErrOverrun says that the service left too many messages untaken.
	ErrOverrun = errors.New("the dialog service takes no messages")
	// ErrClosed says that the talk was closed by this side.
	ErrClosed = errors.New("the talk is closed")
)

// A ServiceError says that the service failed, or could not be reached. It holds the
// code alone: a service's message may repeat what a caller said.
type ServiceError struct{ Code codes.Code }

// Error names the code.
func (e *ServiceError) Error() string {
	if e.Code == codes.OK {
		return "the dialog service ended the talk"
	}
	return "the dialog service failed: " + engines.CodeName(e.Code)
}

// A BreachError says that the service broke the contract. What says how, in words of
// ours.
type BreachError struct{ What string }

// Error says how.
func (e *BreachError) Error() string { return "the dialog service broke the contract: " + e.What }

func breach(what string) error { return &BreachError{What: what} }

func serviceError(err error) error { return &ServiceError{Code: status.Code(err)} }

// Cause gives an error of this package in one word, for metrics: late, overrun, closed,
// breach, canceled, resting, or the name of a gRPC code; a code that gRPC does not know is
// Unknown.
func Cause(err error) string {
	var service *ServiceError
	var broke *BreachError
	switch {
	case errors.Is(err, ErrLate):
		return "late"
	case errors.Is(err, ErrOverrun):
		return "overrun"
	case errors.Is(err, ErrClosed):
		return "closed"
	case errors.Is(err, errResting):
		return "resting"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.As(err, &broke):
		return "breach"
	case errors.As(err, &service):
		return engines.CodeName(service.Code)
	}
	return "unknown"
}
