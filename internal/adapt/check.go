package adapt

import (
	"context"
	"slices"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/speechd/contract"
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

// takes says what the recognizer takes.
func (r *ASR) takes() contract.Recognition {
	return contract.Recognition{
		Hints: MaxHints, Phrase: MaxPhrase, Languages: MaxLanguages, Length: MaxLength,
		Serves: func(codes []string) bool { return len(match(r.Languages, codes)) > 0 },
	}
}

// check refuses a config that cannot be served, naming the field.
func (r *ASR) check(cfg *asrv1.Config) error {
	if cfg.GetModel() != "" && !slices.Contains(r.Models, cfg.GetModel()) {
		return contract.Invalid("config.model", "not among the models; see GetCapabilities")
	}
	return r.takes().CheckConfig(cfg)
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
