package fake

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/engines"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
	paymentv1 "github.com/callward/callward/proto/callward/payment/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// An Engine serves a healthy engine with faults. Its fields are set before it
// serves.
type Engine struct {
	Service Service
	ASR     asrv1.AsrServiceServer // of ASR
	TTS     ttsv1.TtsServiceServer // of TTS
	Dialog  dialogv1.DialogServiceServer
	Payment paymentv1.PaymentServiceServer
	Faults  []Fault
	// Calm leaves the faults of streams and connections out until Arm; what concerns
	// capabilities and health is there from the start.
	Calm bool

	calm    atomic.Bool
	strikes atomic.Pointer[[]func()] // of the connections, while calm
}

// Arm lets the faults happen from now on, in streams to come and in those that
// are open; Disarm stops that. What befalls connections befalls those that there are,
// once, each time.
func (e *Engine) Arm() {
	e.calm.Store(false)
	if all := e.strikes.Load(); all != nil {
		for _, strike := range *all {
			strike()
		}
	}
}

// Disarm is the opposite of Arm.
func (e *Engine) Disarm() { e.calm.Store(true) }

// Serve answers on l until ctx ends.
func (e *Engine) Serve(ctx context.Context, l net.Listener) error {
	e.calm.Store(e.Calm)
	p := &plant{calm: e.Calm, asleep: e.calm.Load}
	var streams []func(*wire) hooks
	var claims []func(*speechv1.Capabilities)
	var slow Fault
	for _, f := range e.Faults {
		k, err := kindOf(e.Service, f.Name)
		if err != nil {
			return err
		}
		if k.stream != nil {
			streams = append(streams, k.stream(f))
		}
		if k.caps != nil {
			claims = append(claims, k.caps)
		}
		if k.server != nil {
			k.server(p, f)
			l = p.listener(f, l)
		}
		if f.Name == slowName {
			slow = f
		}
	}
	g := grpc.NewServer(append(p.options, engines.AllowKeepAlive(), grpc.StreamInterceptor(e.intercept(streams, slow)), grpc.UnaryInterceptor(lie(claims)))...)
	e.register(g, p)
	if e.Calm {
		e.strikes.Store(&p.strikes)
	}
	if p.endless {
		return serveEndless(ctx, g, l)
	}
	ended := make(chan struct{})
	stopping := context.AfterFunc(ctx, func() {
		defer close(ended)
		if p.grace > 0 {
			defer time.AfterFunc(p.grace, g.Stop).Stop()
			g.GracefulStop()
			return
		}
		g.Stop()
	})
	defer func() {
		if !stopping() {
			<-ended
		}
	}()
	if err := g.Serve(l); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// serveEndless serves so that nobody learns of deadlines: gRPC itself would
// honour them.
func serveEndless(ctx context.Context, g *grpc.Server, l net.Listener) error {
	h := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del("Grpc-Timeout")
			g.ServeHTTP(w, r)
		}),
		Protocols: new(http.Protocols), ReadHeaderTimeout: 10 * time.Second,
	}
	h.Protocols.SetUnencryptedHTTP2(true)
	defer context.AfterFunc(ctx, func() { _ = h.Close() })()
	if err := h.Serve(l); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

func (e *Engine) register(g *grpc.Server, p *plant) {
	name := asrv1.AsrService_ServiceDesc.ServiceName
	switch e.Service {
	case ASR:
		asrv1.RegisterAsrServiceServer(g, e.ASR)
	case Dialog:
		name = dialogv1.DialogService_ServiceDesc.ServiceName
		dialogv1.RegisterDialogServiceServer(g, e.Dialog)
	case Payment:
		name = paymentv1.PaymentService_ServiceDesc.ServiceName
		paymentv1.RegisterPaymentServiceServer(g, e.Payment)
	default:
		name = ttsv1.TtsService_ServiceDesc.ServiceName
		ttsv1.RegisterTtsServiceServer(g, e.TTS)
	}
	h := health.NewServer()
	serving := healthv1.HealthCheckResponse_SERVING
	if p.unhealthy {
		serving = healthv1.HealthCheckResponse_NOT_SERVING
	}
	h.SetServingStatus(name, serving)
	healthv1.RegisterHealthServer(g, &watcher{Server: h, blind: p.noWatch})
	if !p.noReflection {
		reflection.Register(g)
	}
}

// A watcher is a health server that may not know Watch.
type watcher struct {
	*health.Server

	blind bool
}

func (w *watcher) Watch(req *healthv1.HealthCheckRequest, s healthv1.Health_WatchServer) error {
	if w.blind {
		return status.Error(codes.Unimplemented, "there is no Watch")
	}
	return w.Server.Watch(req, s)
}

// intercept puts the faults between a stream and the engine.
func (e *Engine) intercept(faults []func(*wire) hooks, slow Fault) grpc.StreamServerInterceptor {
	return func(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		ours := info.FullMethod == asrv1.AsrService_StreamingRecognize_FullMethodName ||
			info.FullMethod == ttsv1.TtsService_StreamingSynthesize_FullMethodName ||
			info.FullMethod == dialogv1.DialogService_Converse_FullMethodName
		if !ours {
			return next(srv, s)
		}
		w := &wire{ServerStream: s}
		if slow.Name != "" {
			w.delay, w.calm = slow.lasts(slowBy), &e.calm
		}
		for _, f := range faults {
			w.hooks = append(w.hooks, e.armed(f(w)))
		}
		defer w.close()
		for _, h := range w.hooks {
			if h.open != nil {
				if err := h.open(); err != nil {
					return err
				}
			}
		}
		return next(srv, w)
	}
}

// lie changes what an engine says of itself.
func lie(claims []func(*speechv1.Capabilities)) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		resp, err := next(ctx, req)
		if c, ok := resp.(interface{ GetCapabilities() *speechv1.Capabilities }); ok && err == nil {
			for _, change := range claims {
				change(c.GetCapabilities())
			}
		}
		return resp, err
	}
}
