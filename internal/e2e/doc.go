// Package e2e holds the tests that use Callward as its users do: the real
// programs are started, real calls are placed over SIP and RTP by our own caller
// and by others' phones, and what was really heard is listened to.
//
// One of them starts the server within itself, to set its clocks; the others need
// what `make build` made, in bin/, and skip aloud without it.
package e2e
