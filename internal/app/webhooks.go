package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/telemetry"
	"github.com/callward/callward/internal/webhook"
	"github.com/callward/callward/router/assistant"
)

// webhooks is the hosts that tenants' assistants may ask, by tenant and name.
type webhooks struct {
	log     *slog.Logger
	seconds *prometheus.HistogramVec
	asked   *prometheus.CounterVec

	mu  sync.Mutex
	all map[string]map[string]*system
}

// system is one of them. Calls that began with it keep it.
type system struct {
	config WebhookHost
	host   *webhook.Host
	down   atomic.Bool // the last question was not answered, and the log says so
}

func newWebhooks(log *slog.Logger) *webhooks {
	return &webhooks{
		log: log, all: map[string]map[string]*system{},
		seconds: telemetry.Seconds("callward_webhook_seconds", "How long a webhook was asked, answers and failures, all tries together.", "tenant", "webhook"),
		asked: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callward_webhook_requests_total", Help: "Questions to webhooks, by outcome: answered, not_found, or why it failed.",
		}, []string{"tenant", "webhook", "outcome"}),
	}
}

// apply puts the hosts of a configuration in place of those there were.
func (w *webhooks) apply(tenants map[string]Tenant) error { return now(w.next(tenants)) }

// next prepares the hosts of a configuration. One that is reached as before keeps its
// connections, and what is known of its health.
func (w *webhooks) next(tenants map[string]Tenant) (change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := map[string]map[string]*system{} // a host that is new holds nothing until it is asked
	for _, tenant := range names(tenants) {
		next[tenant] = map[string]*system{}
		for _, name := range names(tenants[tenant].Webhooks.Allow) {
			c := tenants[tenant].Webhooks.Allow[name]
			if was := w.all[tenant][name]; was != nil && was.config == c {
				next[tenant][name] = was
				continue
			}
			h, err := webhook.NewHost(c.host())
			if err != nil {
				return change{}, fmt.Errorf("tenants[%s].webhooks.allow[%s]: %w", tenant, name, err)
			}
			next[tenant][name] = &system{config: c, host: h}
		}
	}
	return change{make: func() { w.put(next) }, drop: func() {}}, nil
}

// put takes what next made.
func (w *webhooks) put(next map[string]map[string]*system) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for tenant, hosts := range w.all {
		for name, was := range hosts {
			if next[tenant][name] != was {
				was.host.Close()
			}
		}
	}
	w.all = next
}

// close ends the connections that are kept.
func (w *webhooks) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, hosts := range w.all {
		for _, s := range hosts {
			s.host.Close()
		}
	}
}

// serves lets a call of a line ask the line's webhooks, if it has some.
func (w *webhooks) serves(d *call.Deps, l line) {
	if len(l.assistant.Webhooks()) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	d.Hooks = &hooks{in: w, tenant: l.tenant, hosts: w.all[l.tenant], signers: l.signers}
}

// hooks asks the webhooks of one call.
type hooks struct {
	in      *webhooks
	tenant  string
	hosts   map[string]*system // not to be changed
	signers map[string]*webhook.Signer
}

// Ask asks one of them, and counts how that went.
func (h *hooks) Ask(ctx context.Context, q assistant.Question) assistant.Answer {
	s := h.hosts[q.Webhook.Host]
	if s == nil { // a reload took it away
		return assistant.Answer{Outcome: assistant.Failed, Why: "its host is not allowed"}
	}
	began := time.Now()
	results, err := s.host.Ask(ctx, q, h.signers[q.Webhook.Name])
	h.in.seconds.WithLabelValues(h.tenant, q.Webhook.Name).Observe(time.Since(began).Seconds())
	h.in.asked.WithLabelValues(h.tenant, q.Webhook.Name, webhook.Cause(err)).Inc()
	answer := webhook.Answer(results, err)
	h.tell(s, q.Webhook.Name, answer)
	return answer
}

// tell lets the log hear of a host that goes and of one that comes back, not of each
// question.
func (h *hooks) tell(s *system, name string, a assistant.Answer) {
	log := h.in.log.With(slog.String("tenant", h.tenant), slog.String("webhook", name))
	switch {
	case a.Outcome != assistant.Failed:
		if s.down.Swap(false) {
			log.Info("webhook answers again")
		}
	case s.host.Resting() && !s.down.Swap(true):
		log.Warn("webhook fails, callers hear what the assistant says otherwise", slog.String("why", a.Why))
	}
}

// signersOf reads the secrets that an assistant's webhooks are signed with, by webhook.
func signersOf(a *assistant.Assistant) (map[string]*webhook.Signer, error) {
	out := map[string]*webhook.Signer{}
	for _, w := range a.Webhooks() {
		s, err := signerOf(w)
		if err != nil {
			return nil, err
		}
		out[w.Name] = s
	}
	return out, nil
}

func signerOf(w *assistant.Webhook) (*webhook.Signer, error) {
	if w.Secret == "" {
		return nil, nil //nolint:nilnil // a nil Signer signs nothing
	}
	secret, err := fetchSecret(w.Secret)
	if err == nil {
		var s *webhook.Signer
		if s, err = webhook.NewSigner(secret); err == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%s: the webhook %s: %w", w.Signed, w.Name, err)
}

// hooks holds an assistant to the hosts that its tenant may ask.
func (k *checker) hooks(path string, t Tenant, a *assistant.Assistant) {
	for _, w := range a.Webhooks() {
		_, ok := t.Webhooks.Allow[w.Host]
		allowed := "none"
		if len(t.Webhooks.Allow) > 0 {
			allowed = strings.Join(names(t.Webhooks.Allow), ", ")
		}
		k.want(ok, path+".assistant", "%s asks the host %s, which is not among webhooks.allow of this tenant; allowed: %s", w.At, w.Host, allowed)
		_, err := signerOf(w)
		k.want(err == nil, path+".assistant", "%v", err)
	}
}

// allowed checks the hosts of a tenant, and reads their files once, as the server will.
func (k *checker) allowed(path string, w Webhooks) {
	for _, name := range names(w.Allow) {
		place, c := path+".allow["+name+"]", w.Allow[name]
		u, err := url.Parse("https://" + name)
		ok := err == nil && u.Host == name && u.Hostname() != "" && name == strings.ToLower(name) && !strings.ContainsAny(name, "*@") && u.Port() != "443"
		k.want(ok, place, "%q is not a host; write HOST, or HOST:PORT if the port is not 443, in lower case and without *", name)
		k.want(c.Calls >= 0 && c.Calls <= mostHookCalls, place+".calls", "allowed: 0 (16) to %d", mostHookCalls)
		_, err = webhook.NewHost(c.host())
		k.want(err == nil, place, "%v", err)
	}
}

// mostHookCalls bounds the connections to one host.
const mostHookCalls = 1000

// host gives a host that a tenant allows; nil: it does not.
func (w *webhooks) host(tenant, name string) *webhook.Host {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.all[tenant][name]; s != nil {
		return s.host
	}
	return nil
}
