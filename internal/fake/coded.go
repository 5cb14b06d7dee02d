package fake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/resample"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// A Coded is a recognizer that understands coded audio (mediatest.Coded) and
// accounts for each frame of it.
type Coded struct {
	asrv1.UnimplementedAsrServiceServer

	// FinalEvery is the audio of an utterance; 0 means 2 s. Its final says how
	// many frames it had.
	FinalEvery time.Duration
	// Ledger is written to as frames come in, each line by one Write; nil: nowhere.
	Ledger io.Writer

	mu   sync.Mutex
	open map[*codedStream]struct{}
}

// An Entry is a line of the ledger, as JSON.
type Entry struct {
	At      time.Time `json:"at"`
	Call    string    `json:"call"`
	Session string    `json:"session"`
	Frames  [][2]int  `json:"frames,omitempty"` // ranges that came in since the line before, both ends included
	Samples int64     `json:"samples"`          // of audio received so far
	Final   int       `json:"final,omitempty"`  // frames of the utterance that has just had its final
	End     string    `json:"end,omitempty"`    // how the stream ended
	Total   [][2]int  `json:"total,omitempty"`  // with End, and in a summary: all ranges
}

// NewCoded gives an engine of it.
func NewCoded(c *Coded, faults ...Fault) *Engine {
	return &Engine{Service: ASR, ASR: c, Faults: faults}
}

// GetCapabilities says what the engine can do.
func (*Coded) GetCapabilities(context.Context, *asrv1.GetCapabilitiesRequest) (*asrv1.GetCapabilitiesResponse, error) {
	return &asrv1.GetCapabilitiesResponse{Capabilities: &speechv1.Capabilities{
		ApiVersion: "v1",
		Formats: []*speechv1.AudioFormat{
			{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 8000, Channels: 1},
			{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 16000, Channels: 1},
			{Encoding: speechv1.Encoding_ENCODING_MULAW, SampleRateHz: 8000, Channels: 1},
			{Encoding: speechv1.Encoding_ENCODING_ALAW, SampleRateHz: 8000, Channels: 1},
		},
		Languages: []string{"en", "fr"}, Interim: true, ForceEndpoint: true, LiveUpdate: true, Progress: true,
		HintsMax: 1000, MaxChunk: 64 << 10, Vendor: "callward", Build: "coded",
	}}, nil
}

// A codedStream is one stream. Its handler owns it, but for total and samples.
type codedStream struct {
	server  *Coded
	rpc     asrv1.AsrService_StreamingRecognizeServer
	config  *asrv1.Config
	decoder mediatest.CodedDecoder
	down    resample.Down

	count    int   // utterances
	start    int64 // sample at which the utterance began
	frames   int   // of the utterance
	revision int32
	told     int64 // sample of the last progress

	mu      sync.Mutex
	samples int64
	total   []mediatest.Range
}

// StreamingRecognize serves one stream.
func (c *Coded) StreamingRecognize(rpc asrv1.AsrService_StreamingRecognizeServer) error {
	first, err := rpc.Recv()
	if err != nil {
		return err
	}
	st := &codedStream{server: c, rpc: rpc, config: first.GetConfig()}
	f := st.config.GetFormat()
	if known := f.GetEncoding() > 0 && f.GetEncoding() <= speechv1.Encoding_ENCODING_ALAW; !known ||
		(f.GetSampleRateHz() != 8000 && f.GetSampleRateHz() != 16000) {
		return status.Error(codes.InvalidArgument, "no config first, or a format that is not taken")
	}
	c.enter(st)
	defer c.leave(st)
	err = st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Ready{Ready: &asrv1.Ready{Format: f}}})
	for err == nil {
		err = st.next()
	}
	if errors.Is(err, io.EOF) {
		err = st.final(asrv1.SpeechEnded_REASON_FORCED)
	}
	st.write(Entry{End: status.Code(err).String(), Total: st.all()})
	return err
}

func (c *Coded) enter(st *codedStream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[*codedStream]struct{}{}
	}
	c.open[st] = struct{}{}
}

func (c *Coded) leave(st *codedStream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, st)
}

// Sum writes a line for each open stream with all that it has received.
func (c *Coded) Sum() {
	c.mu.Lock()
	open := make([]*codedStream, 0, len(c.open))
	for st := range c.open {
		open = append(open, st)
	}
	c.mu.Unlock()
	for _, st := range open {
		st.write(Entry{Total: st.all()})
	}
}

// next takes one message.
func (st *codedStream) next() error {
	req, err := st.rpc.Recv()
	if err != nil {
		return err
	}
	switch r := req.GetRequest().(type) {
	case *asrv1.StreamingRecognizeRequest_Audio:
		return st.audio(r.Audio.GetData())
	case *asrv1.StreamingRecognizeRequest_Control:
		if r.Control.GetAction() == asrv1.Control_ACTION_UNSPECIFIED {
			return status.Error(codes.InvalidArgument, "a control without action")
		}
		return st.final(asrv1.SpeechEnded_REASON_FORCED)
	case *asrv1.StreamingRecognizeRequest_Config:
		return status.Error(codes.InvalidArgument, "a second config")
	}
	return nil
}

// audio takes a piece: what it held is in the ledger before it is answered for.
func (st *codedStream) audio(data []byte) error {
	pcm := linear(st.config.GetFormat().GetEncoding(), data)
	st.mu.Lock()
	st.samples += int64(len(pcm))
	now := st.samples
	st.mu.Unlock()
	if st.config.GetFormat().GetSampleRateHz() == 16000 {
		pcm = st.down.Resample(nil, pcm)
	}
	var fresh []mediatest.Range
	for _, n := range st.decoder.Write(pcm) {
		fresh = mediatest.AddTo(fresh, n)
		st.mu.Lock()
		st.total = mediatest.AddTo(st.total, n)
		st.mu.Unlock()
		st.frames++
	}
	if len(fresh) > 0 {
		st.write(Entry{Frames: pairs(fresh)})
	}
	return st.answer(now)
}

// answer sends what is due by now.
func (st *codedStream) answer(now int64) error {
	rate := int64(st.config.GetFormat().GetSampleRateHz())
	if st.frames > 0 && st.revision == 0 {
		if err := st.begin(now); err != nil {
			return err
		}
	}
	if st.frames >= int(st.every()*50/time.Second) {
		if err := st.final(asrv1.SpeechEnded_REASON_MAX_LENGTH); err != nil {
			return err
		}
	}
	if now-st.told < rate/5 {
		return nil
	}
	st.told = now
	return st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Progress{
		Progress: &asrv1.Progress{OffsetSamples: now},
	}})
}

func (st *codedStream) every() time.Duration {
	if st.server.FinalEvery == 0 {
		return 2 * time.Second
	}
	return st.server.FinalEvery
}

func (st *codedStream) id() string { return "u" + strconv.Itoa(st.count) }

func (st *codedStream) begin(now int64) error {
	st.count++
	err := st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_SpeechStarted{
		SpeechStarted: &asrv1.SpeechStarted{UtteranceId: st.id(), OffsetSamples: st.start},
	}})
	if err != nil {
		return err
	}
	return st.transcript(now, false)
}

// final ends the utterance, if there is one.
func (st *codedStream) final(why asrv1.SpeechEnded_Reason) error {
	if st.revision == 0 {
		return nil
	}
	st.mu.Lock()
	now := st.samples
	st.mu.Unlock()
	err := st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_SpeechEnded{
		SpeechEnded: &asrv1.SpeechEnded{UtteranceId: st.id(), OffsetSamples: now, Reason: why},
	}})
	if err == nil {
		err = st.transcript(now, true)
	}
	st.write(Entry{Final: st.frames})
	st.start, st.frames, st.revision = now, 0, 0
	return err
}

func (st *codedStream) transcript(now int64, final bool) error {
	st.revision++
	return st.send(&asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Transcript{
		Transcript: &asrv1.Transcript{
			UtteranceId: st.id(), Revision: st.revision, IsFinal: final, StartSamples: st.start, EndSamples: now,
			Alternatives: []*asrv1.Alternative{{Text: fmt.Sprintf("%d frames", st.frames), Confidence: 1}},
		},
	}})
}

func (st *codedStream) send(m *asrv1.StreamingRecognizeResponse) error { return st.rpc.Send(m) }

func (st *codedStream) all() [][2]int {
	st.mu.Lock()
	defer st.mu.Unlock()
	return pairs(st.total)
}

// write adds a line to the ledger. A ledger that cannot be written is of no use
// to a test, which then misses the line.
func (st *codedStream) write(e Entry) {
	if st.server.Ledger == nil {
		return
	}
	e.At, e.Call, e.Session = time.Now(), st.config.GetSession().GetCallId(), st.config.GetSession().GetSessionId()
	st.mu.Lock()
	e.Samples = st.samples
	st.mu.Unlock()
	line, err := json.Marshal(e)
	if err != nil {
		return
	}
	st.server.mu.Lock()
	defer st.server.mu.Unlock()
	_, _ = st.server.Ledger.Write(append(line, '\n'))
}

func pairs(ranges []mediatest.Range) [][2]int {
	var out [][2]int
	for _, r := range ranges {
		out = append(out, [2]int{r.First, r.Last})
	}
	return out
}

// linear gives the samples of a message.
func linear(enc speechv1.Encoding, data []byte) []int16 {
	law := g711.PCMU
	switch enc {
	case speechv1.Encoding_ENCODING_MULAW:
	case speechv1.Encoding_ENCODING_ALAW:
		law = g711.PCMA
	default:
		pcm := make([]int16, len(data)/2)
		for i := range pcm {
			pcm[i] = int16(uint16(data[2*i]) | uint16(data[2*i+1])<<8)
		}
		return pcm
	}
	pcm := make([]int16, len(data))
	law.Decode(pcm, data)
	return pcm
}
