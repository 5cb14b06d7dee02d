package main

import (
	"bytes"
	"context"
	"math"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/conformance"
	"github.com/callward/callward/media/g711"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

func TestTheEngineConforms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := bufconn.Listen(1 << 16)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- serve(ctx, l) }()
		report, err := conformance.Run(t.Context(), conformance.Options{
			Service: conformance.ASR, Address: "engine:1",
			Dial: func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) },
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range report.Results {
			if r.State == conformance.Failed {
				t.Error(r.Line())
			} else {
				t.Log(r.Line())
			}
		}
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

func TestG711IsRead(t *testing.T) {
	for b := range 256 {
		for _, x := range []struct {
			name string
			ours func(byte) int16
			law  g711.Law
		}{{"mu-law", mulaw, g711.PCMU}, {"A-law", alaw, g711.PCMA}} {
			want := make([]int16, 1)
			x.law.Decode(want, []byte{byte(b)})
			if got := x.ours(byte(b)); got != want[0] {
				t.Errorf("%s %#x is %d, want %d", x.name, b, got, want[0])
			}
		}
	}
}

func TestAGapHoweverLongCostsNoMemory(t *testing.T) {
	s := &stream{ear: ear{rate: 8000, now: &utterance{}}, jobs: make(chan job, 1), rpc: &desk{}}
	s.skip(math.MaxInt64 / 2)
	if s.now != nil || len(s.recent) > 0 {
		t.Errorf("an utterance goes on over a gap of years, with %d samples", len(s.recent))
	}
}

func TestAPauseIsToldOfBeforeItEndsTheUtterance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got desk
		s := newStream(&got, &asrv1.Config{
			Format:      &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 8000},
			Endpointing: &asrv1.Endpointing{EagerSilence: durationpb.New(200 * time.Millisecond)},
		}, "en")
		word, silence := bytes.Repeat([]byte{0, 8, 0, 248}, 1600), make([]byte, 2*8000)
		for _, data := range [][]byte{word, silence[:8000], word, silence[:8000], silence} { // half a second does not end it
			if err := s.audio(&asrv1.Audio{Data: data, OffsetSamples: s.position}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait() // for the transcriber
		}
		s.close()
		var story []string
		for _, m := range got.sent {
			switch x := m.GetTranscript(); {
			case x.GetIsFinal():
				story = append(story, "final")
			case x.GetEagerEnd():
				story = append(story, "eager")
			}
		}
		if want := []string{"eager", "eager", "final"}; !slices.Equal(story, want) {
			t.Errorf("told %q, want %q", story, want)
		}
	})
}

func TestAudioThatDoesNotFollowIsRefused(t *testing.T) {
	piece := make([]byte, 320)
	for _, x := range []struct {
		name    string
		a       *asrv1.Audio
		refused bool
	}{
		{"what follows", &asrv1.Audio{Data: piece, OffsetSamples: 160}, false},
		{"a gap that is told", &asrv1.Audio{Data: piece, OffsetSamples: 800, Discontinuity: true}, false},
		{"a gap that is not", &asrv1.Audio{Data: piece, OffsetSamples: 800}, true},
		{"what was there before", &asrv1.Audio{Data: piece, Discontinuity: true}, true},
		{"half a sample", &asrv1.Audio{Data: piece[:5], OffsetSamples: 160}, true},
	} {
		s := &stream{ear: ear{rate: 8000, encoding: speechv1.Encoding_ENCODING_LINEAR16}, rpc: &desk{}}
		if err := s.audio(&asrv1.Audio{Data: piece}); err != nil {
			t.Fatal(err)
		}
		if err := s.audio(x.a); (status.Code(err) == codes.InvalidArgument) != x.refused {
			t.Errorf("%s: %v", x.name, err)
		}
	}
}

func TestALanguageThatIsNotClaimedIsRefused(t *testing.T) {
	for _, x := range []struct {
		likely []string
		want   string
		ok     bool
	}{{nil, "en", true}, {[]string{"de", "fr-CA"}, "fr", true}, {[]string{"de"}, "en", false}} {
		if got, ok := language(x.likely); got != x.want || ok != x.ok {
			t.Errorf("of %q: %q, %v", x.likely, got, ok)
		}
	}
}

// desk keeps what is sent.
type desk struct {
	asrv1.AsrService_StreamingRecognizeServer

	sent []*asrv1.StreamingRecognizeResponse
}

func (d *desk) Send(m *asrv1.StreamingRecognizeResponse) error {
	d.sent = append(d.sent, m)
	return nil
}
