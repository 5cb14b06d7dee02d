// Package asr is the client of speech recognition engines that speak
// callward.asr.v1 over gRPC: a caller's audio goes up, hypotheses come down as
// redact.Raw, which only package redact can read.
//
// A Client reaches one engine, a Pool several, of which one takes a stream over
// when another fails and hears the audio since the last final anew. A Stream owns
// two goroutines, one that sends and one that receives, and for the time of a
// suspicion one that gets a standby ready. Close ends them and waits for them; the
// end of the context given to Recognize ends them too. A Pool has one for each
// engine's health, until Close or Swap.
//
// Stream.Hear never blocks, and allocates only when a pool of blocks is empty:
// audio is kept for twenty seconds at most (one, for a Client), and when that is not
// enough the oldest is dropped and counted, and the engine is told of the gap.
// Update and Control do not block either. Nothing else in the package is called by
// the packet path.
//
// An engine is judged by progress against the clock, not by its errors: one that
// takes audio and does not get on with it is given up. No error of this package
// carries words that an engine sent.
package asr
