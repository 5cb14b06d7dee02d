// Package tts is the client of a speech synthesis engine that speaks
// callward.tts.v1 over gRPC: safe text goes up, a caller's next sentence comes
// down as PCM16 at 8 kHz.
//
// Speak never blocks; Stream.Read does, until there is audio, and Stream.Close
// ends it from any goroutine. The package starts no goroutine. The operator's
// own texts are kept in a bounded cache in memory, once they were heard to
// their end. When an engine is down or does not get on, a text that was
// rendered at build time (package prompts) is played instead.
package tts
