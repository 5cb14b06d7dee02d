// Package ttstest is a synthesis engine that speaks in tones: a second real
// implementation of callward.tts.v1, for tests. Each text lasts 50 ms for each
// of its characters. It fails, stalls or breaks the contract when told to. Each
// stream is served by one goroutine of the gRPC server and one that reads.
package ttstest

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/internal/engines"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
	"github.com/callward/callward/tts"
)

const (
	rate       = 8000
	piece      = rate / 10 // samples of an audio message
	perLetter  = rate / 20
	toneHz     = 440.0
	toneLoud   = 8000.0
	keepSpoken = 1000
)

// A Fault is what the engine does wrong.
type Fault int

// The faults.
const (
	None      Fault = iota
	Refuse          // ends each stream at once, with UNAVAILABLE
	Mute            // takes the text and never answers
	HalfWay         // ends the stream with INTERNAL after half of the audio
	StallHalf       // falls silent after half of the audio
	Gap             // leaves out a piece
	Miscount        // says a wrong total
	Odd             // sends half a sample
	Gigantic        // sends more at once than anybody takes
	Empty           // says that all was spoken, and gives no audio
	Elsewhere       // gives audio of another text, and none of the one that was asked for
	Format          // says that its audio is of 48 kHz
	Late            // begins a second late
)

// Tone is the engine.
type Tone struct {
	ttsv1.UnimplementedTtsServiceServer
	SSML  bool                      // it says that it speaks SSML
	Sound func(text string) []int16 // what a text sounds like, Samples of it; nil: the tone
	Lead  time.Duration             // of silence before each text, as voices have it
	Paced bool                      // it speaks twice as fast as it is listened to, and no faster
	Each  time.Duration             // it begins one text after the other, so long after the one before; 0: all at once

	mu     sync.Mutex
	fault  Fault
	word   string // faults are in texts that hold it
	spoken []string
	voices []string
	health *health.Server
	free   time.Time // the last text that waits has begun
}

// Break sets what the engine does wrong from the next text on.
func (s *Tone) Break(f Fault) { s.BreakAt("", f) }

// BreakAt does so for texts that hold a word. Refuse and Format are of whole streams.
func (s *Tone) BreakAt(word string, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault, s.word = f, word
}

// Serves says by grpc.health.v1 whether the engine serves.
func (s *Tone) Serves(yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	as := healthv1.HealthCheckResponse_NOT_SERVING
	if yes {
		as = healthv1.HealthCheckResponse_SERVING
	}
	s.health.SetServingStatus(ttsv1.TtsService_ServiceDesc.ServiceName, as)
}

// Spoken gives the texts that were asked for.
func (s *Tone) Spoken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.spoken...)
}

// Voices gives the voices that were asked for, one for each stream.
func (s *Tone) Voices() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.voices...)
}

// Samples gives the length of the audio of a text.
func Samples(text string) int { return utf8.RuneCountInString(text) * perLetter }

// Serve answers on l until ctx ends.
func (s *Tone) Serve(ctx context.Context, l net.Listener) error {
	g := grpc.NewServer(engines.AllowKeepAlive())
	ttsv1.RegisterTtsServiceServer(g, s)
	h := health.NewServer()
	h.SetServingStatus(ttsv1.TtsService_ServiceDesc.ServiceName, healthv1.HealthCheckResponse_SERVING)
	healthv1.RegisterHealthServer(g, h)
	s.mu.Lock()
	s.health = h
	s.mu.Unlock()
	reflection.Register(g)
	defer context.AfterFunc(ctx, g.Stop)()
	if err := g.Serve(l); err != nil && ctx.Err() == nil {
		return fmt.Errorf("serve synthesizer: %w", err)
	}
	return nil
}

// GetCapabilities says what the engine can do.
func (s *Tone) GetCapabilities(
	context.Context, *ttsv1.GetCapabilitiesRequest,
) (*ttsv1.GetCapabilitiesResponse, error) {
	return &ttsv1.GetCapabilitiesResponse{Capabilities: &speechv1.Capabilities{
		ApiVersion: "v1", Languages: []string{"en", "fr"}, Vendor: "callward", Build: "ttstest", Ssml: s.SSML,
	}}, nil
}

// ListVoices names the only voice.
func (*Tone) ListVoices(context.Context, *ttsv1.ListVoicesRequest) (*ttsv1.ListVoicesResponse, error) {
	return &ttsv1.ListVoicesResponse{Voices: []*ttsv1.Voice{
		{Name: "tone", LanguageCodes: []string{"en", "fr"}, NativeSampleRateHz: rate},
	}}, nil
}

type stream = ttsv1.TtsService_StreamingSynthesizeServer

// StreamingSynthesize serves one stream.
func (s *Tone) StreamingSynthesize(down stream) error {
	now := s.now()
	if now == Refuse {
		return status.Error(codes.Unavailable, "told to refuse")
	}
	first, err := down.Recv()
	if err != nil {
		return err
	}
	s.mu.Lock()
	if len(s.voices) < keepSpoken {
		s.voices = append(s.voices, first.GetConfig().GetVoice())
	}
	s.mu.Unlock()
	format := first.GetConfig().GetFormat()
	if format.GetEncoding() != speechv1.Encoding_ENCODING_LINEAR16 || format.GetSampleRateHz() != rate {
		return status.Error(codes.InvalidArgument, "this audio format is not made")
	}
	if now == Format {
		format.SampleRateHz = 48000
	}
	if err := down.Send(ready(format)); err != nil {
		return err
	}
	for {
		req, err := down.Recv()
		if err != nil {
			return nil //nolint:nilerr // the client is gone or has no more to say
		}
		if in := req.GetInput(); in != nil {
			if err := s.speak(down, in.GetContextId(), cmp.Or(in.GetText(), in.GetSsml())); err != nil {
				return err
			}
		}
	}
}

func (s *Tone) speak(down stream, id, text string) error {
	fault := s.note(text)
	if err := s.turn(down.Context()); err != nil {
		return err
	}
	if done, err := begin(down, fault, id); done {
		return err
	}
	sound := tone(Samples(text))
	if s.Sound != nil {
		sound = s.Sound(text)
	}
	sound = append(make([]int16, s.Lead*rate/time.Second), sound...)
	total := len(sound)
	for at, seq := 0, int32(0); at < total; at, seq = at+piece, seq+1 {
		switch half := at >= total/2; {
		case fault == Mute, fault == Elsewhere, fault == StallHalf && half:
			<-down.Context().Done()
			return status.FromContextError(down.Context().Err()).Err()
		case fault == HalfWay && half:
			return status.Error(codes.Internal, "told to fail half way")
		case fault == Gap && seq == 1:
			continue
		}
		if s.Paced {
			if err := pause(down.Context(), time.Second*piece/rate/2); err != nil {
				return err
			}
		}
		if err := down.Send(audio(id, seq, at, sound[at:min(at+piece, total)])); err != nil {
			return err
		}
	}
	if fault == Miscount {
		total++
	}
	return down.Send(done(id, total))
}

// turn waits until it is a text's turn.
func (s *Tone) turn(ctx context.Context) error {
	s.mu.Lock()
	now := time.Now()
	if s.free.Before(now) {
		s.free = now
	}
	s.free = s.free.Add(s.Each)
	mine := s.free
	s.mu.Unlock()
	return pause(ctx, mine.Sub(now))
}

// begin does what a faulty engine does before it speaks; done: in place of speaking.
func begin(down stream, f Fault, id string) (over bool, err error) {
	msg := audio(id, 0, 0, tone(piece))
	switch f {
	case Odd:
		msg.GetAudio().Data = msg.GetAudio().GetData()[1:]
	case Gigantic:
		msg.GetAudio().Data = make([]byte, 8<<20)
	case Elsewhere:
		msg.GetAudio().ContextId = "another"
	case Empty:
		return true, down.Send(done(id, 0))
	case Late:
		err := pause(down.Context(), time.Second)
		return err != nil, err
	default:
		return false, nil
	}
	return f != Elsewhere, down.Send(msg)
}

func done(id string, total int) *ttsv1.StreamingSynthesizeResponse {
	return &ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Done{
		Done: &ttsv1.Done{ContextId: id, TotalSamples: int64(total), Cause: ttsv1.Done_CAUSE_COMPLETE},
	}}
}

func (s *Tone) now() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

func (s *Tone) note(text string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.spoken) < keepSpoken {
		s.spoken = append(s.spoken, text)
	}
	if !strings.Contains(text, s.word) {
		return None
	}
	return s.fault
}

func ready(f *speechv1.AudioFormat) *ttsv1.StreamingSynthesizeResponse {
	return &ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Ready{
		Ready: &ttsv1.Ready{Format: f, Voice: "tone"},
	}}
}

// pause waits, unless the stream ends meanwhile.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return status.FromContextError(ctx.Err()).Err()
	}
}

func tone(n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(toneLoud * math.Sin(2*math.Pi*toneHz*float64(i)/rate))
	}
	return pcm
}

func audio(id string, seq int32, at int, pcm []int16) *ttsv1.StreamingSynthesizeResponse {
	data := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		data = binary.LittleEndian.AppendUint16(data, uint16(v)) //nolint:gosec // its bits
	}
	return &ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Audio{
		Audio: &ttsv1.Audio{ContextId: id, Seq: seq, Data: data, OffsetSamples: int64(at)},
	}}
}

// tb is what Start needs of *testing.T, so that programs can use the engine
// without package testing.
type tb interface {
	Helper()
	Cleanup(func())
	Fatal(args ...any)
}

// Start serves s in memory and gives a client of it; both end with the test.
func Start(t tb, s *Tone, config tts.Config) *tts.Client {
	t.Helper()
	l := bufconn.Listen(1 << 20)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(ctx, l) // a test that needs it sees that its client fails
	}()
	c, err := tts.Dial("passthrough:tone", config, grpc.WithContextDialer(
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
