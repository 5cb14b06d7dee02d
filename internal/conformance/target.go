package conformance

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
	paymentv1 "github.com/callward/callward/proto/callward/payment/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// ErrUnreachable says that nobody answered at the address.
var ErrUnreachable = errors.New("the engine cannot be reached")

// ErrInsecure says that a token would be read by others.
var ErrInsecure = errors.New("the token would go over the network in clear; use TLS, or an address on this machine")

// Options say what to check, and how.
type Options struct {
	Service   Service
	Address   string        // HOST:PORT or unix:PATH
	Languages []string      // BCP 47; empty: what the engine claims, of English and French
	Timeout   time.Duration // of each wait of a check; 0 means DefaultTimeout
	Only      []string      // ids of the checks to run; empty: all
	Token     string        // sent as "authorization: Bearer TOKEN"; empty: none
	TLS       *tls.Config   // nil: no TLS

	// Audio has a clear utterance of a language, 8 kHz, in place of the one
	// that comes along.
	Audio map[string][]int16
	// Dial opens a connection to Address; nil: the network's own.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Tell is told each result as it comes; it may be nil.
	Tell func(Result)
}

// DefaultTimeout is how long a check waits for what it is owed, unless the
// contract says less.
const DefaultTimeout = 15 * time.Second

// A target is the engine under test and what has been learnt of it.
type target struct {
	Options

	conn *grpc.ClientConn
	asr  asrv1.AsrServiceClient
	tts  ttsv1.TtsServiceClient
	talk dialogv1.DialogServiceClient
	pay  paymentv1.PaymentServiceClient
	caps *speechv1.Capabilities // of a dialog service: those of understands that are the same

	understands *dialogv1.Capabilities
	takes       *paymentv1.Capabilities

	conversations map[string]*conversation // by language, each held once
	recitals      map[string]*recital

	mu       sync.Mutex
	served   bool // a stream has become ready
	hopeless bool // none has, though one was waited for
}

// A probe is what one check has in hand.
type probe struct {
	*target

	measured map[string]samples
}

func (p *probe) measure(what string, d time.Duration) {
	p.measured[what] = append(p.measured[what], d)
}

// connect finds out whether somebody answers.
func connect(ctx context.Context, o Options) (*target, error) {
	t := &target{Options: o, conversations: map[string]*conversation{}, recitals: map[string]*recital{}}
	if t.Timeout == 0 {
		t.Timeout = DefaultTimeout
	}
	conn, err := t.dial(t.network)
	if err != nil {
		return nil, err
	}
	t.conn, t.asr, t.tts = conn, asrv1.NewAsrServiceClient(conn), ttsv1.NewTtsServiceClient(conn)
	t.talk, t.pay = dialogv1.NewDialogServiceClient(conn), paymentv1.NewPaymentServiceClient(conn)
	ctx, cancel := context.WithTimeout(ctx, t.Timeout)
	defer cancel()
	if err := t.learn(ctx); err != nil {
		if refusal := t.unwelcome(context.WithoutCancel(ctx)); refusal != nil {
			err = refusal
		}
		return nil, errors.Join(fmt.Errorf("%w: %s: %w", ErrUnreachable, o.Address, err), conn.Close())
	}
	return t, nil
}

// unwelcome says why TLS does not come about, if it does not. gRPC often tells only that
// the connection broke: with TLS 1.3 an engine refuses our certificate after our side of
// the handshake is done, when we write already.
func (t *target) unwelcome(ctx context.Context) error {
	if t.TLS == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	plain, err := t.network(ctx, t.Address)
	if err != nil {
		return nil //nolint:nilerr // no matter of TLS: gRPC has said so
	}
	defer func() { _ = plain.Close() }() // nothing is owed on it
	secure := tls.Client(plain, t.http2())
	if err := secure.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("TLS: %w", err)
	}
	deadline, _ := ctx.Deadline()
	_ = secure.SetReadDeadline(deadline) // a connection has them
	_, err = secure.Read(make([]byte, 1))
	var alert *net.OpError
	if errors.As(err, &alert) && alert.Op == "remote error" {
		return fmt.Errorf("TLS: %w", err)
	}
	return nil
}

// http2 is the TLS of a connection that gRPC does not make.
func (t *target) http2() *tls.Config {
	config := t.TLS.Clone()
	config.NextProtos = []string{"h2"}
	if config.ServerName == "" {
		config.ServerName = hostOf(t.Address)
	}
	return config
}

// hostOf gives the name that an engine's certificate should bear.
func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(strings.TrimPrefix(address, "tcp:")); err == nil {
		return host
	}
	return "localhost"
}

// near reports whether an address is on this machine.
func near(address string) bool {
	if strings.HasPrefix(address, "unix:") {
		return true
	}
	host, _, err := net.SplitHostPort(strings.TrimPrefix(address, "tcp:"))
	ip, bad := netip.ParseAddr(host)
	return err == nil && (host == "localhost" || bad == nil && ip.IsLoopback())
}

// learn asks for the capabilities: every engine must tell them, and who does not
// is no engine of this contract.
func (t *target) learn(ctx context.Context) error {
	ctx = t.with(ctx)
	if t.Service == ASR {
		r, err := t.asr.GetCapabilities(ctx, &asrv1.GetCapabilitiesRequest{}, grpc.WaitForReady(true))
		t.caps = r.GetCapabilities()
		return err
	}
	if t.Service == Dialog {
		return t.learnDialog(ctx)
	}
	if t.Service == Payment {
		return t.learnPayment(ctx)
	}
	r, err := t.tts.GetCapabilities(ctx, &ttsv1.GetCapabilitiesRequest{}, grpc.WaitForReady(true))
	t.caps = r.GetCapabilities()
	return err
}

type dialer func(ctx context.Context, address string) (net.Conn, error)

// dial gives a connection of its own.
func (t *target) dial(by dialer) (*grpc.ClientConn, error) {
	secure := insecure.NewCredentials()
	if t.TLS != nil {
		secure = credentials.NewTLS(t.TLS)
	}
	conn, err := grpc.NewClient("passthrough:///"+t.Address,
		grpc.WithTransportCredentials(secure),
		grpc.WithContextDialer(by),
		grpc.WithAuthority(t.authority()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(16<<20)))
	if err != nil {
		return nil, fmt.Errorf("dial %s: %w", t.Address, err)
	}
	return conn, nil
}

// authority is the name that requests bear.
func (t *target) authority() string {
	if t.TLS != nil && t.TLS.ServerName != "" {
		return t.TLS.ServerName
	}
	if strings.HasPrefix(t.Address, "unix:") {
		return "localhost"
	}
	return t.Address
}

func (t *target) network(ctx context.Context, address string) (net.Conn, error) {
	if t.Dial != nil {
		return t.Dial(ctx, address)
	}
	var d net.Dialer
	if path, unix := strings.CutPrefix(address, "unix:"); unix {
		return d.DialContext(ctx, "unix", strings.TrimPrefix(path, "//"))
	}
	return d.DialContext(ctx, "tcp", strings.TrimPrefix(address, "tcp:"))
}

// with adds what each request bears.
func (t *target) with(ctx context.Context) context.Context {
	if t.Token == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+t.Token)
}

// serviceName is the full name of the service under test.
func (t *target) serviceName() string {
	if t.Service == ASR {
		return asrv1.AsrService_ServiceDesc.ServiceName
	}
	if t.Service == Dialog {
		return dialogv1.DialogService_ServiceDesc.ServiceName
	}
	if t.Service == Payment {
		return paymentv1.PaymentService_ServiceDesc.ServiceName
	}
	return ttsv1.TtsService_ServiceDesc.ServiceName
}

// session names a call that no other stream belongs to.
func session(language string) *speechv1.Session {
	return &speechv1.Session{
		CallId: "conformance-" + rand.Text(), SessionId: rand.Text(), Tenant: "conformance", LanguageCode: language,
	}
}

// languages gives those to check.
func (t *target) languages() []string {
	if len(t.Languages) > 0 {
		return t.Languages
	}
	var out []string
	for _, want := range []string{"en", "fr"} {
		for _, l := range t.caps.GetLanguages() {
			if base(l) == want {
				out = append(out, l)
				break
			}
		}
	}
	if len(out) == 0 {
		return t.caps.GetLanguages()[:min(1, len(t.caps.GetLanguages()))]
	}
	return out
}

// language is the first of them.
func (t *target) language() string {
	if l := t.languages(); len(l) > 0 {
		return l[0]
	}
	return "en"
}

// base gives the language of a BCP 47 tag, without its region.
func base(code string) string {
	b, _, _ := strings.Cut(code, "-")
	return strings.ToLower(b)
}
