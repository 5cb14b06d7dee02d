package fake

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

const (
	slowName = "slow" // which serve.go looks for: it is a property of the wire
	slowBy   = 3 * time.Second
	// goneAfter is how long streams may last after GOAWAY when an engine is told to end.
	goneAfter = 2 * time.Second
	forEver   = 24 * time.Hour
)

// commonFaults are those of any engine.
func commonFaults(s Service) []Kind {
	id := func(check string) string { return string(s) + "." + check }
	first := map[Service]string{ASR: "asr.latency", TTS: "tts.latency"}[s]
	stalled := map[Service]string{ASR: "asr.progress", TTS: "tts.done"}[s]
	all := []Kind{
		{Name: "stall", Means: "stops reading and answering after --after of audio, for ever or for=TIME", Breaks: stalled, stream: stall},
		{Name: slowName, Means: "answers everything 3 s late, or for=TIME", Breaks: first},
		{Name: "kill", Means: "ends the stream after after=TIME of audio, with code=CODE", Breaks: id("half_close"), stream: kill},
		{Name: "goaway", Means: "has connections end after after=TIME by GOAWAY, and cuts them for=TIME later; with --calm only when told to end", server: goaway},
		{Name: "reset", Means: "resets connections after after=TIME", server: func(p *plant, _ Fault) { p.cut = reset }},
		{Name: "wrong-bytes", Means: "writes into connections after after=TIME what no HTTP/2 is", server: func(p *plant, _ Fault) { p.cut = babble }},
		{Name: "never-ready", Means: "never says ready", Breaks: id("ready.first"), stream: neverReady},
		{Name: "ready-late", Means: "says something else before ready", Breaks: id("ready.first"), stream: usageFirst},
		{Name: "no-end", Means: "does not answer the half-close", Breaks: id("half_close"), stream: noEnd},
		{Name: "endless", Means: "does not honour deadlines", Breaks: id("deadline"), server: func(p *plant, _ Fault) { p.endless = true }},
		{Name: "refuse", Means: "ends each stream at once, with code=CODE", Breaks: id("languages"), stream: refuse},
		{Name: "unhealthy", Means: "health says NOT_SERVING", Breaks: id("health.check"), server: func(p *plant, _ Fault) { p.unhealthy = true }},
		{Name: "no-watch", Means: "health has no Watch", Breaks: id("health.watch"), server: func(p *plant, _ Fault) { p.noWatch = true }},
		{Name: "no-reflection", Means: "there is no reflection", Breaks: id("reflection"), server: func(p *plant, _ Fault) { p.noReflection = true }},
		{Name: "wrong-version", Means: "claims another version of the contract", Breaks: id("capabilities"), caps: func(c *speechv1.Capabilities) { c.ApiVersion = "v9" }},
		{Name: "false-format", Means: "claims a format that it refuses", Breaks: id("formats"), caps: falseFormat, stream: refuseFormat},
		{Name: "false-language", Means: "claims a language that it refuses", Breaks: id("languages"), caps: falseLanguage, stream: refuseLanguage},
		{Name: "any-language", Means: "takes languages that it does not claim", Breaks: id("languages.unknown"), stream: anyLanguage},
		{Name: "any-format", Means: "takes formats that it does not claim", Breaks: id("format.unknown"), stream: anyFormat},
		{Name: "second-config", Means: "takes a second config", Breaks: id("config.once"), stream: secondConfig},
		{Name: "config-later", Means: "takes other messages before the config", Breaks: id("config.first"), stream: configLater},
		{Name: "strict", Means: "refuses fields that it does not know", Breaks: id("config.unknown_fields"), stream: strict},
	}
	for i := range all {
		all[i].Service = s
	}
	return all
}

// each makes a stream hook that has no state beyond a stream.
func each(f func(*wire, Fault) hooks) func(Fault) func(*wire) hooks {
	return func(fault Fault) func(*wire) hooks {
		return func(w *wire) hooks { return f(w, fault) }
	}
}

// stall holds up the first message after its time, and with it all others: the
// engine reads and answers in turn.
func stall(f Fault) func(*wire) hooks {
	return func(w *wire) hooks {
		var once sync.Once
		wait := func(now time.Duration) (err error) {
			if now >= f.After {
				once.Do(func() { err = sleep(w.Context(), f.lasts(forEver)) })
			}
			return err
		}
		return hooks{
			recv: func(m proto.Message) (bool, error) {
				if _, listens := m.(*asrv1.StreamingRecognizeRequest); listens && !isConfig(m) {
					return true, wait(w.heard.long())
				}
				return true, nil
			},
			send: func(m proto.Message) ([]proto.Message, error) {
				if a, speaks := m.(*ttsv1.StreamingSynthesizeResponse); speaks && a.GetReady() == nil {
					return []proto.Message{m}, wait(w.made.long())
				}
				return []proto.Message{m}, nil
			},
		}
	}
}

// kill ends the stream.
func kill(f Fault) func(*wire) hooks {
	return func(w *wire) hooks {
		end := func(now time.Duration) error {
			if now >= f.After {
				return status.Error(f.code(), "told to end")
			}
			return nil
		}
		return hooks{
			recv: func(m proto.Message) (bool, error) {
				if _, listens := m.(*asrv1.StreamingRecognizeRequest); listens && !isConfig(m) {
					return true, end(w.heard.long())
				}
				return true, nil
			},
			send: func(m proto.Message) ([]proto.Message, error) {
				if a, speaks := m.(*ttsv1.StreamingSynthesizeResponse); speaks && a.GetReady() == nil {
					return []proto.Message{m}, end(w.made.long())
				}
				return []proto.Message{m}, nil
			},
		}
	}
}

// goaway ends connections as a rolling restart does.
func goaway(p *plant, f Fault) {
	p.grace = f.lasts(goneAfter)
	if p.calm {
		return
	}
	p.options = append(p.options, grpc.KeepaliveParams(keepalive.ServerParameters{
		MaxConnectionAge: max(f.After, time.Millisecond), MaxConnectionAgeGrace: f.lasts(forEver),
	}))
}

func neverReady(Fault) func(*wire) hooks {
	return func(*wire) hooks {
		return hooks{send: func(m proto.Message) ([]proto.Message, error) {
			if isReady(m) {
				return nil, nil
			}
			return []proto.Message{m}, nil
		}}
	}
}

func usageFirst(Fault) func(*wire) hooks {
	return func(*wire) hooks {
		return hooks{send: func(m proto.Message) ([]proto.Message, error) {
			if isReady(m) {
				return []proto.Message{usageLike(m), m}, nil
			}
			return []proto.Message{m}, nil
		}}
	}
}

func usageLike(m proto.Message) proto.Message {
	if _, listens := m.(*asrv1.StreamingRecognizeResponse); listens {
		return &asrv1.StreamingRecognizeResponse{Response: &asrv1.StreamingRecognizeResponse_Usage{Usage: &speechv1.Usage{}}}
	}
	return &ttsv1.StreamingSynthesizeResponse{Response: &ttsv1.StreamingSynthesizeResponse_Usage{Usage: &speechv1.Usage{}}}
}

func isReady(m proto.Message) bool {
	switch r := m.(type) {
	case *asrv1.StreamingRecognizeResponse:
		return r.GetReady() != nil
	case *ttsv1.StreamingSynthesizeResponse:
		return r.GetReady() != nil
	}
	return false
}

func isConfig(m proto.Message) bool {
	switch r := m.(type) {
	case *asrv1.StreamingRecognizeRequest:
		return r.GetConfig() != nil
	case *ttsv1.StreamingSynthesizeRequest:
		return r.GetConfig() != nil
	}
	return false
}

func noEnd(Fault) func(*wire) hooks {
	return func(w *wire) hooks {
		return hooks{half: func() error { return sleep(w.Context(), forEver) }}
	}
}

func refuse(f Fault) func(*wire) hooks {
	return func(*wire) hooks {
		return hooks{open: func() error { return status.Error(f.code(), "told to refuse") }}
	}
}

func falseFormat(c *speechv1.Capabilities) {
	c.Formats = append(c.Formats, &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 44100, Channels: 1})
}

func refuseFormat(Fault) func(*wire) hooks {
	return func(*wire) hooks {
		return hooks{recv: func(m proto.Message) (bool, error) {
			if isConfig(m) && (*formatOf(m)).GetSampleRateHz() == 44100 {
				return false, status.Error(codes.InvalidArgument, "this format is not taken")
			}
			return true, nil
		}}
	}
}

func falseLanguage(c *speechv1.Capabilities) { c.Languages = append(c.Languages, "tlh") }

func refuseLanguage(Fault) func(*wire) hooks {
	return func(*wire) hooks {
		return hooks{recv: func(m proto.Message) (bool, error) {
			code := ""
			switch r := m.(type) {
			case *asrv1.StreamingRecognizeRequest:
				for _, code = range r.GetConfig().GetLanguageCodes() {
					break
				}
			case *ttsv1.StreamingSynthesizeRequest:
				code = r.GetConfig().GetSession().GetLanguageCode()
			}
			if code == "tlh" {
				return false, status.Error(codes.FailedPrecondition, "there is no model")
			}
			return true, nil
		}}
	}
}

// anyLanguage has the engine take everything for English.
func anyLanguage(Fault) func(*wire) hooks {
	return func(*wire) hooks {
		return hooks{recv: func(m proto.Message) (bool, error) {
			switch r := m.(type) {
			case *asrv1.StreamingRecognizeRequest:
				if c := r.GetConfig(); slices.Contains(c.GetLanguageCodes(), "tlh") {
					c.LanguageCodes = []string{"en"}
				}
			case *ttsv1.StreamingSynthesizeRequest:
				if s := r.GetConfig().GetSession(); s.GetLanguageCode() == "tlh" {
					s.LanguageCode = "en"
				}
			}
			return true, nil
		}}
	}
}

// formatOf gives that of a config, to be changed.
func formatOf(m proto.Message) **speechv1.AudioFormat {
	switch r := m.(type) {
	case *asrv1.StreamingRecognizeRequest:
		return &r.GetConfig().Format
	case *ttsv1.StreamingSynthesizeRequest:
		return &r.GetConfig().Format
	}
	return nil
}

func anyFormat(Fault) func(*wire) hooks {
	return func(w *wire) hooks {
		return hooks{recv: func(m proto.Message) (bool, error) {
			if !isConfig(m) {
				return true, nil
			}
			if f := formatOf(m); (*f).GetEncoding() == 0 || (*f).GetEncoding() > 4 || (*f).GetSampleRateHz() < 8000 {
				*f = &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_LINEAR16, SampleRateHz: 8000, Channels: 1}
				w.format = *f
			}
			return true, nil
		}}
	}
}

func secondConfig(Fault) func(*wire) hooks {
	return func(*wire) hooks {
		had := false
		return hooks{recv: func(m proto.Message) (bool, error) {
			keep := !isConfig(m) || !had
			had = had || isConfig(m)
			return keep, nil
		}}
	}
}

func configLater(Fault) func(*wire) hooks {
	return func(*wire) hooks {
		had := false
		return hooks{recv: func(m proto.Message) (bool, error) {
			had = had || isConfig(m)
			return had, nil
		}}
	}
}

func strict(Fault) func(*wire) hooks {
	return func(*wire) hooks {
		return hooks{recv: func(m proto.Message) (bool, error) {
			var unknown int
			switch r := m.(type) {
			case *asrv1.StreamingRecognizeRequest:
				unknown = len(r.GetConfig().ProtoReflect().GetUnknown())
			case *ttsv1.StreamingSynthesizeRequest:
				unknown = len(r.GetConfig().ProtoReflect().GetUnknown())
			}
			if unknown > 0 {
				return false, status.Error(codes.InvalidArgument, "a field that is not known")
			}
			return true, nil
		}}
	}
}

// limit refuses streams by their number.
func limit(refused func(open, ever int64) bool) func(Fault) func(*wire) hooks {
	return func(Fault) func(*wire) hooks {
		var open, ever atomic.Int64
		return func(*wire) hooks {
			return hooks{
				open: func() error {
					if refused(open.Add(1), ever.Add(1)) {
						return status.Error(codes.ResourceExhausted, "no more streams")
					}
					return nil
				},
				over: func() { open.Add(-1) },
			}
		}
	}
}
