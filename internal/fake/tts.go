package fake

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/media/g711"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

type (
	ttsRequest  = ttsv1.StreamingSynthesizeRequest
	ttsResponse = ttsv1.StreamingSynthesizeResponse
)

const (
	letter   = 50 * time.Millisecond // of audio for a character
	pieceFor = 100 * time.Millisecond
	toneHz   = 440.0
	toneLoud = 8000.0
	maxText  = 16 << 10
)

// NewTTS gives a synthesizer that speaks in tones: 50 ms for each character.
func NewTTS(faults ...Fault) *Engine {
	return &Engine{Service: TTS, TTS: &tones{}, Faults: faults}
}

// tones is the synthesizer.
type tones struct {
	ttsv1.UnimplementedTtsServiceServer
}

// GetCapabilities says what the engine can do.
func (*tones) GetCapabilities(context.Context, *ttsv1.GetCapabilitiesRequest) (*ttsv1.GetCapabilitiesResponse, error) {
	return &ttsv1.GetCapabilitiesResponse{Capabilities: &speechv1.Capabilities{
		ApiVersion: "v1",
		Formats: []*speechv1.AudioFormat{
			{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 8000, Channels: 1},
			{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 16000, Channels: 1},
			{Encoding: speechv1.Encoding_ENCODING_MULAW, SampleRateHz: 8000, Channels: 1},
			{Encoding: speechv1.Encoding_ENCODING_ALAW, SampleRateHz: 8000, Channels: 1},
		},
		Languages: []string{"en", "fr"}, WordTimes: true, Ssml: true, Marks: true, StreamingText: true,
		MaxChunk: maxText, Vendor: "callward", Build: "tones",
	}}, nil
}

var toneVoices = []*ttsv1.Voice{ //nolint:gochecknoglobals // a table
	{Name: "tone-en", LanguageCodes: []string{"en"}, Gender: "neutral", NativeSampleRateHz: 16000},
	{Name: "tone-fr", LanguageCodes: []string{"fr"}, Gender: "neutral", NativeSampleRateHz: 16000},
}

// ListVoices names the voices.
func (*tones) ListVoices(_ context.Context, req *ttsv1.ListVoicesRequest) (*ttsv1.ListVoicesResponse, error) {
	out := &ttsv1.ListVoicesResponse{}
	want, _, _ := strings.Cut(req.GetLanguageCode(), "-")
	for _, v := range toneVoices {
		if want == "" || v.GetLanguageCodes()[0] == want {
			out.Voices = append(out.Voices, v)
		}
	}
	return out, nil
}

func findVoice(name, language string) (string, error) {
	language, _, _ = strings.Cut(language, "-")
	for _, v := range toneVoices {
		if v.GetName() == name || name == "" && (language == "" || v.GetLanguageCodes()[0] == language) {
			return v.GetName(), nil
		}
	}
	if name != "" {
		return "", status.Error(codes.InvalidArgument, "there is no such voice")
	}
	return "", status.Error(codes.FailedPrecondition, "there is no voice for the language")
}

// A toneStream is one stream: a goroutine receives, and the handler speaks the
// contexts in the order they came.
type toneStream struct {
	rpc    ttsv1.TtsService_StreamingSynthesizeServer
	config *ttsv1.Config
	rate   int64

	mu       lock // around all below, and around sending
	contexts []*toneContext
	ended    map[string]int64 // samples of the contexts that are over
	err      error            // why receiving ended; io.EOF: the half-close
	wake     chan struct{}
}

// A lock is a mutex that may be held while a fault sleeps: who waits for it waits on a
// channel, which does not hold up the virtual time of tests.
type lock chan struct{}

func (l lock) Lock()   { l <- struct{}{} }
func (l lock) Unlock() { <-l }

// A toneContext is a text that is spoken.
type toneContext struct {
	id      string
	began   time.Time
	letters int // given so far
	sent    int64
	seq     int32
	last    bool
}

// StreamingSynthesize serves one stream.
func (*tones) StreamingSynthesize(rpc ttsv1.TtsService_StreamingSynthesizeServer) error {
	first, err := rpc.Recv()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	c := first.GetConfig()
	f := c.GetFormat()
	if enc := f.GetEncoding(); enc < speechv1.Encoding_ENCODING_LINEAR16 || enc > speechv1.Encoding_ENCODING_ALAW || f.GetSampleRateHz() < 8000 {
		return status.Error(codes.InvalidArgument, "no config first, or a format that is not made")
	}
	voice, err := findVoice(c.GetVoice(), c.GetSession().GetLanguageCode())
	if err != nil {
		return err
	}
	st := &toneStream{mu: make(lock, 1), rpc: rpc, config: c, rate: int64(f.GetSampleRateHz()), ended: map[string]int64{}, wake: make(chan struct{}, 1)}
	if err := rpc.Send(&ttsResponse{Response: &ttsv1.StreamingSynthesizeResponse_Ready{Ready: &ttsv1.Ready{Format: f, Voice: voice}}}); err != nil {
		return err
	}
	go st.receive()
	return st.speak(rpc.Context())
}

// receive ends with the stream.
func (st *toneStream) receive() {
	for {
		req, err := st.rpc.Recv()
		st.mu.Lock()
		if err == nil {
			err = st.take(req)
		}
		st.err = err
		st.mu.Unlock()
		select {
		case st.wake <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (st *toneStream) take(req *ttsRequest) error {
	switch r := req.GetRequest().(type) {
	case *ttsv1.StreamingSynthesizeRequest_Input:
		return st.input(r.Input)
	case *ttsv1.StreamingSynthesizeRequest_Cancel:
		return st.cancel(r.Cancel.GetContextId())
	case *ttsv1.StreamingSynthesizeRequest_Flush:
		return nil // what has been given is spoken at once anyhow
	case *ttsv1.StreamingSynthesizeRequest_Update:
		_, err := findVoice(r.Update.GetVoice(), "")
		return err
	}
	return status.Error(codes.InvalidArgument, "a second config, or no request")
}

func (st *toneStream) find(id string) *toneContext {
	for _, c := range st.contexts {
		if c.id == id {
			return c
		}
	}
	return nil
}

func (st *toneStream) input(in *ttsv1.Input) error {
	id := in.GetContextId()
	if id == "" || len(in.GetText())+len(in.GetSsml()) > maxText {
		return status.Error(codes.InvalidArgument, "no context_id, or too much text")
	}
	if _, over := st.ended[id]; over {
		return nil
	}
	c := st.find(id)
	if c == nil {
		c = &toneContext{id: id, began: time.Now()}
		st.contexts = append(st.contexts, c)
	}
	text, marks := in.GetText(), []mark(nil)
	if in.GetSsml() != "" {
		var err error
		if text, marks, err = readSSML(in.GetSsml()); err != nil {
			return st.spoilt(c)
		}
	}
	if err := st.tell(c, text, marks); err != nil {
		return err
	}
	c.letters += utf8.RuneCountInString(text)
	c.last = c.last || in.GetLast()
	return nil
}

// tell sends where the words and marks of a piece of text lie.
func (st *toneStream) tell(c *toneContext, text string, marks []mark) error {
	at := func(letters int) int64 {
		return int64(c.letters+letters) * st.rate * int64(letter) / int64(time.Second)
	}
	for _, m := range marks {
		if err := st.rpc.Send(&ttsResponse{Response: &ttsv1.StreamingSynthesizeResponse_Mark{
			Mark: &ttsv1.Mark{ContextId: c.id, Name: m.name, OffsetSamples: at(m.letters)},
		}}); err != nil {
			return err
		}
	}
	if !st.config.GetWordTimes() {
		return nil
	}
	out := &ttsv1.Words{ContextId: c.id}
	from := 0
	for _, w := range strings.SplitAfter(text, " ") {
		n, word := utf8.RuneCountInString(w), strings.TrimSpace(w)
		end := from + utf8.RuneCountInString(word)
		if word != "" {
			out.Words = append(out.Words, &ttsv1.WordTime{
				Text: word, CharStart: int32(c.letters + from), CharEnd: int32(c.letters + end), StartSamples: at(from), EndSamples: at(end),
			})
		}
		from += n
	}
	if len(out.GetWords()) == 0 {
		return nil
	}
	return st.rpc.Send(&ttsResponse{Response: &ttsv1.StreamingSynthesizeResponse_Words{Words: out}})
}

// spoilt ends a context whose SSML cannot be read.
func (st *toneStream) spoilt(c *toneContext) error {
	if err := st.rpc.Send(&ttsResponse{Response: &ttsv1.StreamingSynthesizeResponse_Status{
		Status: &speechv1.Status{Code: int32(codes.InvalidArgument), Message: "the SSML cannot be read", Recoverable: true},
	}}); err != nil {
		return err
	}
	return st.done(c, ttsv1.Done_CAUSE_ERROR)
}

func (st *toneStream) done(c *toneContext, cause ttsv1.Done_Cause) error {
	st.forget(c)
	return st.rpc.Send(&ttsResponse{Response: &ttsv1.StreamingSynthesizeResponse_Done{
		Done: &ttsv1.Done{ContextId: c.id, TotalSamples: c.sent, Cause: cause},
	}})
}

func (st *toneStream) forget(c *toneContext) {
	st.ended[c.id] = c.sent
	for i, x := range st.contexts {
		if x == c {
			st.contexts = append(st.contexts[:i], st.contexts[i+1:]...)
			return
		}
	}
}

func (st *toneStream) cancel(id string) error {
	if c := st.find(id); c != nil {
		st.forget(c)
	}
	at := st.ended[id]
	st.ended[id] = at
	return st.rpc.Send(&ttsResponse{Response: &ttsv1.StreamingSynthesizeResponse_Canceled{
		Canceled: &ttsv1.Canceled{ContextId: id, LastOffsetSamples: at},
	}})
}

// speak sends audio until all is spoken and the client has no more.
func (st *toneStream) speak(ctx context.Context) error {
	for {
		wait, over, err := st.step()
		if err != nil || over {
			return err
		}
		timer := time.NewTimer(max(wait, 0))
		select {
		case <-timer.C:
		case <-st.wake:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return status.FromContextError(ctx.Err()).Err()
		}
	}
}

// step sends at most a piece and says how long there is nothing more to do.
func (st *toneStream) step() (wait time.Duration, over bool, err error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.err != nil && !errors.Is(st.err, io.EOF) {
		return 0, false, st.err
	}
	if len(st.contexts) == 0 {
		return time.Hour, st.err != nil, nil
	}
	c := st.contexts[0]
	total := int64(c.letters) * st.rate * int64(letter) / int64(time.Second)
	switch n := min(total-c.sent, st.rate*int64(pieceFor)/int64(time.Second)); {
	case n > 0:
		if ahead := st.ahead(c); ahead > 0 {
			return ahead, false, nil
		}
		return 0, false, st.sound(c, n)
	case c.last || st.err != nil:
		return 0, false, st.done(c, ttsv1.Done_CAUSE_COMPLETE)
	}
	return time.Hour, false, nil
}

// ahead says how long to wait so that the next piece is not too early.
func (st *toneStream) ahead(c *toneContext) time.Duration {
	lead := st.config.GetMaxLead().AsDuration()
	if lead == 0 {
		return 0
	}
	if c.sent == 0 {
		c.began = time.Now()
	}
	sent := time.Duration(c.sent) * time.Second / time.Duration(st.rate)
	return sent + pieceFor - lead - time.Since(c.began)
}

func (st *toneStream) sound(c *toneContext, n int64) error {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = int16(toneLoud * math.Sin(2*math.Pi*toneHz*float64(c.sent+int64(i))/float64(st.rate)))
	}
	a := &ttsv1.Audio{ContextId: c.id, Seq: c.seq, OffsetSamples: c.sent, Data: packed(st.config.GetFormat().GetEncoding(), pcm)}
	c.sent, c.seq = c.sent+n, c.seq+1
	return st.rpc.Send(&ttsResponse{Response: &ttsv1.StreamingSynthesizeResponse_Audio{Audio: a}})
}

func packed(enc speechv1.Encoding, pcm []int16) []byte {
	law := g711.PCMU
	switch enc {
	case speechv1.Encoding_ENCODING_MULAW:
	case speechv1.Encoding_ENCODING_ALAW:
		law = g711.PCMA
	default:
		data := make([]byte, 0, 2*len(pcm))
		for _, v := range pcm {
			data = append(data, byte(v), byte(uint16(v)>>8))
		}
		return data
	}
	data := make([]byte, len(pcm))
	law.Encode(data, pcm)
	return data
}

// A mark is one of an SSML text.
type mark struct {
	name    string
	letters int // before it
}

// readSSML gives the text of an SSML document and its marks.
func readSSML(s string) (text string, marks []mark, err error) {
	d := xml.NewDecoder(strings.NewReader(s))
	var b strings.Builder
	depth := 0
	for {
		switch t, err := d.Token(); x := t.(type) {
		case nil:
			if errors.Is(err, io.EOF) && depth == 0 {
				return b.String(), marks, nil
			}
			return "", nil, errors.New("the SSML cannot be read")
		case xml.StartElement:
			if depth == 0 && x.Name.Local != "speak" {
				return "", nil, errors.New("the SSML has no speak")
			}
			depth++
			if x.Name.Local == "mark" && len(x.Attr) > 0 {
				marks = append(marks, mark{x.Attr[0].Value, utf8.RuneCountInString(b.String())})
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth > 0 {
				b.Write(x)
			}
		}
	}
}
