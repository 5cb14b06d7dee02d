package dialog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/engines"
	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
)

// Limits of callward.dialog.v1.
const (
	maxMessage  = 64 << 10
	maxText     = 4096 // bytes of UTF-8
	maxName     = 128  // the same, of a say_id, an intent, a queue, a skill, a key
	maxHints    = 100  // also intents
	maxFacts    = 32   // attributes, skills
	maxSays     = 64   // of a turn
	maxMessages = 1024 // of a turn
)

// Config sets up a Client; its zero value is a good one.
type Config struct {
	Classify    time.Duration // to the answer of Classify; 0 means 400 ms
	FirstAnswer time.Duration // of a Talk, to the first answer to a turn; 0 means 800 ms
	StallAfter  time.Duration // and to each further one until the turn's end; 0 means 2 s
}

func (c Config) withDefaults() Config {
	return Config{
		Classify:    cmp.Or(c.Classify, 400*time.Millisecond),
		FirstAnswer: cmp.Or(c.FirstAnswer, 800*time.Millisecond),
		StallAfter:  cmp.Or(c.StallAfter, 2*time.Second),
	}
}

// A Client reaches one service. It is safe for concurrent use.
type Client struct {
	config Config
	conn   *grpc.ClientConn
	api    dialogv1.DialogServiceClient
	health healthv1.HealthClient
	most   atomic.Int64 // bytes of a text that the service takes; 0: not known

	learning sync.WaitGroup // it is being asked
	stop     context.CancelFunc
}

// Capabilities is what a service says it can do.
type Capabilities struct {
	Languages []string // as BCP 47
	Classify  bool
	Converse  bool
	Vendor    string
	Build     string
}

// Dial prepares a client of the service at target: unix:PATH, or HOST:PORT. It does not
// wait for the service and succeeds while that is down; see Ready. Options are added to
// ours; without credentials among them the connection is in clear. A goroutine asks the
// service what it takes, until it has said so or the client is closed.
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
		return nil, fmt.Errorf("dial dialog service %s: %w", target, err)
	}
	conn.Connect()
	ctx, stop := context.WithCancel(context.Background())
	c := &Client{
		config: config.withDefaults(),
		conn:   conn,
		api:    dialogv1.NewDialogServiceClient(conn),
		health: healthv1.NewHealthClient(conn),
		stop:   stop,
	}
	c.learning.Go(func() { c.learn(ctx) })
	return c, nil
}

// Close ends the connection and with it every talk. It may be called twice.
func (c *Client) Close() error {
	c.stop()
	err := c.conn.Close()
	c.learning.Wait()
	if status.Code(err) == codes.Canceled { // closed before
		return nil
	}
	return err
}

// Ready reports whether the service is up and says that it serves.
func (c *Client) Ready(ctx context.Context) error {
	for _, name := range []string{dialogv1.DialogService_ServiceDesc.ServiceName, ""} {
		got, err := c.health.Check(ctx, &healthv1.HealthCheckRequest{Service: name})
		if status.Code(err) == codes.NotFound {
			continue // not told apart by this service: ask for the whole
		}
		if err != nil {
			return fmt.Errorf("dialog health: %w", serviceError(err))
		}
		if got.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			return fmt.Errorf("dialog health: %s", got.GetStatus())
		}
		return nil
	}
	return errors.New("dialog health: service not known")
}

// Capabilities asks the service what it can do.
func (c *Client) Capabilities(ctx context.Context) (Capabilities, error) {
	got, err := c.api.GetCapabilities(ctx, &dialogv1.GetCapabilitiesRequest{})
	if err != nil {
		return Capabilities{}, fmt.Errorf("dialog capabilities: %w", serviceError(err))
	}
	p := got.GetCapabilities()
	c.takes(p)
	return Capabilities{
		Languages: engines.Languages(p.GetLanguages()),
		Classify:  p.GetClassify(),
		Converse:  p.GetConverse(),
		Vendor:    p.GetVendor(),
		Build:     p.GetBuild(),
	}, nil
}

// How the service is asked what it takes, while no caller waits for the answer.
const (
	learnWithin = 10 * time.Second
	learnAgain  = 5 * time.Second
)

// learn asks until the service has answered, or says that it never will.
func (c *Client) learn(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		ask, cancel := context.WithTimeout(ctx, learnWithin)
		got, err := c.api.GetCapabilities(ask, &dialogv1.GetCapabilitiesRequest{}, grpc.WaitForReady(true))
		cancel()
		if err == nil {
			c.takes(got.GetCapabilities())
		}
		if err == nil || status.Code(err) == codes.Unimplemented {
			return
		}
		timer.Reset(learnAgain)
	}
}

// takes notes how much a service says that it takes.
func (c *Client) takes(p *dialogv1.Capabilities) {
	n := p.GetMaxTextBytes()
	if n <= 0 || n > maxText {
		n = maxText
	}
	c.most.Store(int64(n))
}

// longest gives how many bytes of a text the service takes: as many as the contract has
// it, until it has said less. Nobody waits for that: a caller is on the line.
func (c *Client) longest() int {
	if n := c.most.Load(); n > 0 {
		return int(n)
	}
	return maxText
}
