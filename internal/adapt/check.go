package adapt

import (
	"context"
	"fmt"
	"math"
	"slices"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callward/callward/internal/speechd/audio"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
)

// Limits of a stream.
const (
	MaxHints     = 1000
	MaxPhrase    = 100 // bytes of a hint
	MaxLanguages = 4
	MaxLength    = 40 // digits expected
	MaxChunk     = 64 << 10
	MaxText      = 16 << 10 // bytes of a context
	MaxContexts  = 64       // of a stream at once
	maxID        = 128
)

// check refuses a config that cannot be served, naming the field.
func (r *ASR) check(cfg *asrv1.Config) error {
	if field, problem := audio.CheckFormat(cfg.GetFormat()); field != "" {
		return invalid("config."+field, problem)
	}
	switch {
	case cfg.GetMaxAlternatives() < 0:
		return invalid("config.max_alternatives", "must not be negative")
	case cfg.GetModel() != "" && !slices.Contains(r.Models, cfg.GetModel()):
		return invalid("config.model", "not among the models; see GetCapabilities")
	case len(cfg.GetLanguageCodes()) == 0:
		return invalid("config.language_codes", "missing")
	}
	if err := checkDuration("config.interim_min_interval", cfg.GetInterimMinInterval()); err != nil {
		return err
	}
	return r.checkAll("config", &asrv1.Update{
		LanguageCodes: cfg.GetLanguageCodes(), Hints: cfg.GetHints(), Endpointing: cfg.GetEndpointing(),
		Expect: cfg.GetExpect(), ExpectLength: cfg.GetExpectLength(),
	})
}

// checkAll refuses what a config and an update have in common.
func (r *ASR) checkAll(in string, u *asrv1.Update) error {
	codes := u.GetLanguageCodes()
	switch {
	case len(codes) > MaxLanguages:
		return invalid(in+".language_codes", fmt.Sprintf("more than %d", MaxLanguages))
	case len(codes) > 0 && len(match(r.Languages, codes)) == 0:
		return unserved(in + ".language_codes")
	case len(u.GetHints()) > MaxHints:
		return invalid(in+".hints", fmt.Sprintf("more than %d", MaxHints))
	case u.GetExpectLength() < 0 || u.GetExpectLength() > MaxLength:
		return invalid(in+".expect_length", fmt.Sprintf("0 to %d", MaxLength))
	}
	if _, ok := asrv1.Expect_name[int32(u.GetExpect())]; !ok {
		return invalid(in+".expect", "unknown")
	}
	for i, h := range u.GetHints() {
		if len(h.GetPhrase()) > MaxPhrase {
			return invalid(fmt.Sprintf("%s.hints[%d].phrase", in, i), fmt.Sprintf("longer than %d bytes", MaxPhrase))
		}
		if !(h.GetBoost() >= 0 && h.GetBoost() <= 100) {
			return invalid(fmt.Sprintf("%s.hints[%d].boost", in, i), "0 to 100")
		}
	}
	return checkEndpointing(in, u.GetEndpointing())
}

func checkEndpointing(in string, e *asrv1.Endpointing) error {
	if _, ok := asrv1.Endpointing_Mode_name[int32(e.GetMode())]; !ok {
		return invalid(in+".endpointing.mode", "unknown")
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

func checkDuration(field string, d *durationpb.Duration) error {
	if d != nil && (d.CheckValid() != nil || d.AsDuration() < 0) {
		return invalid(field, "must not be negative")
	}
	return nil
}

func finite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }

func invalid(field, problem string) error {
	return violation(codes.InvalidArgument, field, problem)
}

// unserved names no language: that is the client's own text.
func unserved(field string) error {
	return violation(codes.FailedPrecondition, field, "none of the languages is served")
}

func violation(code codes.Code, field, problem string) error {
	st := status.New(code, field+": "+problem)
	with, err := st.WithDetails(&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
		{Field: field, Description: problem},
	}})
	if err != nil {
		return st.Err()
	}
	return with.Err()
}

// vendorError says that the vendor failed, by the code alone: its message may
// repeat what a caller said. What is wrong with our request is no fault of the
// client's.
func vendorError(err error) error {
	code := status.Code(err)
	switch code {
	case codes.ResourceExhausted:
	case codes.Unauthenticated, codes.PermissionDenied, codes.InvalidArgument, codes.NotFound, codes.Unimplemented, codes.FailedPrecondition:
		code = codes.FailedPrecondition
	default:
		code = codes.Unavailable
	}
	return status.Errorf(code, "the engine behind the adapter failed: %s", status.Code(err))
}

// ended gives the end of a context its gRPC status.
func ended(ctx context.Context) error { return status.FromContextError(ctx.Err()).Err() }
