// Package conformance finds out whether an engine keeps the contract
// (callward.asr.v1, callward.tts.v1). It owns the checks, as data: each has an id, says whether it
// MUST or SHOULD pass, what it means and where the contract says so. It talks with
// the engine over gRPC alone, in real time, with audio that it brings along.
//
// Run blocks until the last check is done. A check owns what it starts: the
// goroutine that receives for each of its streams ends before the check does.
package conformance
