package asr

import (
	"cmp"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// Expect tells what kind of answer the caller was asked for.
type Expect int

// The kinds of answers. The zero value, Free, expects an open answer.
const (
	Free     Expect = iota
	Digits          // ExpectLength of them, or any number if it is 0
	Card            // a payment card number
	Date            // a date
	YesNo           // yes or no
	Spelling        // letters, one by one
	Menu            // one of the hints of class HintMenu
)

// Classes of hints.
const (
	HintExample = "example" // trains an open answer
	HintMenu    = "menu"    // one of the choices just offered
	HintName    = "name"    // a name that may come up
)

// A Hint is a phrase that the caller may well say.
type Hint struct {
	Phrase string
	Class  string
	Boost  float64 // relative to the other hints; 0 means 1
}

// Endpointing says when an utterance is over; a zero duration leaves the
// choice to the engine.
type Endpointing struct {
	Manual       bool          // only Control(ForceEndpoint) ends an utterance
	Silence      time.Duration // that ends an utterance
	EagerSilence time.Duration // after which a Partial may say EagerEnd
	NoInput      time.Duration // silence from the start of listening that gives NoInput
	MaxUtterance time.Duration
}

// Encoding is how audio travels to the engine.
type Encoding int

// The encodings. Both are raw, without a header.
const (
	Linear16 Encoding = iota // 16-bit samples, little endian
	Mulaw                    // G.711 mu-law: half the bytes
)

// Config opens a Stream. Only Language is required.
type Config struct {
	Tenant       string
	Call         string
	Session      string   // of this stream within the call; empty: Call
	Language     string   // likeliest, as BCP 47
	Others       []string // further languages the caller may speak
	Class        string   // of engines, which a Pool asks before others
	Hints        []Hint   // likeliest first: an engine may take only so many
	Expect       Expect
	ExpectLength int // digits with Digits or Card; 0: not known
	Endpointing  Endpointing

	// SampleRate is what Hear is to be given, if the engine takes it: Stream.SampleRate
	// says what it is; 0 means 8000.
	SampleRate int
	Encoding   Encoding // on the way to the engine

	// Chunk is how much audio wakes the sender; 0 means 60 ms.
	Chunk time.Duration

	// ReadyWithin is how long an engine may take to say ready; 0 means 500 ms where
	// another may take over, 3 s where none can.
	ReadyWithin time.Duration
	// StallAfter is how long beyond 300 ms an engine may hold more than that of audio
	// without getting on with it; 0 means 160 ms where another may take over, 2 s where none can. It is
	// not judged for an engine whose capabilities, once Client.Capabilities was called, say
	// that it reports no progress.
	StallAfter time.Duration
	// MuteAfter is how much speech an engine that reports no progress but sends partials
	// may hear without saying anything, where another may take over; 0 means 1.5 s.
	MuteAfter time.Duration
}

// An Update changes what a stream expects, from the next utterance on. What is
// nil or empty stays as it was.
type Update struct {
	Language     string
	Others       []string
	Hints        []Hint // replaces the hints if not nil
	Expect       *Expect
	ExpectLength int // goes with Expect
	Endpointing  *Endpointing
}

// withDefaults fills in what is not set; standby says that an engine that fails is not
// the end.
func (c Config) withDefaults(standby bool) (Config, error) {
	if c.Language == "" {
		return c, errors.New("asr config: no language")
	}
	ready, stall := 3*time.Second, 2*time.Second
	if standby {
		ready, stall = 500*time.Millisecond, 160*time.Millisecond
	}
	c.SampleRate = cmp.Or(c.SampleRate, narrowband)
	c.Chunk = cmp.Or(c.Chunk, 60*time.Millisecond)
	c.ReadyWithin = cmp.Or(c.ReadyWithin, ready)
	c.StallAfter = cmp.Or(c.StallAfter, stall)
	c.MuteAfter = cmp.Or(c.MuteAfter, 1500*time.Millisecond)
	c.Session = cmp.Or(c.Session, c.Call)
	return c, nil
}

func (c Config) request() *asrv1.StreamingRecognizeRequest {
	enc := speechv1.Encoding_ENCODING_LINEAR16
	if c.Encoding == Mulaw {
		enc = speechv1.Encoding_ENCODING_MULAW
	}
	return &asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Config{Config: &asrv1.Config{
		Session: &speechv1.Session{
			CallId: c.Call, SessionId: c.Session, Tenant: c.Tenant, LanguageCode: c.Language,
		},
		Format:         &speechv1.AudioFormat{Encoding: enc, SampleRateHz: int32(c.SampleRate), Channels: 1},
		LanguageCodes:  languages(c.Language, c.Others),
		InterimResults: true,
		WordTimes:      true,
		VerbatimDigits: true,
		Hints:          hints(c.Hints),
		Expect:         c.Expect.proto(),
		ExpectLength:   int32(c.ExpectLength),
		Endpointing:    c.Endpointing.proto(),
	}}}
}

func (u Update) request() *asrv1.StreamingRecognizeRequest {
	msg := &asrv1.Update{
		LanguageCodes: languages(u.Language, u.Others),
		Hints:         hints(u.Hints),
		ReplaceHints:  u.Hints != nil,
	}
	if u.Expect != nil {
		msg.Expect = u.Expect.proto()
		msg.ExpectLength = int32(u.ExpectLength)
	}
	if u.Endpointing != nil {
		msg.Endpointing = u.Endpointing.proto()
	}
	return &asrv1.StreamingRecognizeRequest{Request: &asrv1.StreamingRecognizeRequest_Update{Update: msg}}
}

func languages(first string, others []string) []string {
	if first == "" {
		return nil
	}
	return append([]string{first}, others...)
}

func hints(in []Hint) []*asrv1.Hint {
	out := make([]*asrv1.Hint, len(in))
	for i, h := range in {
		out[i] = &asrv1.Hint{Phrase: h.Phrase, Class: h.Class, Boost: float32(h.Boost)}
	}
	return out
}

func (e Expect) proto() asrv1.Expect {
	switch e {
	case Digits:
		return asrv1.Expect_EXPECT_DIGITS
	case Card:
		return asrv1.Expect_EXPECT_CARD
	case Date:
		return asrv1.Expect_EXPECT_DATE
	case YesNo:
		return asrv1.Expect_EXPECT_YES_NO
	case Spelling:
		return asrv1.Expect_EXPECT_SPELLING
	case Menu:
		return asrv1.Expect_EXPECT_MENU
	default:
		return asrv1.Expect_EXPECT_FREE
	}
}

func (e Endpointing) proto() *asrv1.Endpointing {
	msg := &asrv1.Endpointing{
		Mode:           asrv1.Endpointing_MODE_SERVER,
		Silence:        duration(e.Silence),
		EagerSilence:   duration(e.EagerSilence),
		NoInputTimeout: duration(e.NoInput),
		MaxUtterance:   duration(e.MaxUtterance),
	}
	if e.Manual {
		msg.Mode = asrv1.Endpointing_MODE_CLIENT
	}
	return msg
}

func duration(d time.Duration) *durationpb.Duration {
	if d == 0 {
		return nil
	}
	return durationpb.New(d)
}
