package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	"github.com/callward/callward/internal/engines"
	"github.com/callward/callward/internal/speechd/asrd"
	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/ttsd"
	"github.com/callward/callward/internal/speechd/voice"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// Limits of the server.
const (
	maxMessage    = 1 << 20 // bytes: 5000 hints fit
	maxStreams    = 512     // of one connection
	pingAfter     = 30 * time.Second
	pingTimeout   = 10 * time.Second
	setupDeadline = 10 * time.Second
)

// serve runs until ctx ends, then lets streams finish for a while.
func serve(ctx context.Context, o *options) error {
	log, err := logger(o)
	if err != nil {
		return err
	}
	engine, err := newEngine(o, log)
	if err != nil {
		return err
	}
	defer engine.Close()
	speaker := voice.New(voice.Config{Processes: o.processes})
	server := newServer(ctx, o, engine, speaker, log)
	listener, err := listen(ctx, o.listen)
	if err != nil {
		return err
	}
	log.Info("speech backend listens", slog.String("address", o.listen), slog.Any("understands", engine.Languages()), slog.Any("speaks", speaker.Languages()))
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	log.Info("speech backend drains")
	stop(server, o.drain)
	return nil
}

// newEngine loads the models. A model that was named must load; without the
// English package the backend still speaks.
func newEngine(o *options, log *slog.Logger) (*recog.Engine, error) {
	named, err := byLanguage("asr-model", o.models)
	if err != nil {
		return nil, err
	}
	without, err := withoutOf(o.without)
	if err != nil {
		return nil, err
	}
	found, gaps := models(o)
	for code := range named {
		if !has(found, code) {
			return nil, fmt.Errorf("--asr-model %s: %s", code, gaps[0].What)
		}
	}
	for _, g := range gaps {
		log.Warn("speech is incomplete", slog.String("missing", g.What), slog.String("remedy", g.Remedy))
	}
	return recog.New(recog.Config{Models: found, Decoders: o.decoders, Threads: o.threads, Without: without, Log: log})
}

func has(models []recog.ModelConfig, code string) bool {
	for _, m := range models {
		if m.Language == code {
			return true
		}
	}
	return false
}

// newServer makes a server whose health says that it stops once ctx has ended.
func newServer(ctx context.Context, o *options, engine *recog.Engine, speaker *voice.Speaker, log *slog.Logger) *grpc.Server {
	server := grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.ConnectionTimeout(setupDeadline),
		engines.AllowKeepAlive(),
		engines.LetWatchersGo(ctx),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: pingAfter, Timeout: pingTimeout}),
	)
	asrv1.RegisterAsrServiceServer(server, asrd.New(engine, log))
	ttsv1.RegisterTtsServiceServer(server, ttsd.New(speaker, log))
	h := newHealth(engine, speaker)
	context.AfterFunc(ctx, h.Shutdown)
	healthv1.RegisterHealthServer(server, h)
	if o.reflection {
		reflection.Register(server)
	}
	return server
}

// newHealth says which services work, and in which languages: the name of a
// service, a slash and a language is a service of its own.
func newHealth(engine *recog.Engine, speaker *voice.Speaker) *health.Server {
	h := health.NewServer()
	set := func(service string, languages []string) {
		status := healthv1.HealthCheckResponse_NOT_SERVING
		if len(languages) > 0 {
			status = healthv1.HealthCheckResponse_SERVING
		}
		h.SetServingStatus(service, status)
		for _, code := range []string{"en", "fr"} {
			h.SetServingStatus(service+"/"+code, healthv1.HealthCheckResponse_NOT_SERVING)
		}
		for _, code := range languages {
			h.SetServingStatus(service+"/"+code, healthv1.HealthCheckResponse_SERVING)
		}
	}
	set(asrv1.AsrService_ServiceDesc.ServiceName, engine.Languages())
	set(ttsv1.TtsService_ServiceDesc.ServiceName, speaker.Languages())
	return h
}

// stop drains a server, and cuts off what is left when the time is up.
func stop(server *grpc.Server, drain time.Duration) {
	timer := time.AfterFunc(drain, server.Stop)
	defer timer.Stop()
	server.GracefulStop()
}

// listen opens unix:PATH or tcp:HOST:PORT. Only loopback is taken: the contract
// has no sign-in.
func listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	path, unix := strings.CutPrefix(address, "unix:")
	if path = strings.TrimPrefix(path, "//"); unix && path != "" {
		return listenUnix(ctx, lc, path)
	}
	host, _, err := net.SplitHostPort(strings.TrimPrefix(address, "tcp:"))
	if err != nil || unix {
		return nil, fmt.Errorf("--listen %q: want unix:PATH or tcp:HOST:PORT", address)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("--listen %q: only a loopback address is taken", address)
	}
	l, err := lc.Listen(ctx, "tcp", strings.TrimPrefix(address, "tcp:"))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	return l, nil
}

// listenUnix takes over a socket that nobody answers on any more.
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
