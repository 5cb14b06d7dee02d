package payment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/engines"
	paymentv1 "github.com/callward/callward/proto/callward/payment/v1"
)

// maxMessage is a limit of callward.payment.v1.
const maxMessage = 64 << 10

// DefaultTimeout is how long a tokeniser may take, unless the configuration says less or
// more.
const DefaultTimeout = 5 * time.Second

// Config sets up a Client; its zero value is a good one.
type Config struct {
	Timeout time.Duration // to the answer of Tokenize; 0 means DefaultTimeout
}

// A Client reaches one tokeniser. It is safe for concurrent use.
type Client struct {
	config Config
	conn   *grpc.ClientConn
	api    paymentv1.PaymentServiceClient
	health healthv1.HealthClient
}

// Capabilities is what a tokeniser says it can do.
type Capabilities struct {
	Version       string
	Brands        []Brand // empty: all
	IgnoresCode   bool
	Vendor, Build string
}

// Dial prepares a client of the tokeniser at target: unix:PATH, or HOST:PORT. It does not
// wait for it and succeeds while that is down; see Ready. Options are added to ours;
// without credentials among them the connection is in clear.
func Dial(target string, config Config, opts ...grpc.DialOption) (*Client, error) {
	config.Timeout = cmp.Or(config.Timeout, DefaultTimeout)
	again := backoff.DefaultConfig
	again.BaseDelay = 100 * time.Millisecond
	again.MaxDelay = 2 * time.Second
	ours := []grpc.DialOption{
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage)),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: again, MinConnectTimeout: time.Second}),
		engines.KeepAlive(),
		grpc.WithIdleTimeout(0), // a call must not wait for a connection
		grpc.WithDisableRetry(), // who asks again says so to the caller first; and gRPC would keep the card to send it again
		grpc.WithDisableServiceConfig(),
	}
	conn, err := grpc.NewClient(target, append(ours, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("dial tokeniser %s: %w", target, err)
	}
	conn.Connect()
	return &Client{
		config: config, conn: conn, api: paymentv1.NewPaymentServiceClient(conn), health: healthv1.NewHealthClient(conn),
	}, nil
}

// Close ends the connection. It may be called twice.
func (c *Client) Close() error {
	err := c.conn.Close()
	if status.Code(err) == codes.Canceled { // closed before
		return nil
	}
	return err
}

// Ready reports whether the tokeniser is up and says that it serves.
func (c *Client) Ready(ctx context.Context) error {
	for _, name := range []string{paymentv1.PaymentService_ServiceDesc.ServiceName, ""} {
		got, err := c.health.Check(ctx, &healthv1.HealthCheckRequest{Service: name})
		if status.Code(err) == codes.NotFound {
			continue // not told apart by this service: ask for the whole
		}
		if err != nil {
			return fmt.Errorf("tokeniser health: %w", serviceError(err))
		}
		if got.GetStatus() != healthv1.HealthCheckResponse_SERVING {
			return fmt.Errorf("tokeniser health: %s", got.GetStatus())
		}
		return nil
	}
	return errors.New("tokeniser health: service not known")
}

// Capabilities asks the tokeniser what it can do.
func (c *Client) Capabilities(ctx context.Context) (Capabilities, error) {
	got, err := c.api.GetCapabilities(ctx, &paymentv1.GetCapabilitiesRequest{})
	if err != nil {
		return Capabilities{}, fmt.Errorf("tokeniser capabilities: %w", serviceError(err))
	}
	p := got.GetCapabilities()
	out := Capabilities{Version: p.GetApiVersion(), IgnoresCode: p.GetIgnoresCode(), Vendor: p.GetVendor(), Build: p.GetBuild()}
	for _, b := range p.GetBrands() {
		out.Brands = append(out.Brands, brandFrom(b))
	}
	return out, nil
}
