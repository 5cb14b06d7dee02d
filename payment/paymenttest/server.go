// Package paymenttest is a tokeniser that follows rules: a second real implementation of
// callward.payment.v1, for tests and rehearsals. It keeps tokens and last four digits and
// nothing else of a card, and fails, stalls or breaks the contract when told to. Each
// request is served by a goroutine of the gRPC server.
package paymenttest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/internal/engines"
	"github.com/callward/callward/payment"
	paymentv1 "github.com/callward/callward/proto/callward/payment/v1"
)

// A Fault is what the service does wrong.
type Fault int

// The faults.
const (
	None   Fault = iota
	Refuse       // ends each call with UNAVAILABLE and a message that tells too much
	Mute         // takes a card, and never answers
	Echo         // gives the number for a token
	Wrong        // answers with other last digits
	Empty        // answers with nothing
)

// Endings of numbers that are refused, whatever else they are.
const (
	EndsBlocked = "0002" // by its bank
	EndsExpired = "0069"
	EndsCode    = "0127" // the code is wrong
)

// Server is the tokeniser. Its zero value takes all brands but UnionPay.
type Server struct {
	paymentv1.UnimplementedPaymentServiceServer

	mu    sync.Mutex
	fault Fault
	kept  map[string]kept // by idempotency key
	asked int
}

// kept is all that remains of a card.
type kept struct {
	token, lastFour string
	brand           paymentv1.Brand
}

// maxKept bounds what is remembered.
const maxKept = 100_000

// Break sets what the service does wrong from now on.
func (s *Server) Break(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Asked counts requests, and Tokens the cards that were taken.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Tokens counts the tokens that were given.
func (s *Server) Tokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.kept)
}

// GetCapabilities says what the service can do.
func (*Server) GetCapabilities(context.Context, *paymentv1.GetCapabilitiesRequest) (*paymentv1.GetCapabilitiesResponse, error) {
	c := &paymentv1.Capabilities{ApiVersion: "v1", Vendor: "callward", Build: "paymenttest"}
	for b := paymentv1.Brand_BRAND_VISA; b <= paymentv1.Brand_BRAND_OTHER; b++ {
		if b != paymentv1.Brand_BRAND_UNIONPAY {
			c.Brands = append(c.Brands, b)
		}
	}
	return &paymentv1.GetCapabilitiesResponse{Capabilities: c}, nil
}

// Tokenize gives a token, the same for the same key.
func (s *Server) Tokenize(ctx context.Context, r *paymentv1.TokenizeRequest) (*paymentv1.TokenizeResponse, error) {
	defer func() {
		for _, held := range [][]byte{r.GetNumber(), r.GetExpiry(), r.GetCode()} {
			clear(held)
		}
	}()
	s.mu.Lock()
	s.asked++
	fault := s.fault
	s.mu.Unlock()
	if err := fault.err(r); err != nil {
		return nil, err
	}
	if !wellFormed(r) {
		return nil, status.Error(codes.InvalidArgument, "the request is not as the contract says")
	}
	resp, err := s.take(r)
	switch fault {
	case Mute:
		<-ctx.Done()
		return nil, status.FromContextError(ctx.Err()).Err()
	case Echo:
		resp.GetCard().Token = "tok_" + string(r.GetNumber())
	case Wrong:
		resp.GetCard().LastFour = "0000"
	case Empty:
		resp = &paymentv1.TokenizeResponse{}
	case None, Refuse:
	}
	return resp, err
}

func (f Fault) err(r *paymentv1.TokenizeRequest) error {
	if f == Refuse {
		return status.Errorf(codes.Unavailable, "told to refuse card %s", r.GetNumber())
	}
	return nil
}

// wellFormed reports whether a card can be read from a request.
func wellFormed(r *paymentv1.TokenizeRequest) bool {
	all := func(s []byte, least, most int) bool {
		return len(s) >= least && len(s) <= most && strings.Trim(string(s), "0123456789") == ""
	}
	key := r.GetIdempotencyKey()
	return key != "" && len(key) <= 128 && all(r.GetNumber(), 12, 19) && all(r.GetExpiry(), 4, 4) &&
		(len(r.GetCode()) == 0 || all(r.GetCode(), 3, 4))
}

// take keeps a card, or says why not.
func (s *Server) take(r *paymentv1.TokenizeRequest) (*paymentv1.TokenizeResponse, error) {
	number := r.GetNumber()
	lastFour := string(number[len(number)-4:])
	brand, fault := judge(number, r.GetExpiry())
	switch {
	case fault != paymentv1.Refusal_REASON_UNSPECIFIED:
		return refusal(fault), nil
	case lastFour == EndsBlocked:
		return refusal(paymentv1.Refusal_REASON_BLOCKED), nil
	case lastFour == EndsExpired:
		return refusal(paymentv1.Refusal_REASON_INVALID_EXPIRY), nil
	case lastFour == EndsCode:
		return refusal(paymentv1.Refusal_REASON_INVALID_CODE), nil
	case brand == paymentv1.Brand_BRAND_UNIONPAY:
		return refusal(paymentv1.Refusal_REASON_BRAND), nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k, known := s.kept[r.GetIdempotencyKey()]
	switch {
	case known && k.lastFour != lastFour:
		return nil, status.Error(codes.AlreadyExists, "the key was used for another card")
	case !known && len(s.kept) >= maxKept:
		return nil, status.Error(codes.ResourceExhausted, "too many cards for a rehearsal")
	case !known:
		if s.kept == nil {
			s.kept = map[string]kept{}
		}
		k = kept{token: newToken(), lastFour: lastFour, brand: brand}
		s.kept[r.GetIdempotencyKey()] = k
	}
	return &paymentv1.TokenizeResponse{Result: &paymentv1.TokenizeResponse_Card{
		Card: &paymentv1.Card{Token: k.token, Brand: k.brand, LastFour: k.lastFour},
	}}, nil
}

// judge reads a card as Callward does.
func judge(number, expiry []byte) (paymentv1.Brand, paymentv1.Refusal_Reason) {
	c := payment.NewCard()
	defer c.Wipe()
	for f, keys := range map[payment.Field][]byte{payment.Number: number, payment.Expiry: expiry} {
		for _, k := range keys {
			c.Press(f, k)
		}
	}
	switch {
	case !c.Good(payment.Number, time.Now()):
		return 0, paymentv1.Refusal_REASON_INVALID_NUMBER
	case !c.Good(payment.Expiry, time.Now()):
		return 0, paymentv1.Refusal_REASON_INVALID_EXPIRY
	}
	return paymentv1.Brand(c.Brand()), paymentv1.Refusal_REASON_UNSPECIFIED
}

// newToken gives letters alone: nothing in it can be taken for digits of a card.
func newToken() string {
	random := make([]byte, 16)
	_, _ = rand.Read(random) // it never fails
	return "tok_" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + 'g'
		}
		return r
	}, hex.EncodeToString(random))
}

func refusal(why paymentv1.Refusal_Reason) *paymentv1.TokenizeResponse {
	return &paymentv1.TokenizeResponse{Result: &paymentv1.TokenizeResponse_Refusal{Refusal: &paymentv1.Refusal{Reason: why}}}
}

// Serve answers on l until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	g := grpc.NewServer(engines.AllowKeepAlive())
	paymentv1.RegisterPaymentServiceServer(g, s)
	h := health.NewServer()
	h.SetServingStatus(paymentv1.PaymentService_ServiceDesc.ServiceName, healthv1.HealthCheckResponse_SERVING)
	healthv1.RegisterHealthServer(g, h)
	reflection.Register(g)
	defer context.AfterFunc(ctx, g.Stop)()
	if err := g.Serve(l); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve payment: %w", err)
	}
	return nil
}

// tb is what of a test Start needs.
type tb interface {
	Helper()
	Fatal(args ...any)
	Cleanup(f func())
}

// Start serves s in memory until the test ends and gives a client of it.
func Start(t tb, s *Server, config payment.Config) *payment.Client {
	t.Helper()
	l := bufconn.Listen(1 << 20)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(ctx, l) // a test that needs it sees that its client fails
	}()
	c, err := payment.Dial("passthrough:tokeniser", config, grpc.WithContextDialer(
		func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) },
	))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Close()
		cancel()
		<-served
		_ = l.Close()
	})
	return c
}
