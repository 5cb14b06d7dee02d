// Package sip is the SIP edge of Callward (RFC 3261 and friends): it takes calls,
// places calls, registers phones, and registers with others. Bodies are bytes;
// what is in them is for others.
//
// It stands on sipgo's message model and parser. Sockets, framing, transactions
// and dialogs are its own, because each needs something sipgo does not give: one
// order for all messages of a call, replies of any size over UDP, timers that are
// a value and not package variables, tables with bounds, and no payload in logs.
//
// A message in, in order of the files:
//
//	udp.go, tcp.go    a socket's reader takes the bytes
//	guard.go          cost is bounded before anything is parsed; stun.go answers
//	                  phones that only keep their NAT open
//	receive.go        parsed, checked (validate.go), matched to a transaction
//	transaction.go    repeats are absorbed (RFC 3261 section 17, RFC 6026)
//	inbound.go        a new call, or a request inside one (leg.go): a new offer
//	                  (reoffer.go), a sign that the call is wanted (refresh.go)
//	info.go           keys of phones that say them in signalling
//	reliable.go       ringing and early media that must arrive; early.go
//	refer.go          a wish to be put through, and what came of ours; replaces.go
//	registrar.go      or a phone that registers
//
// A message out goes through send.go and nowhere else; it refuses CR and LF in
// every value.
//
// The reader of a socket handles each message to its end, and nothing it does
// blocks. So the messages of one call, which share a socket, are handled in the
// order of their arrival. Credentials and OnRegister run there and must not
// block either. Handler.Invite has a goroutine per call and may take its time.
//
// Goroutines: Run owns the readers, the writer of each TCP connection and the
// handler of each call, and returns when all have ended. A Leg has none.
package sip
