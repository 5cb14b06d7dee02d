package app

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callward/callward/call"
	"github.com/callward/callward/dialog"
	"github.com/callward/callward/internal/engines"
	"github.com/callward/callward/internal/telemetry"
)

// dialogs is the services that understand tenants' callers, by tenant.
type dialogs struct {
	log       *slog.Logger
	seconds   *prometheus.HistogramVec
	fallbacks *prometheus.CounterVec

	mu  sync.Mutex
	all map[string]*understanding
}

// understanding is one service. Calls that began with it keep it.
type understanding struct {
	tenant  string
	config  Dialog
	client  *dialog.Client
	breaker *engines.Breaker
	in      *dialogs
	down    atomic.Bool // it is left alone, and the log says so

	mu      sync.Mutex
	calls   int
	retired bool // the client is closed after the last call
}

func newDialogs(log *slog.Logger) *dialogs {
	return &dialogs{
		log: log, all: map[string]*understanding{},
		seconds: telemetry.Seconds("callward_dialog_classify_seconds", "How long a dialog service was asked what a caller wants, answers and failures.", "tenant"),
		fallbacks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callward_dialog_fallbacks_total", Help: "Times the bundled classifier answered in place of the dialog service, by cause.",
		}, []string{"tenant", "cause"}),
	}
}

// apply puts the services of a configuration in place of those there were. One that is
// reached as before keeps its connection, and what is known of its health.
func (d *dialogs) apply(tenants map[string]Tenant) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	next, fresh := map[string]*understanding{}, []*dialog.Client{}
	for _, name := range names(tenants) {
		t := tenants[name]
		if t.Dialog.Target == "" {
			continue
		}
		if was := d.all[name]; was != nil && was.config == t.Dialog {
			next[name] = was
			continue
		}
		c, err := t.Dialog.dial()
		if err != nil {
			for _, c := range fresh {
				err = errors.Join(err, c.Close())
			}
			return fmt.Errorf("tenants[%s].dialog: %w", name, err)
		}
		fresh = append(fresh, c)
		next[name] = &understanding{
			tenant: name, config: t.Dialog, client: c, breaker: engines.NewBreaker(engines.BreakerConfig{}), in: d,
		}
	}
	for name, was := range d.all {
		if next[name] != was {
			was.retire()
		}
	}
	d.all = next
	return nil
}

func (s Dialog) dial() (*dialog.Client, error) {
	opts, err := s.credentials().DialOptions()
	if err != nil {
		return nil, err
	}
	return dialog.Dial(s.Target, dialog.Config{Classify: s.Classify}, opts...)
}

// take gives a call its tenant's service, which it leaves in the end; nil if it has none.
func (d *dialogs) take(tenant string) *understanding {
	d.mu.Lock()
	defer d.mu.Unlock()
	u := d.all[tenant]
	if u != nil {
		u.mu.Lock()
		u.calls++
		u.mu.Unlock()
	}
	return u
}

// close ends the services, even for calls that are still there.
func (d *dialogs) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, u := range d.all {
		errs = append(errs, u.client.Close())
	}
	return errors.Join(errs...)
}

func (u *understanding) leave() {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.calls--
	u.closeUnused()
}

func (u *understanding) retire() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.retired = true
	u.closeUnused()
}

// closeUnused is called with mu held.
func (u *understanding) closeUnused() {
	if u.retired && u.calls == 0 {
		_ = u.client.Close() // nobody is left who could be told
	}
}

// qualifiers gives what understands the callers of a line in one call: the service, if
// there is one, before the classifiers.
func (u *understanding) qualifiers(id call.ID, l line) map[string]call.Qualifier {
	out := map[string]call.Qualifier{}
	for language, c := range l.classifiers {
		if u == nil {
			out[language] = c
			continue
		}
		out[language] = &dialog.Qualifier{
			Client: u.client, Breaker: u.breaker, Fallback: c, Service: "the dialog service of " + u.tenant, Asked: u.asked,
			Question: dialog.Question{Tenant: u.tenant, Call: string(id), Assistant: l.name, Language: language},
		}
	}
	return out
}

// asked counts how a question went. The log hears of a service that goes and of one that
// comes back, not of each question.
func (u *understanding) asked(took time.Duration, err error) {
	if took > 0 {
		u.in.seconds.WithLabelValues(u.tenant).Observe(took.Seconds())
	}
	if err == nil {
		if u.down.Swap(false) {
			u.in.log.Info("dialog service is back", slog.String("tenant", u.tenant))
		}
		return
	}
	u.in.fallbacks.WithLabelValues(u.tenant, dialog.Cause(err)).Inc()
	if took > 0 && u.breaker.State(time.Now()) == engines.Open && !u.down.Swap(true) {
		u.in.log.Warn("dialog service fails, callers are understood without it", slog.String("tenant", u.tenant), slog.Any("err", err))
	}
}
