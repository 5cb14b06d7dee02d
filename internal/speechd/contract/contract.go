// Package contract is what every engine of ours that serves callward.asr.v1 or
// callward.tts.v1 asks of its clients: the bundled one and the adapters. It owns the
// checks of configs and updates, the refusals, which name the field and never what is in
// it, and the pace of audio that may not run ahead of real time. It has no goroutines;
// Pacer.Wait alone blocks.
package contract

import (
	"math"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Invalid refuses a field with INVALID_ARGUMENT.
func Invalid(field, problem string) error {
	return Violation(codes.InvalidArgument, field, problem)
}

// Violation refuses a field, with google.rpc.BadRequest among the details.
func Violation(code codes.Code, field, problem string) error {
	st := status.New(code, field+": "+problem)
	with, err := st.WithDetails(&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
		{Field: field, Description: problem},
	}})
	if err != nil {
		return st.Err()
	}
	return with.Err()
}

func checkDuration(field string, d *durationpb.Duration) error {
	if d != nil && (d.CheckValid() != nil || d.AsDuration() < 0) {
		return Invalid(field, "must not be negative")
	}
	return nil
}

func finite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }
