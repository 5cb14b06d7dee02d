// Package asr is the client of a speech recognition engine that speaks
// callward.asr.v1 over gRPC: a caller's audio goes up, hypotheses come down as
// redact.Raw, which only package redact can read.
//
// A Stream owns two goroutines: one sends, one receives. Close ends both and
// waits for them; the end of the context given to Recognize ends them too.
// Stream.Write never blocks and never allocates: audio goes through a ring of
// one second, and when the engine is slower than that the oldest audio is
// dropped and counted, and the engine is told of the gap. Update and Control
// do not block either. Nothing else in the package is called by the packet path.
//
// An engine is judged by progress against the clock, not by its errors: a
// stream that takes audio and does not get on with it ends with a Failed event.
// No error of this package carries words that an engine sent.
package asr
