// Package call owns the life of one call: a pure machine that says what to do
// when something happens, the loop that performs it, the journal that explains
// it and the record that remains. It knows no SIP, RTP, gRPC or Redis; the
// interfaces it needs are in deps.go.
package call
