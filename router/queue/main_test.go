package queue_test

import (
	"testing"

	"go.uber.org/goleak"
)

// A client that could not dial tries once more a second later, closed or not.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}
