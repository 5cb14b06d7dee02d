package queue

import (
	"context"
	"net"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

const (
	dialTimeout = time.Second
	readTimeout = 2 * time.Second
)

// NewClient prepares a client for a redis://, rediss:// or unix:// URL, or one of Sentinels
// or of a Cluster as parseAddress takes it, as the queue wants it: it gives up early, so
// that callers are told the truth, and repeats a script once at most. What a URL states as
// a parameter stands. It opens no connection yet.
func NewClient(text string) (redis.UniversalClient, error) {
	a, err := parseAddress(text)
	if err != nil {
		return nil, err
	}
	opt := a.hosts[0]
	if opt.DialTimeout == 0 {
		opt.DialTimeout = dialTimeout
	}
	if opt.ReadTimeout == 0 {
		opt.ReadTimeout = readTimeout
	}
	temper(opt)
	return a.client(), nil
}

// CheckAddress reports why NewClient could not use an address; nil if it can.
func CheckAddress(text string) error {
	_, err := parseAddress(text)
	return err
}

// temper sets what holds for every server.
func temper(opt *redis.Options) {
	if opt.MaxRetries == 0 {
		opt.MaxRetries = 1
	}
	opt.DialerRetries = 1
	opt.ContextTimeoutEnabled = true
	opt.ClientName = "callward"
	opt.MaintNotificationsConfig = noNotices()
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
