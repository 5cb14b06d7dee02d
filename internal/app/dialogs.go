package app

import (
	"fmt"
	"log/slog"
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
	lender[Dialog, *understanding]

	log       *slog.Logger
	seconds   *prometheus.HistogramVec
	fallbacks *prometheus.CounterVec
}

// understanding is one service. What is known of its health stays with it.
type understanding struct {
	*dialog.Client

	tenant  string
	breaker *engines.Breaker
	in      *dialogs
	down    atomic.Bool // it is left alone, and the log says so
}

func newDialogs(log *slog.Logger) *dialogs {
	return &dialogs{
		log:     log,
		seconds: telemetry.Seconds("callward_dialog_classify_seconds", "How long a dialog service was asked what a caller wants, answers and failures.", "tenant"),
		fallbacks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callward_dialog_fallbacks_total", Help: "Times the bundled classifier answered in place of the dialog service, by cause.",
		}, []string{"tenant", "cause"}),
	}
}

// apply puts the services of a configuration in place of those there were.
func (d *dialogs) apply(tenants map[string]Tenant) error { return now(d.next(tenants)) }

// next prepares the services of a configuration.
func (d *dialogs) next(tenants map[string]Tenant) (change, error) {
	settings := make(map[string]Dialog)
	for name, t := range tenants {
		if t.Dialog.Target != "" {
			settings[name] = t.Dialog
		}
	}
	return d.prepare(settings, func(tenant string, s Dialog) (*understanding, error) {
		c, err := s.dial()
		if err != nil {
			return nil, fmt.Errorf("tenants[%s].dialog: %w", tenant, err)
		}
		return &understanding{Client: c, tenant: tenant, breaker: engines.NewBreaker(engines.BreakerConfig{}), in: d}, nil
	})
}

func (s Dialog) dial() (*dialog.Client, error) {
	opts, err := s.credentials().DialOptions()
	if err != nil {
		return nil, err
	}
	return dialog.Dial(s.Target, dialog.Config{Classify: s.Classify}, opts...)
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
			Client: u.Client, Breaker: u.breaker, Fallback: c, Service: "the dialog service of " + u.tenant, Asked: u.asked,
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
