package payment_test

import (
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/payment"
)

func TestANumberOfTheTokenisersOwnIsNoCause(t *testing.T) {
	for _, code := range []codes.Code{17, 411111111, 1<<32 - 1} {
		err := &payment.ServiceError{Code: code}
		if payment.Cause(err) != "Unknown" || err.Error() != "the tokeniser failed: Unknown" {
			t.Errorf("%d: cause %q, error %q", code, payment.Cause(err), err)
		}
	}
	if got := payment.Cause(&payment.ServiceError{Code: codes.Unauthenticated}); got != "Unauthenticated" {
		t.Errorf("a code of gRPC's is %q", got)
	}
}
