package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestWhoClosesAPageIsNoFaultForTheLog(t *testing.T) {
	var log bytes.Buffer
	s := &Server{cfg: Config{Log: slog.New(slog.NewTextHandler(&log, nil))}}
	s.failed("identify", fmt.Errorf("read accounts: %w", context.Canceled))
	if log.Len() > 0 {
		t.Errorf("of a page that was closed the log tells %s", &log)
	}
	_ = s.unavailable("read queues", errors.New("redis is away"))
	if !strings.Contains(log.String(), "redis is away") {
		t.Errorf("of a fault the log tells %q", &log)
	}
}
