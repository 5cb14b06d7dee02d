// Command tts-go is a synthesis engine to copy: a server of callward.tts.v1 that
// hands each sentence to synthesize. Put your engine there; all else may stay as
// it is.
//
// Each stream has two goroutines: the handler of gRPC receives texts and cancels, and
// a speaker sends audio. Both end with the stream.
package main

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"

	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// synthesize says a sentence: 16-bit samples at rate per second.
//
// This one plays a tone for each letter. Replace it.
func synthesize(text, voice string, rate int) []int16 {
	pitch, length := 250.0, rate*80/1000
	if voice == "high" {
		pitch = 350
	}
	var pcm []int16
	for _, letter := range strings.ToLower(text) {
		level, hz := 0.0, pitch+float64(letter%32)*15
		if unicode.IsLetter(letter) || unicode.IsDigit(letter) {
			level = 5000
		}
		for i := range length {
			swell := math.Sin(math.Pi * float64(i) / float64(length)) // no clicks
			pcm = append(pcm, int16(level*swell*math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
		}
	}
	return pcm
}

// voices are those that synthesize knows, best first.
func voices() []*ttsv1.Voice {
	languages := []string{"en", "fr"}
	return []*ttsv1.Voice{
		{Name: "low", LanguageCodes: languages, Gender: "neutral", NativeSampleRateHz: 16000},
		{Name: "high", LanguageCodes: languages, Gender: "neutral", NativeSampleRateHz: 16000},
	}
}

const (
	maxChunk = 16 << 10 // bytes of an input, and of what is waiting of a stream
	piece    = 100 * time.Millisecond
)

// engine serves the contract.
type engine struct {
	ttsv1.UnimplementedTtsServiceServer
}

// capabilities is what the engine can do. Claim what holds, no more.
func capabilities() *speechv1.Capabilities {
	c := &speechv1.Capabilities{
		ApiVersion: "v1", Languages: []string{"en", "fr"}, StreamingText: true, MaxChunk: maxChunk,
		Vendor: "you", Build: "0",
	}
	for _, rate := range []int32{8000, 16000, 24000} {
		c.Formats = append(c.Formats, &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: rate, Channels: 1})
	}
	return c
}

func (engine) GetCapabilities(context.Context, *ttsv1.GetCapabilitiesRequest) (*ttsv1.GetCapabilitiesResponse, error) {
	return &ttsv1.GetCapabilitiesResponse{Capabilities: capabilities()}, nil
}

func (engine) ListVoices(_ context.Context, r *ttsv1.ListVoicesRequest) (*ttsv1.ListVoicesResponse, error) {
	base, _, _ := strings.Cut(strings.ToLower(r.GetLanguageCode()), "-")
	others := func(v *ttsv1.Voice) bool { return base != "" && !slices.Contains(v.GetLanguageCodes(), base) }
	return &ttsv1.ListVoicesResponse{Voices: slices.DeleteFunc(voices(), others)}, nil
}

// known gives a voice that there is: the one that is asked for, or the best.
func known(name string) string {
	if slices.ContainsFunc(voices(), func(v *ttsv1.Voice) bool { return v.GetName() == name }) {
		return name
	}
	return voices()[0].GetName()
}

// StreamingSynthesize speaks for one call. The first message is the config; then
// texts, flushes, cancels and updates come until the client's half closes.
func (engine) StreamingSynthesize(rpc ttsv1.TtsService_StreamingSynthesizeServer) error {
	first, err := rpc.Recv()
	if err != nil {
		return err
	}
	c := first.GetConfig()
	if c == nil {
		return status.Error(codes.InvalidArgument, "the first message must be a config")
	}
	if base, _, _ := strings.Cut(strings.ToLower(c.GetSession().GetLanguageCode()), "-"); base != "" && !slices.Contains(capabilities().GetLanguages(), base) {
		return status.Error(codes.InvalidArgument, "this language is not spoken")
	}
	f := c.GetFormat()
	same := func(k *speechv1.AudioFormat) bool {
		return k.GetEncoding() == f.GetEncoding() && k.GetSampleRateHz() == f.GetSampleRateHz()
	}
	if f.GetChannels() > 1 || !slices.ContainsFunc(capabilities().GetFormats(), same) {
		return status.Error(codes.InvalidArgument, "this audio format is not made")
	}
	s := &stream{rpc: rpc, rate: int(f.GetSampleRateHz()), lead: c.GetMaxLead().AsDuration(), voice: known(c.GetVoice()), wake: make(chan struct{}, 1)}
	s.send(&ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Ready{Ready: &ttsv1.Ready{Format: f, Voice: s.voice}}})
	ctx, stop := context.WithCancel(rpc.Context())
	defer stop()
	spoken := make(chan struct{})
	go func() {
		defer close(spoken)
		s.speak(ctx)
	}()
	for err == nil {
		var m *ttsv1.StreamingSynthesizeRequest
		if m, err = rpc.Recv(); err == nil {
			err = s.take(m)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
		s.end() // the rest is spoken
	} else {
		stop()
	}
	<-spoken
	return cmp.Or(err, rpc.Context().Err())
}

func serve(ctx context.Context, l net.Listener) error {
	// Callward asks a connection that is silent whether anybody is there; without this,
	// gRPC would end it for that.
	pings := keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}
	g, h := grpc.NewServer(grpc.KeepaliveEnforcementPolicy(pings), letWatchersGo(ctx)), health.NewServer()
	ttsv1.RegisterTtsServiceServer(g, engine{})
	healthv1.RegisterHealthServer(g, h)
	h.SetServingStatus(ttsv1.TtsService_ServiceDesc.ServiceName, healthv1.HealthCheckResponse_SERVING)
	reflection.Register(g)
	// Callers are still on the line: new ones are sent elsewhere, those end in peace.
	defer context.AfterFunc(ctx, func() {
		h.Shutdown()
		defer time.AfterFunc(30*time.Second, g.Stop).Stop()
		g.GracefulStop()
	})()
	if err := g.Serve(l); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// letWatchersGo ends the streams of those who watch the health a moment after they were
// told that the server stops: GracefulStop waits for all streams, and Callward watches for
// as long as it is let.
func letWatchersGo(ctx context.Context) grpc.ServerOption {
	return grpc.StreamInterceptor(func(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
		if info.FullMethod != healthv1.Health_Watch_FullMethodName {
			return next(srv, s)
		}
		watches, end := context.WithCancel(s.Context())
		defer end()
		defer context.AfterFunc(ctx, func() { time.AfterFunc(100*time.Millisecond, end) })()
		return next(srv, watcher{s, watches})
	})
}

type watcher struct {
	grpc.ServerStream

	ctx context.Context //nolint:containedctx // it is what Context gives
}

func (w watcher) Context() context.Context { return w.ctx }

func main() {
	address := flag.String("listen", "127.0.0.1:7071", "HOST:PORT or unix:PATH to answer at")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	network, where := "tcp", *address
	if path, unix := strings.CutPrefix(where, "unix:"); unix {
		network, where = "unix", path
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, network, where)
	if err == nil {
		log.Printf("listening at %s", *address)
		err = serve(ctx, l)
	}
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// bytesOf puts samples into LINEAR16.
func bytesOf(pcm []int16) []byte {
	data := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		data = binary.LittleEndian.AppendUint16(data, uint16(v))
	}
	return data
}
