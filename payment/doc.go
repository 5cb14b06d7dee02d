// Package payment holds a card while a caller keys it in, and is the client of
// callward.payment.v1: a tokeniser of an integrator, the one place that its digits go to.
//
// A [Card] keeps digits in a fixed buffer that Wipe overwrites; no verb, log or encoder
// shows them. Whoever has a Card wipes it. What a tokeniser answers is a stranger's: it
// is bounded and checked against the card, and no error holds any of it.
//
// The package starts no goroutine; Tokenize blocks for as long as the configuration says
// at most. What gRPC copies of a request on its way out is beyond Wipe: it lives until
// its buffers are used again.
package payment
