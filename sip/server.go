package sip

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// A Server is a SIP endpoint: it listens, takes and places calls, and keeps
// registrations. Its methods may be called from any goroutine.
type Server struct {
	cfg       Config
	log       *slog.Logger
	parser    *gosip.Parser
	secret    [32]byte // of nonces and of tags we do not store
	udp       []*udpSocket
	listeners []*streamListener
	phones    *registrar
	limits    *limiter

	life context.Context //nolint:containedctx // the server's own life: work that no caller waits for ends with it
	end  context.CancelFunc
	wg   sync.WaitGroup // every goroutine of the server

	draining atomic.Bool
	count    counters
	lastDrop atomic.Int64 // when a dropped message was last logged, Unix seconds
	lastTurn atomic.Int64 // and when a stranger's call was

	done    chan struct{} // closed when Run has returned
	mu      sync.Mutex    // guards what follows; held for a map access, never while calling out
	running bool
	closed  bool
	legs    map[dialogID]*Leg     // by our tag and theirs; also those that say goodbye
	dialing map[dialogID]*attempt // by our tag alone
	live    int                   // legs that count against MaxCalls
	servers map[string]*serverTx
	clients map[string]*clientTx
	merged  map[string]string     // RFC 3261 section 8.2.2.2: what an INVITE is, and its transaction
	early   map[string]time.Time  // CANCELs that overtook their INVITE
	streams map[streamKey]*stream // the newest of each
	conns   map[*stream]struct{}  // all of them
}

type counters struct {
	invites, refused, malformed, readErrors, unsent, handshakes, throttled, turnedAway atomic.Uint64
}

// Stats is a snapshot of what a server holds, and counts since it started.
type Stats struct {
	Dialogs            int `json:"dialogs"` // legs alive, ringing ones included
	ServerTransactions int `json:"server_transactions"`
	ClientTransactions int `json:"client_transactions"`
	Registrations      int `json:"registrations"` // contacts bound now
	Connections        int `json:"connections"`   // over TCP, TLS and WebSockets

	Invites    uint64 `json:"invites"`     // new calls received
	Refused    uint64 `json:"refused"`     // of them, refused with 503
	Strangers  uint64 `json:"strangers"`   // of them, refused because nobody who may call sent them
	Malformed  uint64 `json:"malformed"`   // messages dropped unread or unanswerable
	ReadErrors uint64 `json:"read_errors"` // of sockets; they were survived
	Unsent     uint64 `json:"unsent"`      // messages refused by the one way out, or by the socket
	Handshakes uint64 `json:"handshakes"`  // of TLS that failed
	Throttled  uint64 `json:"throttled"`   // messages of strangers that were not read: too many, or of who guesses passwords
	Silenced   int    `json:"silenced"`    // sources that are not listened to now
}

//nolint:gochecknoglobals // sipgo's logger is a package variable; it is silenced once
var silenceOnce sync.Once

// Listen binds the listeners. An occupied port is an error that names it. Run
// does the work.
func Listen(cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	silenceOnce.Do(func() { gosip.SetDefaultLogger(slog.New(slog.DiscardHandler)) })
	s := &Server{
		cfg: cfg, log: cfg.Log, parser: gosip.NewParser(),
		legs: map[dialogID]*Leg{}, dialing: map[dialogID]*attempt{}, servers: map[string]*serverTx{}, clients: map[string]*clientTx{},
		merged: map[string]string{}, early: map[string]time.Time{}, streams: map[streamKey]*stream{}, conns: map[*stream]struct{}{},
		done: make(chan struct{}),
	}
	if _, err := rand.Read(s.secret[:]); err != nil {
		return nil, fmt.Errorf("draw a server secret: %w", err)
	}
	s.life, s.end = context.WithCancel(context.Background())
	s.phones = newRegistrar(s)
	s.limits = newLimiter(cfg, s.phones.knows)
	if err := s.bind(); err != nil {
		s.closeSockets()
		return nil, err
	}
	return s, nil
}

func (s *Server) bind() error {
	for _, l := range s.cfg.Listeners {
		l.Advertise = orText(l.Advertise, s.cfg.Advertise)
		if err := checkText(l.Advertise); err != nil {
			return err
		}
		if l.Network != udpNetwork {
			t, err := listenStream(s.life, l)
			if err != nil {
				return err
			}
			s.listeners = append(s.listeners, t)
			continue
		}
		u, err := listenUDP(s.life, l)
		if err != nil {
			return err
		}
		s.udp = append(s.udp, u)
	}
	return nil
}

// listenError is one line that names the port and, if it can, what to do.
func listenError(l Listener, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("listen on %s %s: the port is occupied by another program", l.Network, l.Address)
	}
	return fmt.Errorf("listen on %s %s: %w", l.Network, l.Address, err)
}

// Handle sets who takes new calls. Call it before Run.
func (s *Server) Handle(h Handler) { s.cfg.Handler = h }

// Addr is the address the first listener of a network is bound to.
func (s *Server) Addr(network string) (netip.AddrPort, bool) {
	if network == udpNetwork && len(s.udp) > 0 {
		return s.udp[0].bound, true
	}
	for _, l := range s.listeners {
		if l.network == network {
			return l.bound, true
		}
	}
	return netip.AddrPort{}, false
}

// Run serves until ctx ends or Close is called. Then it hangs up what is left,
// closes the sockets and returns when no goroutine of the server is left. It
// returns at once if the server is closed, or runs already.
func (s *Server) Run(ctx context.Context) error {
	s.mu.Lock()
	if s.running || s.closed {
		s.mu.Unlock()
		return nil
	}
	s.running = true
	s.mu.Unlock()
	defer close(s.done)
	defer context.AfterFunc(ctx, s.end)()
	for _, u := range s.udp {
		s.wg.Go(func() { s.readUDP(s.life, u) })
	}
	for _, l := range s.listeners {
		serve := s.accept
		if l.isWeb() {
			serve = s.serveWS
		}
		s.wg.Go(func() { serve(s.life, l) })
	}
	s.phones.start()
	<-s.life.Done()
	s.hangUpAll()
	s.shut()
	s.wg.Wait()
	return nil
}

// Close ends Run and waits for it. It may be called twice, and also if Run never
// was, but not by a Handler.
func (s *Server) Close() error {
	s.end()
	s.mu.Lock()
	running := s.running
	s.mu.Unlock()
	if running {
		<-s.done
		return nil
	}
	s.shut()
	return nil
}

// Drain refuses new calls with 503, answers OPTIONS with 503, and waits until no
// leg is left or ctx ends.
func (s *Server) Drain(ctx context.Context) error {
	s.draining.Store(true)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for s.Stats().Dialogs > 0 {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.life.Done():
			return ErrClosed
		case <-tick.C:
		}
	}
	return nil
}

// Stats counts what the server holds.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	st := Stats{
		Dialogs: s.live, ServerTransactions: len(s.servers), ClientTransactions: len(s.clients),
		Connections: len(s.conns),
	}
	s.mu.Unlock()
	st.Registrations = s.phones.size()
	st.Invites, st.Refused = s.count.invites.Load(), s.count.refused.Load()
	st.Strangers = s.count.turnedAway.Load()
	st.Malformed, st.ReadErrors = s.count.malformed.Load(), s.count.readErrors.Load()
	st.Unsent, st.Handshakes = s.count.unsent.Load(), s.count.handshakes.Load()
	st.Throttled, st.Silenced = s.count.throttled.Load(), s.limits.silenced()
	return st
}

// hangUpAll says goodbye on every leg and gives the answers a moment to arrive.
func (s *Server) hangUpAll() {
	s.mu.Lock()
	legs := make([]*Leg, 0, len(s.legs))
	for _, l := range s.legs {
		legs = append(legs, l)
	}
	s.mu.Unlock()
	for _, l := range legs {
		l.abandon(Shutdown)
	}
	deadline := time.Now().Add(min(2*time.Second, 8*s.cfg.Timers.T1))
	for len(legs) > 0 && time.Now().Before(deadline) && s.pendingRequests() > 0 {
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *Server) pendingRequests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, tx := range s.clients {
		if !tx.finished() {
			n++
		}
	}
	return n
}

// shut stops every timer and closes every socket.
func (s *Server) shut() {
	s.mu.Lock()
	s.closed = true
	servers, clients := s.servers, s.clients
	s.servers, s.clients = map[string]*serverTx{}, map[string]*clientTx{}
	conns := s.conns
	s.streams, s.conns = map[streamKey]*stream{}, map[*stream]struct{}{}
	s.mu.Unlock()
	for _, tx := range servers {
		tx.stop()
	}
	for _, tx := range clients {
		tx.fail(ErrClosed)
	}
	for c := range conns {
		c.close()
	}
	s.phones.stop()
	s.limits.stop()
	s.closeSockets()
}

func (s *Server) closeSockets() {
	s.end()
	for _, u := range s.udp {
		_ = u.conn.Close()
	}
	for _, l := range s.listeners {
		_ = l.Close()
	}
}
