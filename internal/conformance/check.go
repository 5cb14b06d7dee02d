package conformance

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// A Level says what a failed check means.
type Level string

// The levels, as in RFC 2119.
const (
	Must   Level = "MUST"
	Should Level = "SHOULD"
)

// A Service is one of the contracts.
type Service string

// The contracts that can be checked.
const (
	ASR Service = "asr"
	TTS Service = "tts"

	// Dialog is that of services which understand callers.
	Dialog Service = "dialog"

	// Payment is that of tokenisers.
	Payment Service = "payment"
)

// A Check is one thing that an engine does or does not.
type Check struct {
	ID    string `json:"id"`
	Level Level  `json:"level"`
	Means string `json:"means"` // one line
	Spec  string `json:"spec"`  // where the contract says so: a proto file and its message

	run func(context.Context, *probe) error
}

// Checks gives those of a service, in the order in which they are run.
func Checks(s Service) []Check {
	switch s {
	case ASR:
		return slices.Concat(commonChecks(ASR), asrOpening(), asrTalk(), asrControl(), asrStrain())
	case TTS:
		return slices.Concat(commonChecks(TTS), ttsOpening(), ttsSpeech(), ttsContexts())
	case Dialog:
		return dialogChecks()
	case Payment:
		return paymentChecks()
	}
	return nil
}

// A State is how a check came out.
type State string

// The states.
const (
	Passed  State = "pass"
	Failed  State = "fail"
	Skipped State = "skip" // it does not apply: what it looks at is not claimed
	// Unknown could not be found out: this machine was too busy, or no stream became ready.
	Unknown State = "unknown"
)

// A Result is the outcome of one check.
type Result struct {
	Check

	State   State              `json:"state"`
	Why     string             `json:"why,omitempty"` // of what is not passed
	Took    time.Duration      `json:"took_ns"`
	Timings map[string]Timing  `json:"timings,omitempty"`
	samples map[string]samples // behind Timings
}

// A Timing sums up what a check has measured.
type Timing struct {
	Count int           `json:"count"`
	P50   time.Duration `json:"p50_ns"`
	P95   time.Duration `json:"p95_ns"`
}

type samples []time.Duration

func (s samples) timing() Timing {
	sorted := slices.Sorted(slices.Values(s))
	at := func(percent int) time.Duration { return sorted[(len(sorted)-1)*percent/100] }
	return Timing{Count: len(sorted), P50: at(50), P95: at(95)}
}

// A skipError is that of a check that does not apply.
type skipError struct{ why string }

func (s *skipError) Error() string { return s.why }

func skip(format string, args ...any) error { return &skipError{fmt.Sprintf(format, args...)} }

// An unknownError is that of a check that could not find out what it looks for.
type unknownError struct{ why string }

func (u *unknownError) Error() string { return u.why }

func unknown(format string, args ...any) error { return &unknownError{fmt.Sprintf(format, args...)} }

// Places in the contract.
const (
	speechSpec = "proto/callward/speech/v1/speech.proto: "
	asrSpec    = "proto/callward/asr/v1/asr.proto: "
	ttsSpec    = "proto/callward/tts/v1/tts.proto: "
)
