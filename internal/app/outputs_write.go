package app

import (
	"context"
	"errors"
	"time"

	"github.com/callward/callward/internal/cdr"
	"github.com/callward/callward/internal/facts"
	"github.com/callward/callward/internal/ledger"
	"github.com/callward/callward/internal/notify"
	"github.com/callward/callward/internal/queuelog"
	"github.com/callward/callward/internal/webhook"
	"github.com/callward/callward/router/queue"
)

// A writer deals with the events of a pool in order.
type writer interface {
	// last is the id of the last event that is dealt with as the writer itself knows it; ""
	// if it does not.
	last() string
	// take accepts what an event means.
	take(ctx context.Context, event string, all []facts.Fact) error
	// commit makes sure of what was taken, up to an event, and says up to which event all
	// is dealt with.
	commit(event string) (done string, err error)
	// idle reports whether all that was taken is dealt with.
	idle() bool
	close() error
}

// fileWriter writes what of each fact belongs into a file.
type fileWriter struct {
	file *ledger.File
	text func(facts.Fact) []byte
}

func (w *fileWriter) last() string { return w.file.Last() }

func (w *fileWriter) take(_ context.Context, _ string, all []facts.Fact) error {
	for _, f := range all {
		w.file.Append(w.text(f))
	}
	return nil
}

func (w *fileWriter) commit(event string) (string, error) { return event, w.file.Commit(event) }
func (w *fileWriter) idle() bool                          { return true }
func (w *fileWriter) close() error                        { return w.file.Close() }

func jsonLine(f facts.Fact) []byte {
	if f.Name != facts.CallEnded || f.Fields["cdr"] == "" {
		return nil
	}
	return []byte(f.Fields["cdr"] + "\n")
}

func csvRows(f facts.Fact) []byte {
	if f.Name != facts.CallEnded {
		return nil
	}
	r, err := cdr.Parse([]byte(f.Fields["cdr"]))
	if err != nil {
		return nil
	}
	return r.CSV()
}

func queueLines(f facts.Fact) []byte { return []byte(queuelog.Lines(f)) }

// hookWriter sends messages.
type hookWriter struct{ courier *notify.Courier }

func (w *hookWriter) last() string { return "" }

func (w *hookWriter) take(ctx context.Context, event string, all []facts.Fact) error {
	return w.courier.Take(ctx, event, all)
}

func (w *hookWriter) commit(string) (string, error) { return w.courier.Done(), nil }
func (w *hookWriter) idle() bool                    { return w.courier.Idle() }
func (w *hookWriter) close() error                  { w.courier.Close(); return nil }

// An output is one file or receiver of a tenant.
type output struct {
	tenant, name string
	open         func(p *pool) (writer, error)
	state        *outputState
}

// list gives the outputs of a tenant.
func (o *outputs) list(tenant string, t Tenant) []*output {
	var out []*output
	add := func(name string, open func(p *pool) (writer, error)) {
		out = append(out, &output{tenant: tenant, name: name, open: open, state: o.stateOf(tenant, name)})
	}
	file := func(name, path string, header []byte, text func(facts.Fact) []byte) {
		if path != "" {
			add(name, func(*pool) (writer, error) { return openFile(t, path, header, text) })
		}
	}
	file("cdr", t.Outputs.CDR, nil, jsonLine)
	file("cdr_csv", t.Outputs.CSV, cdr.Header(), csvRows)
	file("queue_log", t.Outputs.QueueLog, nil, queueLines)
	for _, name := range names(t.Outputs.Webhooks) {
		h := t.Outputs.Webhooks[name]
		add("webhook."+name, func(p *pool) (writer, error) { return o.openHook(tenant, name, h, p) })
	}
	return out
}

func openFile(t Tenant, path string, header []byte, text func(facts.Fact) []byte) (writer, error) {
	cfg := ledger.Config{
		Path: path, Header: header, Size: int64(t.Outputs.RotateSize) << 20, Keep: t.Outputs.Keep, NoSync: t.Outputs.Sync == never,
	}
	if t.Outputs.RotateDaily == yes {
		cfg.Daily = t.zone()
	}
	f, err := ledger.Open(cfg)
	if err != nil {
		return nil, err
	}
	return &fileWriter{f, text}, nil
}

var errNotAllowed = errors.New("its host is not allowed any more")

func (o *outputs) openHook(tenant, name string, h EventHook, p *pool) (writer, error) {
	signer, err := webhook.NewSigner(h.Secret.Reveal())
	if err != nil {
		return nil, err
	}
	host, _ := receiverHost(h.URL)
	state := o.stateOf(tenant, "webhook."+name)
	return &hookWriter{notify.New(notify.Config{
		Tenant: tenant, Events: h.Events, Attempts: h.Attempts, Pause: h.Pause,
		Send: func(ctx context.Context, id string, body []byte) (time.Duration, error) {
			at := o.hosts.host(tenant, host)
			if at == nil { // a reload took it away
				return 0, errNotAllowed
			}
			return at.Deliver(ctx, h.URL, id, body, signer)
		},
		Final: func(err error) bool { return errors.Is(err, webhook.ErrGone) },
		Tried: func(err error) { o.requests.WithLabelValues(tenant, name, webhook.Cause(err)).Inc() },
		Bury: func(ctx context.Context, id string, body []byte, why error) {
			state.undelivered.Add(1)
			err := p.Bury(ctx, queue.DeadLetter{Output: name, Message: id, Body: string(body), Why: why.Error()})
			o.warn(tenant, "webhook."+name, "an undelivered message is lost", err)
		},
	})}, nil
}
