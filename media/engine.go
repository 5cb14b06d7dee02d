package media

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/callward/callward/media/jitter"
	"github.com/callward/callward/media/sdp"
	"github.com/callward/callward/media/vad"
)

// Config is what an Engine needs. A zero field means the default that its
// comment states.
type Config struct {
	Addresses   []Address     // where RTP is received, each with all the ports; 127.0.0.1
	PortMin     uint16        // ports for RTP and RTCP, this one
	PortMax     uint16        // to this one; 20000 to 29999
	Quarantine  time.Duration // rest of a port after a call; 10 s
	Shards      int           // pacers; one for each core
	Jitter      time.Duration // what is held back against jitter at first; 60 ms
	SilentAfter time.Duration // without a packet or a report, until Silent; a hold does not count; 30 s. A browser is missed after 12 s if this is longer

	// Fault, if not nil, is told where a fault of ours broke a session: see Where. It runs
	// on a goroutine of its own, for which Close of the session waits.
	Fault func(where []string)
	// Voice makes what tells speech from what is not, one for each session; vad.New.
	Voice func() VoiceDetector
}

// A VoiceDetector hears one peer, on the goroutine of a pacer: a neural one has to be as
// quick as that allows, some 20 µs a frame. *vad.Detector is one.
type VoiceDetector interface {
	// Guarded hears 20 ms at 8 kHz and says what they changed. In what may be an echo of
	// ours, speech does not begin.
	Guarded(pcm []int16, echo bool) vad.Change
	// Speaking reports whether speech has begun and not ended.
	Speaking() bool
}

// An Address is one that RTP is received on.
type Address struct {
	Bind      netip.Addr
	Advertise netip.Addr // what peers are told; Bind if it is not valid
}

// reaches reports whether a socket there can send to peer.
func (a Address) reaches(peer netip.Addr) bool {
	return a.Bind.Is4() == peer.Is4() || a.Bind.Is6() && a.Bind.IsUnspecified()
}

func (c Config) withDefaults() Config {
	c.Addresses = slices.Clone(c.Addresses)
	if len(c.Addresses) == 0 {
		c.Addresses = []Address{{Bind: netip.AddrFrom4([4]byte{127, 0, 0, 1})}}
	}
	for i := range c.Addresses {
		if a := &c.Addresses[i]; !a.Advertise.IsValid() {
			a.Advertise = a.Bind
		}
	}
	c.PortMin = cmp.Or(c.PortMin, 20000)
	c.PortMax = cmp.Or(c.PortMax, 29999)
	c.Quarantine = cmp.Or(c.Quarantine, 10*time.Second)
	c.Shards = cmp.Or(c.Shards, runtime.GOMAXPROCS(0))
	c.Jitter = cmp.Or(c.Jitter, 60*time.Millisecond)
	c.SilentAfter = cmp.Or(c.SilentAfter, 30*time.Second)
	if c.Voice == nil {
		c.Voice = func() VoiceDetector { return vad.New(vad.Config{}) }
	}
	return c
}

func (c Config) check() error {
	for _, a := range c.Addresses {
		switch {
		case !a.Bind.IsValid():
			return errors.New("media: an address to bind is missing")
		case a.Advertise.IsUnspecified():
			return errors.New("media: bound to every address: say which one to advertise")
		case !a.reaches(a.Advertise):
			return fmt.Errorf("media: bind address %s and advertised address %s are of different families", a.Bind, a.Advertise)
		}
	}
	switch {
	case c.PortMin >= c.PortMax:
		return fmt.Errorf("media: no ports between %d and %d", c.PortMin, c.PortMax)
	case c.Jitter < FrameTime || c.Jitter > 500*time.Millisecond:
		return fmt.Errorf("media: jitter buffer of %s: 20ms to 500ms are allowed", c.Jitter)
	case c.Shards < 0 || c.Quarantine < 0 || c.SilentAfter < 0:
		return errors.New("media: shards and durations may not be negative")
	}
	return nil
}

// An Engine opens sessions and paces them.
type Engine struct {
	config      Config
	silentAfter int64 // ticks
	pools       []*pool
	shards      []*shard
	running     atomic.Bool
	keys        map[byte]Key
	buffers     sync.Pool // of *jitter.Buffer
	failures    atomic.Uint64

	mu       sync.Mutex
	identity identity
}

// New checks cfg and makes an Engine. It binds no port yet.
func New(cfg Config) (*Engine, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, err
	}
	e := &Engine{
		config:      cfg,
		silentAfter: int64(cfg.SilentAfter / FrameTime),
		keys:        make(map[byte]Key),
	}
	e.buffers.New = func() any { return jitter.New(e.depths(Rate)) }
	for _, a := range cfg.Addresses {
		e.pools = append(e.pools, newPool(a, cfg.PortMin, cfg.PortMax, cfg.Quarantine))
	}
	for range cfg.Shards {
		e.shards = append(e.shards, newShard())
	}
	for _, digit := range []byte("0123456789*#ABCD") {
		e.keys[digit] = NewKey(digit)
	}
	return e, nil
}

// What a path's jitter may make of what is held back.
const (
	leastJitter = 20 * time.Millisecond
	mostJitter  = 200 * time.Millisecond
)

// depths are those of a jitter buffer, for RTP time of so many ticks a second.
func (e *Engine) depths(clock uint32) jitter.Config {
	ticks := func(d time.Duration) uint32 { return uint32(d * time.Duration(clock) / time.Second) } //nolint:gosec // below a second
	return jitter.Config{
		Depth: ticks(e.config.Jitter), Least: ticks(leastJitter), Most: ticks(mostJitter), Clock: clock,
	}
}

// key gives the Key of a digit without making one.
func (e *Engine) key(digit byte) Key { return e.keys[digit] }

// Run paces the sessions until ctx ends; until then, and after, sessions can be
// opened and closed but neither send nor hear. It may be called once.
func (e *Engine) Run(ctx context.Context) error {
	if e.running.Swap(true) {
		return errors.New("media: engine runs already")
	}
	group, ctx := errgroup.WithContext(ctx)
	for i, sh := range e.shards {
		offset := slotTime * time.Duration(i) / time.Duration(len(e.shards))
		group.Go(func() error { return sh.run(ctx, offset) })
	}
	return group.Wait()
}

// Open binds a pair of ports and starts a session on it. ErrNoPorts says that
// there is none, ErrAddress that the peer cannot be reached from where we are.
func (e *Engine) Open(o Options) (*Session, error) {
	ports, err := e.take(o)
	if err != nil {
		return nil, fmt.Errorf("open media session: %w", err)
	}
	sh := e.leastBusy()
	s := newSession(e, sh, ports, o)
	sh.join(s)
	return s, nil
}

// take binds ports at the address that suits best: the peer's own way to us, if
// there are ports, else of the right family where most are free.
func (e *Engine) take(o Options) (pair, error) {
	pools := slices.DeleteFunc(slices.Clone(e.pools), func(p *pool) bool { return o.Peer.IsValid() && !p.address.reaches(o.Peer) })
	if len(pools) == 0 {
		return pair{}, sdp.ErrAddress
	}
	if i := slices.IndexFunc(pools, func(p *pool) bool { return p.address.Bind == o.Local }); i >= 0 {
		if ports, err := pools[i].take(); err == nil || len(pools) == 1 {
			return ports, err
		}
	}
	slices.SortStableFunc(pools, func(a, b *pool) int {
		return cmp.Or(cmp.Compare(a.address.Bind.BitLen(), b.address.Bind.BitLen()), cmp.Compare(b.idle(), a.idle()))
	})
	return pools[0].take()
}

func (e *Engine) leastBusy() *shard {
	best := e.shards[0]
	for _, sh := range e.shards[1:] {
		if sh.sessions.Load() < best.sessions.Load() {
			best = sh
		}
	}
	return best
}

// release takes back what a closed session held.
func (e *Engine) release(s *Session) {
	s.ports.pool.put(s.ports, s.talks.said != nil)
	s.in.buffer.Renew(e.depths(Rate))
	e.buffers.Put(s.in.buffer)
	s.in.buffer = nil
	s.shard.sessions.Add(-1)
}

// Stats gives the state of the engine.
func (e *Engine) Stats() Stats {
	out := Stats{Failures: e.failures.Load(), Refused: make(map[string]uint64, causes)}
	for _, sh := range e.shards {
		out.Sessions += int(sh.sessions.Load())
		out.Ticks += sh.ticks.Load()
		out.LateTicks += sh.late.Load()
		out.SkippedTicks += sh.skipped.Load()
		for i := range sh.lateness {
			out.Lateness[i] += sh.lateness[i].Load()
		}
		for why, name := range causeNames {
			out.Refused[name] += sh.refused[why].Load()
		}
	}
	for _, p := range e.pools {
		used, resting, free := p.count()
		out.PortsInUse += used
		out.PortsQuarantined += resting
		out.PortsFree += free
	}
	return out
}
