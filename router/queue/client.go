package queue

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

const (
	dialTimeout = time.Second
	readTimeout = 2 * time.Second
)

// NewClient prepares a client for a redis://, rediss:// or unix:// URL as the
// queue wants it: it gives up early, so that callers are told the truth, and
// repeats a script once at most. What the URL states as a parameter stands. It
// opens no connection yet.
func NewClient(address string) (redis.UniversalClient, error) {
	opt, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	if opt.DialTimeout == 0 {
		opt.DialTimeout = dialTimeout
	}
	if opt.ReadTimeout == 0 {
		opt.ReadTimeout = readTimeout
	}
	temper(opt)
	return redis.NewClient(opt), nil
}

// CheckAddress reports why NewClient could not use an address; nil if it can.
func CheckAddress(address string) error {
	_, err := parseAddress(address)
	return err
}

// parseAddress reads a URL. Its error does not say what is wrong in it, as that may be
// a piece of the password.
func parseAddress(address string) (*redis.Options, error) {
	opt, err := redis.ParseURL(address)
	if err == nil && opt.Network == "tcp" {
		_, err = netip.ParseAddrPort(net.JoinHostPort("127.0.0.1", portOf(opt.Addr)))
	}
	if err != nil {
		return nil, errors.New("redis: the address is not understood; write redis://[USER:PASSWORD@]HOST:PORT[/DB], and what is special in a password as %XX")
	}
	return opt, nil
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr) // without one, it is not a port either
	return port
}

// temper sets what holds for every server.
func temper(opt *redis.Options) {
	if opt.MaxRetries == 0 {
		opt.MaxRetries = 1
	}
	opt.DialerRetries = 1
	opt.ContextTimeoutEnabled = true
	opt.ClientName = "callward"
	opt.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}

// Embedded starts a Redis inside this process: no port, no file, forgotten when
// stop is called. It serves one node, for trying things out. Key expiry follows
// the clock. stop closes the client too.
func Embedded() (client redis.UniversalClient, stop func()) {
	server := miniredis.NewMiniRedis()
	server.ClockTTL(true)
	c := Connect(server)
	return c, func() {
		_ = c.Close()
		server.Close()
	}
}

// Connect gives a client of an embedded server, over a pipe in memory.
func Connect(server *miniredis.Miniredis) redis.UniversalClient {
	opt := &redis.Options{
		Addr:            "embedded",
		Dialer:          func(context.Context, string, string) (net.Conn, error) { return server.Dial() },
		DisableIdentity: true,
	}
	temper(opt)
	return redis.NewClient(opt)
}
