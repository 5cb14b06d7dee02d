package webhook

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/callward/callward/internal/certs"
	"github.com/callward/callward/internal/engines"
)

// A HostConfig is what the operator says of a system; its zero value is a good one.
type HostConfig struct {
	Private     bool   // it may be in a private network, or on this machine
	Calls       int    // questions at once; 0 or less means 16
	CA          string // PEM file of its authorities; empty: the system's
	Certificate string // PEM file of ours, if it asks for one (mTLS)
	Key         string // PEM file of its key
}

const (
	defaultCalls = 16
	connectTime  = 3 * time.Second // TCP, and then TLS
	keepTime     = 30 * time.Second
	maxHeaders   = 16 << 10
)

// A Host is a system that may be asked. All calls share it. It is safe for concurrent use.
type Host struct {
	client  *http.Client
	dialer  *net.Dialer
	slots   chan struct{} // one for each question under way
	breaker *engines.Breaker
}

// NewHost reads the files of c. The error names the one that is of no use.
func NewHost(c HostConfig) (*Host, error) {
	files, err := certs.Open(certs.Files{CA: c.CA, Certificate: c.Certificate, Key: c.Key}, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file
	}
	calls := cmp.Or(max(c.Calls, 0), defaultCalls)
	h := &Host{
		dialer:  &net.Dialer{Timeout: connectTime, Control: control(c.Private)},
		slots:   make(chan struct{}, calls),
		breaker: engines.NewBreaker(engines.BreakerConfig{}),
	}
	h.client = &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{ // without a proxy: nobody would look at the address it connects to
			DialContext: h.dial, TLSClientConfig: files.Client().Clone(), TLSHandshakeTimeout: connectTime,
			DisableCompression: true, MaxIdleConnsPerHost: calls, IdleConnTimeout: keepTime, MaxResponseHeaderBytes: maxHeaders,
		},
	}
	return h, nil
}

func (h *Host) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := h.dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, &dialError{err}
	}
	return conn, nil
}

// Close ends the connections that are kept. Questions under way go on.
func (h *Host) Close() { h.client.CloseIdleConnections() }

// Resting reports whether the host is left alone because it failed again and again.
func (h *Host) Resting() bool { return h.breaker.State(time.Now()) == engines.Open }

// enter waits for a place among the questions that are under way.
func (h *Host) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	default:
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		if errors.Is(context.Cause(ctx), errLate) {
			return errBusy
		}
		return errCanceled
	}
}

func (h *Host) leave() { <-h.slots }

// learn tells the breaker how a question went: whether the host works, not whether its
// answer pleases.
func (h *Host) learn(err error) {
	switch Cause(err) {
	case causeCanceled:
		h.breaker.Forgiven()
	case causeLate, causeUnreachable, causeAddress, causeTLS, causeBroken:
		h.breaker.Failed(time.Now())
	default:
		h.breaker.Succeeded()
	}
}
