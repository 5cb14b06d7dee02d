// Package fake is engines for rehearsals: recognition and synthesis as the
// contract says (callward.asr.v1, callward.tts.v1), and each fault of which a
// name is given. It owns the table of faults: what each does, and which check of
// package conformance finds it out.
//
// A fault stands between a healthy engine and the wire: it changes, holds up or
// drops what passes. Each stream has the goroutines of its engine, and one more
// while answers are held up; all end with the stream.
package fake
