package fake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/internal/fake"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// told sends mu-law audio to a coded engine in pieces and gives what it answers,
// and its ledger.
func told(t *testing.T, pcm []int16, faults ...fake.Fault) (got []*asrv1.StreamingRecognizeResponse, ledger []fake.Entry) {
	t.Helper()
	var book bytes.Buffer
	l := bufconn.Listen(1 << 16)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- fake.NewCoded(&fake.Coded{Ledger: &book}, faults...).Serve(ctx, l) }()
	conn, err := grpc.NewClient("passthrough:coded", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	s, err := asrv1.NewAsrServiceClient(conn).StreamingRecognize(ctx)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Config{Config: &asrv1.Config{
		Session: &speechv1.Session{CallId: "c", SessionId: "s"},
		Format:  &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_MULAW, SampleRateHz: 8000},
	}}})
	for at := 0; at < len(pcm); at += 160 {
		data := make([]byte, min(160, len(pcm)-at))
		g711.PCMU.Encode(data, pcm[at:at+len(data)])
		_ = s.Send(&asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Audio{
			Audio: &asrv1.Audio{Data: data, OffsetSamples: int64(at)},
		}})
	}
	_ = s.CloseSend()
	for {
		m, err := s.Recv()
		if err != nil {
			if !errors.Is(err, io.EOF) && len(faults) == 0 {
				t.Errorf("ended with %v", err)
			}
			break
		}
		got = append(got, m)
	}
	_ = conn.Close()
	cancel()
	<-served
	synctest.Wait()
	for line := range bytes.Lines(book.Bytes()) {
		var e fake.Entry
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		ledger = append(ledger, e)
	}
	return got, ledger
}

func TestEveryFrameIsInTheLedgerAndInOneFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pcm := append(make([]int16, 77), mediatest.CodedAudio(1000, 250)...)
		got, ledger := told(t, append(pcm, make([]int16, 1600)...))
		finals, inFinals, inLines := 0, 0, 0
		for _, m := range got {
			if m.GetTranscript().GetIsFinal() {
				finals++
			}
		}
		for _, e := range ledger {
			inFinals += e.Final
			for _, r := range e.Frames {
				inLines += r[1] - r[0] + 1
			}
		}
		last := ledger[len(ledger)-1]
		if finals != 3 || inFinals != 250 || inLines != 250 || last.End != "OK" || last.Call != "c" ||
			len(last.Total) != 1 || last.Total[0] != [2]int{1000, 1249} {
			t.Errorf("%d finals of %d frames, %d in the lines, the last is %+v", finals, inFinals, inLines, last)
		}
	})
}

func TestACodedEngineTellsWhatItGotBeforeAFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, err := fake.ParseFault(fake.ASR, "kill:after=1s")
		if err != nil {
			t.Fatal(err)
		}
		_, ledger := told(t, mediatest.CodedAudio(0, 100), f)
		last := ledger[len(ledger)-1]
		if last.End != "Unavailable" || len(last.Total) != 1 || last.Total[0][1] < 45 || last.Total[0][1] > 50 {
			t.Errorf("the last line is %+v", last)
		}
	})
}
