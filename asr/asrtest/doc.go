// Package asrtest is a recognition engine that follows a script: a second real
// implementation of callward.asr.v1, for tests and rehearsals. It tells speech
// from silence by loudness, says the words of its script when it hears speech,
// and stalls or fails when told to. With Discard it only counts audio.
//
// Each stream is served by one goroutine of the gRPC server and one that reads;
// both end with the stream. All times are audio time: nothing waits for a clock.
package asrtest
