// Package tts is the client of speech synthesis engines that speak
// callward.tts.v1 over gRPC: safe text goes up, a caller's next sentence comes
// down as PCM16 at 8 kHz.
//
// A Client reaches one engine, a Pool several: a text is spoken sentence by
// sentence, the next one is asked for while one comes, and another engine goes
// on at the sentence that was not finished when one fails or gives nothing. The
// operator's own texts are kept in a bounded cache in memory, once they were
// heard to their end. When no engine gets on, a text that was rendered at build
// time (package prompts) is played instead.
//
// Speak never blocks; Stream.Read does, until there is audio, and Stream.Close
// ends it from any goroutine. Each engine that is asked for a text has a
// goroutine of the Stream, which waits for them in Close; a Pool has one for
// each engine's health, until Close or Swap.
package tts
