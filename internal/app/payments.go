package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/telemetry"
	"github.com/callward/callward/payment"
)

// payments is the tokenisers that tenants' callers give their cards to, by tenant.
type payments struct {
	lender[Payment, *tokeniser]

	log      *slog.Logger
	seconds  *prometheus.HistogramVec
	failures *prometheus.CounterVec
	captures *prometheus.CounterVec
}

// tokeniser is one of them.
type tokeniser struct {
	*payment.Client

	tenant string
	in     *payments
	down   atomic.Bool // the last card was not answered, and the log says so
}

func newPayments(log *slog.Logger) *payments {
	return &payments{
		log:     log,
		seconds: telemetry.Seconds("callward_tokeniser_seconds", "How long a tokeniser was asked for a token, answers and failures.", "tenant"),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callward_tokeniser_failures_total", Help: "Times a tokeniser did not say what became of a card, by cause.",
		}, []string{"tenant", "cause"}),
		captures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callward_card_captures_total",
			Help: "Cards that callers keyed in, by outcome: taken, refused, failed (no answer), given up (too many wrong entries), abandoned.",
		}, []string{"tenant", "outcome"}),
	}
}

// apply puts the tokenisers of a configuration in place of those there were.
func (p *payments) apply(tenants map[string]Tenant) error { return now(p.next(tenants)) }

// next prepares the tokenisers of a configuration.
func (p *payments) next(tenants map[string]Tenant) (change, error) {
	settings := make(map[string]Payment)
	for name, t := range tenants {
		if t.Payment.Target != "" {
			settings[name] = t.Payment
		}
	}
	return p.prepare(settings, func(tenant string, s Payment) (*tokeniser, error) {
		c, err := s.dial()
		if err != nil {
			return nil, fmt.Errorf("tenants[%s].payment: %w", tenant, err)
		}
		return &tokeniser{Client: c, tenant: tenant, in: p}, nil
	})
}

func (s Payment) dial() (*payment.Client, error) {
	opts, err := s.credentials().DialOptions()
	if err != nil {
		return nil, err
	}
	return payment.Dial(s.Target, payment.Config{Timeout: s.Timeout}, opts...)
}

// serves lets a call give cards to the tokeniser, if there is one.
func (t *tokeniser) serves(d *call.Deps) {
	if t == nil {
		return
	}
	d.Tokeniser = t
	d.Captured = func(how string) { t.in.captures.WithLabelValues(t.tenant, how).Inc() }
}

// Tokenize asks the tokeniser, and counts how that went. The log hears of one that goes
// and of one that comes back, not of each card.
func (t *tokeniser) Tokenize(ctx context.Context, r payment.Request) (payment.Outcome, error) {
	began := time.Now()
	out, err := t.Client.Tokenize(ctx, r)
	if errors.Is(err, context.Canceled) { // the caller hung up
		return out, err
	}
	t.in.seconds.WithLabelValues(t.tenant).Observe(time.Since(began).Seconds())
	if err == nil {
		if t.down.Swap(false) {
			t.in.log.Info("tokeniser is back", slog.String("tenant", t.tenant))
		}
		return out, nil
	}
	t.in.failures.WithLabelValues(t.tenant, payment.Cause(err)).Inc()
	if !t.down.Swap(true) {
		t.in.log.Warn("tokeniser fails, callers with cards get a human", slog.String("tenant", t.tenant), slog.Any("err", err))
	}
	return out, err
}
