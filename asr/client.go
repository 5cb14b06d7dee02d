package asr

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// maxMessage bounds what an engine may send at once.
const maxMessage = 256 << 10

// A Client reaches one engine. It is safe for concurrent use.
type Client struct {
	conn     *grpc.ClientConn
	api      asrv1.AsrServiceClient
	health   healthv1.HealthClient
	known    atomic.Pointer[Capabilities]
	alone    *Pool
	stats    counters
	dropped  dropped
	outcomes outcomes
}

// Capabilities is what an engine says it can do.
type Capabilities struct {
	Languages     []string
	Models        []string
	Interim       bool // sends partials
	WordTimes     bool
	ForceEndpoint bool
	LiveUpdate    bool          // Update takes effect without a new stream
	Progress      bool          // says how far it has listened
	Wideband      bool          // takes linear samples at 16 kHz
	MaxHints      int           // 0: no limit; streams keep to it, and to the next two
	MaxChunk      int           // bytes of an audio message; 0: 64 KiB
	MaxStream     time.Duration // by the clock; 0: no limit
	Vendor, Build string
}

// Stats counts what a client has met since Dial.
type Stats struct {
	Streams int64 // opened
	Open    int64 // now
	Failed  int64 // ended by the engine or by the watchdog
	Stalled int64 // of these, by the watchdog
	Lost    int64 // samples dropped because the engine did not take them in time

	// Dropped counts events that were kept from the call, by cause: unread, the call was
	// behind; unheard, about audio that the engine has not got, or going back; stale, late,
	// repeated or of an unknown utterance; overlong, a text above 16 KiB.
	Dropped map[string]int64

	// Failures counts, by Cause, streams that the engine did not serve to their end, those
	// that only stood by included.
	Failures map[string]int64
}

type counters struct {
	streams, open, failed, stalled, lost atomic.Int64
}

// Dial prepares a client of the engine at target: unix:PATH, or HOST:PORT. It
// does not wait for the engine and succeeds while that is down; see Ready.
// Options are added to ours; without credentials among them the connection is
// in clear.
func Dial(target string, opts ...grpc.DialOption) (*Client, error) {
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
		return nil, fmt.Errorf("dial recognizer %s: %w", target, err)
	}
	conn.Connect()
	c := &Client{conn: conn, api: asrv1.NewAsrServiceClient(conn), health: healthv1.NewHealthClient(conn)}
	c.alone = alone(c)
	return c, nil
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
	for _, name := range []string{asrv1.AsrService_ServiceDesc.ServiceName, ""} {
		var at peer.Peer
		got, err := c.health.Check(ctx, &healthv1.HealthCheckRequest{Service: name}, grpc.Peer(&at))
		if status.Code(err) == codes.NotFound {
			continue // not told apart by this engine: ask for the whole
		}
		if err != nil {
			return fmt.Errorf("recognizer health: %w", askError(err, &at))
		}
		if got.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			return fmt.Errorf("recognizer health: %s", got.GetStatus())
		}
		return nil
	}
	return errors.New("recognizer health: service not known")
}

// Capabilities asks the engine what it can do.
func (c *Client) Capabilities(ctx context.Context) (Capabilities, error) {
	var at peer.Peer
	got, err := c.api.GetCapabilities(ctx, &asrv1.GetCapabilitiesRequest{}, grpc.Peer(&at))
	if err != nil {
		return Capabilities{}, fmt.Errorf("recognizer capabilities: %w", askError(err, &at))
	}
	caps := capabilities(got.GetCapabilities())
	c.known.Store(&caps)
	return caps, nil
}

func capabilities(p *speechv1.Capabilities) Capabilities {
	return Capabilities{
		Languages:     engines.Languages(p.GetLanguages()),
		Models:        slices.Clone(p.GetModels()),
		Interim:       p.GetInterim(),
		WordTimes:     p.GetWordTimes(),
		ForceEndpoint: p.GetForceEndpoint(),
		LiveUpdate:    p.GetLiveUpdate(),
		Progress:      p.GetProgress(),
		Wideband: slices.ContainsFunc(p.GetFormats(), func(f *speechv1.AudioFormat) bool {
			return f.GetEncoding() == speechv1.Encoding_ENCODING_LINEAR16 && f.GetSampleRateHz() == wideband
		}),
		MaxHints:  int(p.GetHintsMax()),
		MaxChunk:  int(p.GetMaxChunk()),
		MaxStream: p.GetMaxStream().AsDuration(),
		Vendor:    p.GetVendor(),
		Build:     p.GetBuild(),
	}
}

// Stats gives the counters as they stand.
func (c *Client) Stats() Stats {
	return Stats{
		Streams: c.stats.streams.Load(),
		Open:    c.stats.open.Load(),
		Failed:  c.stats.failed.Load(),
		Stalled: c.stats.stalled.Load(),
		Lost:    c.stats.lost.Load(),

		Dropped:  c.dropped.byCause(),
		Failures: c.outcomes.byCause(),
	}
}
