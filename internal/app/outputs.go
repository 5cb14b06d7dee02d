package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/cdr"
	"github.com/callward/callward/internal/facts"
	"github.com/callward/callward/router/queue"
)

// outputs writes files and sends messages about what happens in the tenants' pools. Calls
// publish their beginnings and ends into the stream of their pool, where the queues' events
// are; of the nodes of a pool one reads the stream, and each output notes how far it is.
type outputs struct {
	log      *slog.Logger
	hosts    *webhooks
	key      string    // of pseudonyms, where a tenant has none
	since    time.Time // an output that is new begins with the events since then
	requests *prometheus.CounterVec
	lost     atomic.Int64 // events of calls that could not be published
	posts    chan post

	mu      sync.Mutex
	tenants map[string]Tenant
	numbers map[string]cdr.Numbers
	states  map[string]*outputState
	bot     map[string]contained
	changed chan struct{} // closed when tenants is another
}

// An outputState is what metrics show of an output.
type outputState struct {
	tenant, name                  string
	events, failures, undelivered atomic.Int64
	done                          atomic.Int64 // ms, of the last event that is dealt with
	behind                        atomic.Bool  // there are later ones
}

// A post is an event of a call on its way to the stream.
type post struct {
	tenant string
	kind   facts.Name
	fields map[string]string
}

const (
	// postsHeld bounds the events that wait for a Redis that is away.
	postsHeld = 10_000
	// sinceBefore makes up for clocks that are not quite the same.
	sinceBefore = 5 * time.Second
)

func newOutputs(log *slog.Logger, hosts *webhooks) *outputs {
	return &outputs{
		log: log, hosts: hosts, key: rand.Text(), since: time.Now().Add(-sinceBefore), posts: make(chan post, postsHeld),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callward_output_requests_total", Help: "Messages sent to receivers of events, each try, by outcome: answered, or why it failed.",
		}, []string{"tenant", "webhook", "outcome"}),
		numbers: map[string]cdr.Numbers{}, states: map[string]*outputState{}, bot: map[string]contained{}, changed: make(chan struct{}),
	}
}

// apply takes the outputs of a configuration.
func (o *outputs) apply(tenants map[string]Tenant) {
	o.mu.Lock()
	defer o.mu.Unlock()
	same := len(o.tenants) == len(tenants)
	for name, t := range tenants {
		was, ok := o.tenants[name]
		if ok && was.Zone == t.Zone && alike(was.Outputs, t.Outputs) {
			continue
		}
		same = false
		o.numbers[name] = t.Outputs.shows(o.key + name) // no tenant can tell who calls another
	}
	o.tenants = maps.Clone(tenants)
	if !same {
		close(o.changed)
		o.changed = make(chan struct{})
	}
}

// alike compares what two sets of outputs write and send, secrets included.
func alike(a, b Outputs) bool { return same(reflect.ValueOf(a), reflect.ValueOf(b)) }

// wanted gives the tenants, and what is closed when they are others.
func (o *outputs) wanted() (map[string]Tenant, <-chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tenants, o.changed
}

func (o *outputs) stateOf(tenant, name string) *outputState {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := tenant + "/" + name
	if o.states[key] == nil {
		o.states[key] = &outputState{tenant: tenant, name: name}
	}
	return o.states[key]
}

// began tells that a call has come in.
func (o *outputs) began(s call.Setup) {
	numbers, ok := o.shows(s.Tenant)
	if !ok {
		return
	}
	caller := numbers.Show(s.Caller)
	if s.Private {
		caller = anonymous
	}
	o.post(post{s.Tenant, facts.CallStarted, map[string]string{
		"call": string(s.ID), "caller": caller, "called": s.Called, "trunk": s.Trunk,
	}})
}

// ended tells what remains of a call.
func (o *outputs) ended(r call.Record) {
	numbers, ok := o.shows(r.Tenant)
	if !ok {
		return
	}
	record := cdr.Of(r, numbers)
	line, err := record.JSON()
	if err != nil {
		o.warn(r.Tenant, "cdr", "no record of a call", err)
		return
	}
	o.post(post{r.Tenant, facts.CallEnded, map[string]string{"call": string(r.Call), "caller": record.Caller, "cdr": string(line)}})
}

// messageLeft tells that a caller has left a message. It is in memory: nothing of what was
// said is told.
func (o *outputs) messageLeft(m call.Message) {
	numbers, ok := o.shows(m.Tenant)
	if !ok {
		return
	}
	caller := numbers.Show(m.Caller)
	if m.Private {
		caller = "anonymous"
	}
	o.post(post{m.Tenant, facts.MessageLeft, map[string]string{
		"call": string(m.Call), "caller": caller, "queue": m.Queue, "ms": strconv.FormatInt(m.Length.Milliseconds(), 10),
		"language": m.Language, "intent": m.Intent,
	}})
}

// shows gives how numbers of a tenant are shown; not ok: it has no outputs.
func (o *outputs) shows(tenant string) (cdr.Numbers, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.numbers[tenant], o.tenants[tenant].Outputs.any()
}

// post never blocks: calls do not wait for those who count them.
func (o *outputs) post(p post) {
	select {
	case o.posts <- p:
	default:
		o.lost.Add(1)
	}
}

func (o *outputs) warn(tenant, output, what string, err error) {
	if err != nil {
		o.log.Warn("output failed", slog.String("tenant", tenant), slog.String("output", output), slog.String("what", what), slog.Any("err", err))
	}
}

// A keeper keeps records of calls, and has them told.
type keeper struct {
	call.Records

	outputs *outputs
}

// Put keeps r.
func (k *keeper) Put(ctx context.Context, r call.Record) error {
	err := k.Records.Put(ctx, r)
	k.outputs.count(r)
	k.outputs.ended(r)
	return err
}

// Amend keeps what was noted after the end of a call. Its end was told already, and is told
// and counted once.
func (k *keeper) Amend(ctx context.Context, r call.Record) error { return k.Records.Put(ctx, r) }

// all lists the states of outputs, by tenant and name.
func (o *outputs) all() []*outputState {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := slices.Collect(maps.Values(o.states))
	slices.SortFunc(out, func(a, b *outputState) int {
		return cmp.Or(cmp.Compare(a.tenant, b.tenant), cmp.Compare(a.name, b.name))
	})
	return out
}

// publish brings what calls post into the streams, in order, until quit is closed and nothing
// is left. A Redis that is away is waited for.
func (o *outputs) publish(ctx context.Context, quit <-chan struct{}, pools func(tenant string) *pool) {
	for over := false; ; {
		select {
		case p := <-o.posts:
			o.deliver(ctx, p, pools)
			continue
		default:
			if over {
				return
			}
		}
		select {
		case p := <-o.posts:
			o.deliver(ctx, p, pools)
		case <-quit:
			over = true // what was posted before is still there
		}
	}
}

func (o *outputs) deliver(ctx context.Context, p post, pools func(tenant string) *pool) {
	for {
		pl := pools(p.tenant)
		if pl == nil {
			return
		}
		err := pl.Publish(ctx, queue.EventKind(p.kind), p.fields)
		if err == nil {
			return
		}
		o.warn(p.tenant, "stream", "publish", err)
		if !sleep(ctx, retryOutput) {
			o.lost.Add(1)
			return
		}
	}
}
