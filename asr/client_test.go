package asr_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/asr"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// telltale is an engine that answers each question with what a caller said.
type telltale struct {
	asrv1.UnimplementedAsrServiceServer
	healthv1.UnimplementedHealthServer
}

const secret = "my card is four one one one"

func (telltale) GetCapabilities(context.Context, *asrv1.GetCapabilitiesRequest) (*asrv1.GetCapabilitiesResponse, error) {
	return nil, status.Error(codes.Unavailable, secret)
}

func (telltale) Check(context.Context, *healthv1.HealthCheckRequest) (*healthv1.HealthCheckResponse, error) {
	return nil, status.Error(codes.Unavailable, secret)
}

// served gives the address of a server of gRPC that ends with the test.
func served(t *testing.T, register func(*grpc.Server)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g, over := grpc.NewServer(), make(chan struct{})
	register(g)
	go func() {
		defer close(over)
		_ = g.Serve(l)
	}()
	t.Cleanup(func() { g.Stop(); <-over })
	return l.Addr().String()
}

func TestWhatAnEngineSaysOfAFailureIsNotRepeated(t *testing.T) {
	address := served(t, func(g *grpc.Server) {
		asrv1.RegisterAsrServiceServer(g, telltale{})
		healthv1.RegisterHealthServer(g, telltale{})
	})
	c, err := asr.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, notKnown := c.Capabilities(t.Context())
	for _, err := range []error{c.Ready(t.Context()), notKnown} {
		if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "Unavailable") {
			t.Errorf("the error is: %v", err)
		}
	}
}

func TestWhatKeptUsFromAnEngineIsTold(t *testing.T) {
	c, err := asr.Dial("unix:" + t.TempDir() + "/nobody.sock")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, notKnown := c.Capabilities(t.Context())
	for _, err := range []error{c.Ready(t.Context()), notKnown} {
		if err == nil || !strings.Contains(err.Error(), "no such file") {
			t.Errorf("the error is: %v", err)
		}
	}
}

func TestANumberOfTheEnginesOwnIsNotRepeated(t *testing.T) {
	err := &asr.EngineError{Code: 411111111}
	if got := err.Error(); got != "the recognizer ended the stream: Unknown" {
		t.Errorf("%q", got)
	}
}

// boaster is an engine with a language that a terminal would obey.
type boaster struct {
	asrv1.UnimplementedAsrServiceServer
}

func (boaster) GetCapabilities(context.Context, *asrv1.GetCapabilitiesRequest) (*asrv1.GetCapabilitiesResponse, error) {
	return &asrv1.GetCapabilitiesResponse{Capabilities: &speechv1.Capabilities{Languages: []string{"en", "fr\n\x1b[31m"}}}, nil
}

func TestAClaimThatIsNoLanguageIsLeftOut(t *testing.T) {
	c, err := asr.Dial(served(t, func(g *grpc.Server) { asrv1.RegisterAsrServiceServer(g, boaster{}) }))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	caps, err := c.Capabilities(t.Context())
	if err != nil || !slices.Equal(caps.Languages, []string{"en"}) {
		t.Errorf("%q, %v", caps.Languages, err)
	}
}
