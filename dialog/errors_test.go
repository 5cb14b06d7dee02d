package dialog_test

import (
	"testing"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/dialog"
)

func TestANumberOfTheServicesOwnIsNoCause(t *testing.T) {
	for _, code := range []codes.Code{17, 411111111, 1<<32 - 1} {
		err := &dialog.ServiceError{Code: code}
		if dialog.Cause(err) != "Unknown" || err.Error() != "the dialog service failed: Unknown" {
			t.Errorf("%d: cause %q, error %q", code, dialog.Cause(err), err)
		}
	}
	if got := dialog.Cause(&dialog.ServiceError{Code: codes.Unauthenticated}); got != "Unauthenticated" {
		t.Errorf("a code of gRPC's is %q", got)
	}
}
