package tts

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/engines"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
	"github.com/callward/callward/redact"
)

const (
	sampleRateHz = 8000
	maxMessage   = 1 << 20 // bounds what an engine may send at once
	maxSpeech    = 5 * 60 * sampleRateHz
)

// Config sets up a Client; its zero value is a good one.
type Config struct {
	// FirstAudio is how long the engine may take to the first audio of a text;
	// 0 means 2 s.
	FirstAudio time.Duration
	// StallAfter is how long it may take to each further piece; 0 means 2 s.
	StallAfter time.Duration
	// CacheBytes bounds the audio kept in memory; 0 means 32 MiB, below 0 none.
	CacheBytes int
}

// A Client reaches one engine, which a Pool may share with others. It is safe for concurrent use.
type Client struct {
	config Config
	conn   *grpc.ClientConn
	api    ttsv1.TtsServiceClient
	health healthv1.HealthClient
	known  atomic.Pointer[Capabilities]
	alone  *Pool // of this engine, for Speak
}

// Stats counts what became of texts.
type Stats struct {
	Texts      int64 // given to Speak
	CacheHits  int64 // of these, answered from memory
	Fallbacks  int64 // of these, played from what was rendered at build time
	Failed     int64 // of these, ended with an error
	CacheBytes int64 // held now
}

// Capabilities is what an engine says it can do.
type Capabilities struct {
	Languages     []string
	SSML          bool
	Vendor, Build string
}

// Dial prepares a client of the engine at target: unix:PATH, or HOST:PORT. It
// does not wait for the engine and succeeds while that is down; see Ready.
// Options are added to ours; without credentials among them the connection is
// in clear.
func Dial(target string, config Config, opts ...grpc.DialOption) (*Client, error) {
	retry := backoff.DefaultConfig
	retry.BaseDelay = 100 * time.Millisecond
	retry.MaxDelay = 2 * time.Second
	ours := []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: retry, MinConnectTimeout: time.Second}),
		engines.KeepAlive(),
		grpc.WithIdleTimeout(0), // a call must not wait for a connection
	}
	conn, err := grpc.NewClient(target, append(ours, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("dial synthesizer %s: %w", target, err)
	}
	conn.Connect()
	config = config.withDefaults()
	c := &Client{
		config: config,
		conn:   conn,
		api:    ttsv1.NewTtsServiceClient(conn),
		health: healthv1.NewHealthClient(conn),
	}
	c.alone = alone(c)
	return c, nil
}

func (c Config) withDefaults() Config {
	if c.FirstAudio == 0 {
		c.FirstAudio = 2 * time.Second
	}
	if c.StallAfter == 0 {
		c.StallAfter = 2 * time.Second
	}
	if c.CacheBytes == 0 {
		c.CacheBytes = 32 << 20
	}
	return c
}

// Close ends the connection and with it every stream.
func (c *Client) Close() error {
	err := c.conn.Close()
	if status.Code(err) == codes.Canceled { // closed before
		return nil
	}
	return err
}

// Ready reports whether the engine is up and says that it serves.
func (c *Client) Ready(ctx context.Context) error {
	for _, name := range []string{ttsv1.TtsService_ServiceDesc.ServiceName, ""} {
		var at peer.Peer
		got, err := c.health.Check(ctx, &healthv1.HealthCheckRequest{Service: name}, grpc.Peer(&at))
		if status.Code(err) == codes.NotFound {
			continue // not told apart by this engine: ask for the whole
		}
		if status.Code(err) == codes.Unimplemented {
			return nil // it answers, and that is all it says
		}
		if err != nil {
			return fmt.Errorf("synthesizer health: %w", askError(err, &at))
		}
		if got.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			return fmt.Errorf("synthesizer health: %s", got.GetStatus())
		}
		return nil
	}
	return errors.New("synthesizer health: service not known")
}

// Capabilities asks the engine what it can do.
func (c *Client) Capabilities(ctx context.Context) (Capabilities, error) {
	var at peer.Peer
	got, err := c.api.GetCapabilities(ctx, &ttsv1.GetCapabilitiesRequest{}, grpc.Peer(&at))
	if err != nil {
		return Capabilities{}, fmt.Errorf("synthesizer capabilities: %w", askError(err, &at))
	}
	p := got.GetCapabilities()
	known := Capabilities{
		Languages: engines.Languages(p.GetLanguages()),
		SSML:      p.GetSsml(),
		Vendor:    p.GetVendor(),
		Build:     p.GetBuild(),
	}
	c.known.Store(&known)
	return known, nil
}

// Speak starts to speak text by this engine alone, as Pool.Speak does by several.
func (c *Client) Speak(ctx context.Context, text redact.Safe, voice Voice) (*Stream, error) {
	return c.alone.Speak(ctx, text, voice)
}

// Stats gives the counters of Speak as they stand.
func (c *Client) Stats() Stats { return c.alone.totals() }
