package adapt

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"github.com/callward/callward/internal/engines"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// A Server is an adapter that runs.
type Server struct {
	ASR   *ASR // nil: recognition is not served
	TTS   *TTS // nil: synthesis is not served
	Drain time.Duration
}

// Limits of the server.
const (
	maxMessage    = 1 << 20 // bytes: all hints fit
	maxStreams    = 512     // of one connection
	setupDeadline = 10 * time.Second
)

// Serve answers on l until ctx ends, then lets streams finish for Drain. Health is
// that of the vendor: NOT_SERVING while it cannot be reached.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.ConnectionTimeout(setupDeadline),
		engines.AllowKeepAlive(),
		engines.LetWatchersGo(ctx),
	)
	h := health.NewServer()
	var watching sync.WaitGroup
	defer watching.Wait()
	watch, stop := context.WithCancel(ctx)
	defer stop()
	var vendor Vendor
	if s.ASR != nil {
		vendor = s.ASR.Vendor
		asrv1.RegisterAsrServiceServer(server, s.ASR)
	}
	if s.TTS != nil {
		vendor = s.TTS.Vendor
		ttsv1.RegisterTtsServiceServer(server, s.TTS)
	}
	s.tell(h, false) // until it is known
	watching.Go(func() { vendor.Watch(watch, func(up bool) { s.tell(h, up) }) })
	healthv1.RegisterHealthServer(server, h)
	reflection.Register(server)
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	h.Shutdown()
	timer := time.AfterFunc(s.Drain, server.Stop)
	defer timer.Stop()
	server.GracefulStop()
	return <-done
}

// tell says how the vendor is, for each service and for the whole.
func (s *Server) tell(h *health.Server, up bool) {
	state := healthv1.HealthCheckResponse_NOT_SERVING
	if up {
		state = healthv1.HealthCheckResponse_SERVING
	}
	h.SetServingStatus("", state)
	if s.ASR != nil {
		h.SetServingStatus(asrv1.AsrService_ServiceDesc.ServiceName, state)
	}
	if s.TTS != nil {
		h.SetServingStatus(ttsv1.TtsService_ServiceDesc.ServiceName, state)
	}
}

// Listen opens unix:PATH or HOST:PORT. Only a loopback address is taken: the
// contract has no sign-in. A socket that nobody answers on any more is replaced.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	if path, unix := strings.CutPrefix(address, "unix:"); unix && path != "" {
		return listenUnix(ctx, lc, path)
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: want unix:PATH or HOST:PORT", address)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen on %q: only a loopback address is taken", address)
	}
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

func listenUnix(ctx context.Context, lc net.ListenConfig, path string) (net.Listener, error) {
	var d net.Dialer
	if conn, err := d.DialContext(ctx, "unix", path); err == nil {
		return nil, errors.Join(fmt.Errorf("listen on unix:%s: another process answers there", path), conn.Close())
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("remove old socket: %w", err)
		}
	}
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on unix:%s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect socket: %w", err), l.Close())
	}
	return l, nil
}
