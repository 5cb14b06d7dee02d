package payment

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/engines"
)

// ErrLate says that no answer came in time. Whether the card was taken is not known.
var ErrLate = errors.New("the tokeniser is late")

// A ServiceError says that the service failed, or could not be reached. It holds the code
// alone: a service's message may repeat a card.
type ServiceError struct{ Code codes.Code }

// Error names the code.
func (e *ServiceError) Error() string { return "the tokeniser failed: " + engines.CodeName(e.Code) }

// A BreachError says that the service broke the contract. What says how, in words of ours.
type BreachError struct{ What string }

// Error says how.
func (e *BreachError) Error() string { return "the tokeniser broke the contract: " + e.What }

func breach(what string) error { return &BreachError{What: what} }

func serviceError(err error) error { return &ServiceError{Code: status.Code(err)} }

// Passing reports whether asking again may help, which it may where the service was late,
// busy or away, and not where it understood and would not.
func Passing(err error) bool {
	var service *ServiceError
	if !errors.As(err, &service) {
		return errors.Is(err, ErrLate)
	}
	switch service.Code {
	case codes.Unavailable, codes.Aborted, codes.ResourceExhausted, codes.Internal, codes.Unknown, codes.Canceled:
		return true
	default:
		return false
	}
}

// Cause gives an error of this package in one word, for metrics: late, breach, canceled,
// or the name of a gRPC code.
func Cause(err error) string {
	var service *ServiceError
	var broke *BreachError
	switch {
	case errors.Is(err, ErrLate):
		return "late"
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.As(err, &broke):
		return "breach"
	case errors.As(err, &service):
		return engines.CodeName(service.Code)
	}
	return "unknown"
}
