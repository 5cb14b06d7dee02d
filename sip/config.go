package sip

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"
)

// A Listener is one address the server answers on.
type Listener struct {
	Network   string // "udp", "tcp", "tls", "ws" or "wss"
	Address   string // host:port; port 0 picks a free one
	Advertise string // host put in Via and Contact; empty means Config.Advertise
}

// A Handler takes new calls.
type Handler interface {
	// Invite has a goroutine of its own for each call. ctx ends when the server
	// does. A leg that is neither answered nor rejected when Invite returns stays
	// with whoever kept it, until Timers.Invite has passed.
	Invite(ctx context.Context, leg *Leg)
}

// HandlerFunc is a function that takes new calls.
type HandlerFunc func(ctx context.Context, leg *Leg)

// Invite calls f.
func (f HandlerFunc) Invite(ctx context.Context, leg *Leg) { f(ctx, leg) }

// A Config says how a server listens and whom it believes.
type Config struct {
	Listeners []Listener
	Advertise string // host put in Via and Contact; empty means the local address
	UserAgent string // empty means "Callward"
	Realm     string // of digest challenges; empty means "callward"

	// Credentials gives the password of a user who may register. Without it
	// there is no registrar. It must not block.
	Credentials func(user string) (password string, ok bool)
	// Algorithms are the digests offered and taken, in the order offered: "SHA-256",
	// "MD5". Nil means both, in this order (RFC 8760). Some phones look at the first
	// alone and know only MD5.
	Algorithms []string
	// OnRegister, if set, hears of each binding made, refreshed and gone. It must
	// not block.
	OnRegister func(Binding)

	// TLS is for the listeners of "tls" and "wss", which cannot do without. It must
	// not offer HTTP/2.
	TLS *tls.Config
	// ClientTLS is asked before each TLS connection of ours; nil means the system's
	// authorities and no certificate of our own. The name to check is set for it.
	ClientTLS func() *tls.Config
	// Origins are the hosts of pages that may open a WebSocket here, as patterns of
	// package path, such as *.example.com; our own host always may.
	Origins []string

	Handler Handler // takes new calls; without it they are refused with 480

	// Trusted says from where calls may come that prove no password, and messages
	// without limit, such as a trunk's addresses; registered phones are trusted too.
	// Nil means from everywhere. It must not block.
	Trusted func(netip.Addr) bool
	Limits  Limits // of everybody else

	// Busy reports whether there is too much to do for one more call; it gets 503. Nil
	// means never. It must not block.
	Busy func() bool

	MaxCalls       int // legs alive at once, both ways; more are refused with 503; 0 means 2000
	MaxConnections int // over TCP, TLS and WebSockets; more are closed; 0 means 1000
	MaxBindings    int // registered contacts in all; 0 means 10000

	MinExpires time.Duration // shortest registration; 0 means 10 s
	MaxExpires time.Duration // longest, and the default of who names none; 0 means 1 h

	Timers Timers
	Log    *slog.Logger // nil means silence; no message content ever reaches it
}

// Timers are the clocks of a server. A zero field takes its value from
// DefaultTimers.
type Timers struct {
	T1, T2, T4 time.Duration // RFC 3261 section 17.1.1.1: round trip, longest repeat, life of a message

	Trying     time.Duration // from INVITE to 100 when nothing else was said
	Invite     time.Duration // an INVITE to us lives no longer without a final answer
	Ring       time.Duration // an INVITE of ours lives no longer without one
	Glare      time.Duration // one second of RFC 3261 section 14.1
	Nonce      time.Duration // a digest nonce is good for so long
	FirstBytes time.Duration // over TCP a message is whole within this, and the first one is
	Idle       time.Duration // and never falls silent for longer, unless a leg or phone needs it
	Session    time.Duration // between two signs that a call is still wanted: what we ask for (RFC 4028); whole seconds
	MinSession time.Duration // and the least we agree to; whole seconds
	Second     time.Duration // how long one second of a session really lasts; only tests shorten it
	Retry      time.Duration // first wait after a failed registration of ours; doubles up to 32 times that
}

// DefaultTimers gives the values of RFC 3261 and our own.
func DefaultTimers() Timers {
	return Timers{
		T1: 500 * time.Millisecond, T2: 4 * time.Second, T4: 5 * time.Second,
		Trying: 100 * time.Millisecond,
		Invite: time.Minute,
		Ring:   3 * time.Minute,
		Glare:  time.Second,
		Nonce:  5 * time.Minute, FirstBytes: 5 * time.Second, Idle: 10 * time.Minute,
		Session: 30 * time.Minute, MinSession: 90 * time.Second, Second: time.Second,
		Retry: time.Second,
	}
}

// giveUp is 64*T1: the patience of timers B, F, H, J, L and M.
func (t Timers) giveUp() time.Duration { return 64 * t.T1 }

// lasts is how long a part of a session's interval really lasts.
func (t Timers) lasts(d time.Duration) time.Duration {
	return time.Duration(float64(d) * t.Second.Seconds())
}

func (t Timers) withDefaults() Timers {
	d := DefaultTimers()
	for _, f := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&t.T1, d.T1},
		{&t.T2, d.T2},
		{&t.T4, d.T4},
		{&t.Trying, d.Trying},
		{&t.Invite, d.Invite},
		{&t.Ring, d.Ring},
		{&t.Glare, d.Glare},
		{&t.Nonce, d.Nonce},
		{&t.FirstBytes, d.FirstBytes},
		{&t.Idle, d.Idle},
		{&t.Session, d.Session},
		{&t.MinSession, d.MinSession},
		{&t.Second, d.Second},
		{&t.Retry, d.Retry},
	} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	return t
}

func (c Config) withDefaults() (Config, error) {
	if len(c.Listeners) == 0 {
		return c, errors.New("no SIP listener is configured")
	}
	for _, l := range c.Listeners {
		switch l.Network {
		case udpNetwork, tcpNetwork, wsNetwork:
		case tlsNetwork, wssNetwork:
			if c.TLS == nil {
				return c, fmt.Errorf("SIP listener %s: %s needs a certificate", l.Address, l.Network)
			}
		default:
			return c, fmt.Errorf("SIP listener %s: network %q is not known; use udp, tcp, tls, ws or wss", l.Address, l.Network)
		}
	}
	c.UserAgent = orText(c.UserAgent, "Callward")
	c.Realm = orText(c.Realm, "callward")
	if c.Algorithms == nil {
		c.Algorithms = []string{"SHA-256", "MD5"}
	}
	for _, a := range c.Algorithms {
		if a != "SHA-256" && a != "MD5" {
			return c, fmt.Errorf("digest algorithm %q is not known; use SHA-256 or MD5", a)
		}
	}
	c.MaxCalls = orInt(c.MaxCalls, 2000)
	c.MaxConnections = orInt(c.MaxConnections, 1000)
	c.MaxBindings = orInt(c.MaxBindings, 10000)
	c.Timers, c.Limits = c.Timers.withDefaults(), c.Limits.withDefaults()
	c.Timers.Session = max(c.Timers.Session, c.Timers.MinSession)
	if c.MinExpires <= 0 {
		c.MinExpires = 10 * time.Second
	}
	if c.MaxExpires <= 0 {
		c.MaxExpires = time.Hour
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, checkText(c.UserAgent, c.Realm, c.Advertise)
}

func orText(v, d string) string {
	if v == "" {
		return d
	}
	return v
}

func orInt(v, d int) int {
	if v <= 0 {
		return d
	}
	return v
}
