package contract

import (
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/speechd/audio"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// Recognition is what a recognizer takes.
type Recognition struct {
	Hints     int                           // in a config or an update
	Phrase    int                           // bytes of a hint
	Languages int                           // in a config or an update
	Length    int                           // digits expected
	Serves    func(languages []string) bool // one of them at least
}

// CheckConfig refuses a config that cannot be served, but for its model.
func (r Recognition) CheckConfig(cfg *asrv1.Config) error {
	if field, problem := audio.CheckFormat(cfg.GetFormat()); field != "" {
		return Invalid("config."+field, problem)
	}
	if cfg.GetMaxAlternatives() < 0 {
		return Invalid("config.max_alternatives", "must not be negative")
	}
	if len(cfg.GetLanguageCodes()) == 0 {
		return Invalid("config.language_codes", "missing")
	}
	if err := checkDuration("config.interim_min_interval", cfg.GetInterimMinInterval()); err != nil {
		return err
	}
	return r.check("config", &asrv1.Update{
		LanguageCodes: cfg.GetLanguageCodes(), Hints: cfg.GetHints(), Endpointing: cfg.GetEndpointing(),
		Expect: cfg.GetExpect(), ExpectLength: cfg.GetExpectLength(),
	})
}

// CheckUpdate refuses an update that cannot be served.
func (r Recognition) CheckUpdate(u *asrv1.Update) error { return r.check("update", u) }

// check looks at what a config and an update have in common.
func (r Recognition) check(in string, u *asrv1.Update) error {
	languages := u.GetLanguageCodes()
	switch {
	case len(languages) > r.Languages:
		return Invalid(in+".language_codes", fmt.Sprintf("more than %d", r.Languages))
	case len(languages) > 0 && !r.Serves(languages):
		return Violation(codes.FailedPrecondition, in+".language_codes", "none of the languages is served")
	case u.GetExpectLength() < 0 || int(u.GetExpectLength()) > r.Length:
		return Invalid(in+".expect_length", fmt.Sprintf("0 to %d", r.Length))
	}
	if _, ok := asrv1.Expect_name[int32(u.GetExpect())]; !ok {
		return Invalid(in+".expect", "unknown")
	}
	if err := r.checkHints(in, u.GetHints()); err != nil {
		return err
	}
	return checkEndpointing(in, u.GetEndpointing())
}

func (r Recognition) checkHints(in string, hints []*asrv1.Hint) error {
	if len(hints) > r.Hints {
		return Invalid(in+".hints", fmt.Sprintf("more than %d", r.Hints))
	}
	for i, h := range hints {
		if len(h.GetPhrase()) > r.Phrase {
			return Invalid(fmt.Sprintf("%s.hints[%d].phrase", in, i), fmt.Sprintf("longer than %d bytes", r.Phrase))
		}
		if !(h.GetBoost() >= 0 && h.GetBoost() <= 100) {
			return Invalid(fmt.Sprintf("%s.hints[%d].boost", in, i), "0 to 100")
		}
	}
	return nil
}

func checkEndpointing(in string, e *asrv1.Endpointing) error {
	if _, ok := asrv1.Endpointing_Mode_name[int32(e.GetMode())]; !ok {
		return Invalid(in+".endpointing.mode", "unknown")
	}
	for name, d := range map[string]*durationpb.Duration{
		"silence": e.GetSilence(), "eager_silence": e.GetEagerSilence(),
		"no_input_timeout": e.GetNoInputTimeout(), "max_utterance": e.GetMaxUtterance(),
	} {
		if err := checkDuration(in+".endpointing."+name, d); err != nil {
			return err
		}
	}
	return nil
}
