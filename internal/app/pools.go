package app

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/call"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
)

// poolName is the only pool of a tenant until sites are told apart.
const poolName = "main"

// pools are the queues of all tenants, each in keys of its own.
type pools struct {
	client redis.UniversalClient
	close  func()
	log    *slog.Logger

	mu   sync.Mutex
	open map[string]*pool // by tenant

	staff   map[string][]string // by tenant: agents last told to the pool
	changed map[string]bool     // users whose phones came or went
	wake    chan struct{}
}

// A pool is the queues of one tenant.
type pool struct {
	*queue.Redis

	tenant   string
	missed   missed
	callBack func(tenant string, o queue.Offer)
	backs    sync.WaitGroup

	mu     sync.Mutex
	queues map[string]Queue
}

// Enqueue knows which queues there are.
func (p *pool) Enqueue(ctx context.Context, e queue.Entry) error {
	p.mu.Lock()
	_, ok := p.queues[e.Queue]
	p.mu.Unlock()
	if !ok && !call.IsDirect(e.Queue) {
		return fmt.Errorf("tenant %s has no queue %q", p.tenant, e.Queue)
	}
	return p.Redis.Enqueue(ctx, e)
}

// Snapshot adds the queues in which nobody waits and for which nobody works: those
// are what an operator must see first.
func (p *pool) Snapshot(ctx context.Context) (queue.Snapshot, error) {
	snap, err := p.Redis.Snapshot(ctx)
	if err != nil {
		return snap, err
	}
	snap.Queues = slices.DeleteFunc(snap.Queues, func(s queue.Status) bool { return call.IsDirect(s.Name) })
	for i, a := range snap.Agents {
		snap.Agents[i].Queues = slices.DeleteFunc(a.Queues, call.IsDirect)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for name := range p.queues {
		if !slices.ContainsFunc(snap.Queues, func(s queue.Status) bool { return s.Name == name }) {
			snap.Queues = append(snap.Queues, queue.Status{Name: name})
		}
	}
	slices.SortFunc(snap.Queues, func(a, b queue.Status) int { return strings.Compare(a.Name, b.Name) })
	return snap, nil
}

// configure tells the pool what its queues are like.
func (p *pool) configure(ctx context.Context, queues map[string]Queue) error {
	p.mu.Lock()
	p.queues = queues
	p.mu.Unlock()
	return p.Configure(ctx, settingsOf(queues))
}

// configured gives what the pool was told last.
func (p *pool) configured() map[string]Queue {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.queues
}

// openPools reaches Redis, the embedded one or a real one.
func openPools(ctx context.Context, url Secret, log *slog.Logger) (*pools, error) {
	ps := &pools{
		log: log, open: map[string]*pool{}, staff: map[string][]string{},
		changed: map[string]bool{}, wake: make(chan struct{}, 1),
	}
	if url.Reveal() == embedded {
		ps.client, ps.close = queue.Embedded()
		return ps, nil
	}
	client, err := queue.NewClient(url.Reveal())
	if err != nil {
		return nil, err
	}
	ps.client, ps.close = client, func() { _ = client.Close() }
	if err := ps.ping(ctx); err != nil {
		ps.close()
		return nil, fmt.Errorf("redis cannot be reached: %w", err)
	}
	return ps, nil
}

func (ps *pools) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return ps.client.Ping(ctx).Err()
}

// apply opens the pools that a plan needs, and tells them their agents. run is
// called for each pool that is new. If Redis does not take all of it, what it took is undone.
func (ps *pools) apply(ctx context.Context, p *plan, run func(*pool)) error {
	var took []*pool
	var undo []func()
	for _, tenant := range p.tenants() {
		pl, fresh, err := ps.ensure(ctx, tenant, p)
		if err == nil {
			undo = append(undo, ps.undo(ctx, pl, fresh))
			err = pl.configure(ctx, p.loaded.Config.Tenants[tenant].Queues)
		}
		if err != nil {
			for _, f := range slices.Backward(undo) {
				f()
			}
			return fmt.Errorf("tenant %s: %w", tenant, err)
		}
		if fresh {
			took = append(took, pl)
		}
	}
	for _, pl := range took {
		run(pl)
	}
	for tenant, pl := range ps.all() {
		ps.employ(ctx, pl, p.staff(tenant))
	}
	return nil
}

// undo gives what puts a pool back to what it is now: one that is new was not there.
func (ps *pools) undo(ctx context.Context, pl *pool, fresh bool) func() {
	before := pl.configured()
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTime)
		defer cancel()
		if !fresh { // what Redis does not hear now, it is told when it is back
			if err := pl.configure(ctx, before); err != nil {
				ps.log.Warn("queues were not put back", slog.String("tenant", pl.tenant), slog.Any("err", err))
			}
			return
		}
		ps.mu.Lock()
		delete(ps.open, pl.tenant)
		ps.mu.Unlock()
		cancel()
		_ = pl.Run(ctx) // it takes leave
	}
}

func (ps *pools) ensure(ctx context.Context, tenant string, p *plan) (_ *pool, fresh bool, err error) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if pl, ok := ps.open[tenant]; ok {
		return pl, false, nil
	}
	t := p.loaded.Config.Tenants[tenant]
	r, err := queue.Open(ctx, queue.Config{
		Client: ps.client, Tenant: tenant, Pool: poolName, Log: ps.log,
		Ring: t.RingTimeout, WrapUp: t.WrapUp, Misses: orNever(*t.Rona), MissedPause: t.RonaPause, Zone: t.zone(),
	})
	if err != nil {
		return nil, false, fmt.Errorf("open the queues of tenant %s: %w", tenant, err)
	}
	pl := &pool{Redis: r, tenant: tenant}
	ps.open[tenant] = pl
	return pl, true, nil
}

// all gives the pools by tenant.
func (ps *pools) all() map[string]*pool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return maps.Clone(ps.open)
}

// of gives the pool of a tenant, nil if it has none.
func (ps *pools) of(tenant string) *pool {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	return ps.open[tenant]
}

// employ tells a pool its agents; who is no longer there takes no more calls.
func (ps *pools) employ(ctx context.Context, pl *pool, staff map[string]Agent) {
	ps.mu.Lock()
	before := ps.staff[pl.tenant]
	ps.staff[pl.tenant] = names(staff)
	ps.mu.Unlock()
	for _, name := range before {
		if _, stays := staff[name]; !stays {
			ps.warn("dismiss agent", name, pl.SetAgent(ctx, queue.Agent{ID: name, State: queue.Offline, Queues: []string{}, Skills: []string{}}))
		}
	}
	for name, a := range staff {
		ps.warn("set agent", name, pl.SetAgent(ctx, queue.Agent{ID: name, Queues: append(slices.Clone(a.Queues), call.DirectQueue(name)), Skills: orNone(a.Skills)}))
	}
}

// orNever says "never", where 0 would say "as usual".
func orNever(n int) int {
	if n == 0 {
		return -1
	}
	return n
}

// orNone says "none", where nil would say "as before".
func orNone(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func (ps *pools) warn(what, agent string, err error) {
	if err != nil {
		ps.log.Warn("agent was not updated", slog.String("what", what), slog.String("agent", agent), slog.Any("err", err))
	}
}

// registered notes that an agent's phone came or went. It never blocks.
func (ps *pools) registered(user string) {
	ps.mu.Lock()
	ps.changed[user] = true
	ps.mu.Unlock()
	ps.nudge()
}

func (ps *pools) nudge() {
	select {
	case ps.wake <- struct{}{}:
	default:
	}
}

const (
	// staffTick is how often the pools are told again who their agents are and
	// whose phone is here: a Redis that was emptied must not stay so.
	staffTick = 15 * time.Second
	// retryStaff is how long to wait when Redis did not take it.
	retryStaff = time.Second
)

// follow keeps the pools in step with the phones until ctx ends.
func (ps *pools) follow(ctx context.Context, server *sip.Server, current func() *plan) error {
	tick := time.NewTicker(staffTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ps.wake:
		case <-tick.C:
			for tenant, pl := range ps.all() {
				ps.employ(ctx, pl, current().staff(tenant))
			}
			for _, b := range server.Bindings() {
				ps.registered(b.User)
			}
		}
		if !ps.report(ctx, server, current()) && sleep(ctx, retryStaff) {
			ps.nudge()
		}
	}
}

// report tells the pools which phones can be reached.
func (ps *pools) report(ctx context.Context, server *sip.Server, p *plan) (ok bool) {
	ps.mu.Lock()
	users := ps.changed
	ps.changed = map[string]bool{}
	ps.mu.Unlock()
	ok = true
	for user := range users {
		c, known := p.agents[user]
		pl := ps.of(c.tenant)
		if !known || pl == nil {
			continue
		}
		if err := pl.locate(ctx, server, user); err != nil {
			ps.warn("reachable", user, err)
			ps.registered(user)
			ok = false
		}
	}
	return ok
}

// run keeps a pool going: this node's lease, and the offers for its calls.
func (p *pool) run(ctx context.Context, calls *call.Registry, log *slog.Logger) error {
	ctx, cancel := context.WithCancel(ctx)
	var dispatch sync.WaitGroup
	dispatch.Go(func() { _ = calls.Dispatch(ctx, p, log) }) // its error is that of ctx
	err := p.Run(ctx)
	cancel()
	dispatch.Wait()
	p.backs.Wait()
	return err
}
