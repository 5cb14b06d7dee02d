package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/telemetry"
	"github.com/callward/callward/payment"
)

// payments is the tokenisers that tenants' callers give their cards to, by tenant.
type payments struct {
	log      *slog.Logger
	seconds  *prometheus.HistogramVec
	failures *prometheus.CounterVec
	captures *prometheus.CounterVec

	mu  sync.Mutex
	all map[string]*tokeniser
}

// tokeniser is one of them. Calls that began with it keep it.
type tokeniser struct {
	tenant string
	config Payment
	client *payment.Client
	in     *payments
	down   atomic.Bool // the last card was not answered, and the log says so

	mu      sync.Mutex
	calls   int
	retired bool // the client is closed after the last call
}

func newPayments(log *slog.Logger) *payments {
	return &payments{
		log: log, all: map[string]*tokeniser{},
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

// apply puts the tokenisers of a configuration in place of those there were. One that is
// reached as before keeps its connection.
func (p *payments) apply(tenants map[string]Tenant) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	next, fresh := map[string]*tokeniser{}, []*payment.Client{}
	for _, name := range names(tenants) {
		s := tenants[name].Payment
		if s.Target == "" {
			continue
		}
		if was := p.all[name]; was != nil && was.config == s {
			next[name] = was
			continue
		}
		c, err := s.dial()
		if err != nil {
			for _, c := range fresh {
				err = errors.Join(err, c.Close())
			}
			return fmt.Errorf("tenants[%s].payment: %w", name, err)
		}
		fresh = append(fresh, c)
		next[name] = &tokeniser{tenant: name, config: s, client: c, in: p}
	}
	for name, was := range p.all {
		if next[name] != was {
			was.retire()
		}
	}
	p.all = next
	return nil
}

func (s Payment) dial() (*payment.Client, error) {
	opts, err := s.credentials().DialOptions()
	if err != nil {
		return nil, err
	}
	return payment.Dial(s.Target, payment.Config{Timeout: s.Timeout}, opts...)
}

// take gives a call its tenant's tokeniser, which it leaves in the end; nil if it has none.
func (p *payments) take(tenant string) *tokeniser {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.all[tenant]
	if t != nil {
		t.mu.Lock()
		t.calls++
		t.mu.Unlock()
	}
	return t
}

// close ends the tokenisers, even for calls that are still there.
func (p *payments) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, t := range p.all {
		errs = append(errs, t.client.Close())
	}
	return errors.Join(errs...)
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
	out, err := t.client.Tokenize(ctx, r)
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

func (t *tokeniser) leave() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls--
	t.closeUnused()
}

func (t *tokeniser) retire() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.retired = true
	t.closeUnused()
}

// closeUnused is called with mu held.
func (t *tokeniser) closeUnused() {
	if t.retired && t.calls == 0 {
		_ = t.client.Close() // nobody is left who could be told
	}
}
