// Package stir tells how far a caller's number may be believed. It verifies the
// Identity headers of a request (RFC 8224), the PASSporTs in them (RFC 8225), the
// certificates that signed those (RFC 8226) and the attestation of the provider
// that took the call (SHAKEN, RFC 8588). Where a trunk did so before us and says
// it in verstat, FromVerstat reads that.
//
// The result is a label. A number that is proven is still not a person, and a
// call is refused only if who called Verify wants to: Reason.Code has the answer
// of RFC 8224 section 6.2.2.
//
// A header in, in order of the files; the first check that fails ends it, and
// nothing is fetched before all that can be checked without:
//
//	identity.go     the header: a PASSporT in full form, info, alg, ppt
//	object.go       its JSON, taken to the letter, no name twice
//	passport.go     its claims: fresh, from this number, to this number
//	certificate.go  what x5u names, from allowed hosts alone, kept for a while
//	chain.go        up to one of our roots, now, and for this number (numbers.go)
//	verify.go       all of it, and the signature
//
// What is not done: the compact form is refused; other PASSporTs than shaken (div,
// rcd) are passed over; certificates are not looked up in revocation lists, and
// those that limit claims (RFC 8226 section 8, RFC 9118) are refused; nobody
// remembers a PASSporT, so within the window it proves a second call between the
// same two numbers too.
//
// Verify blocks for one fetch at most for each header. A fetch has a goroutine,
// which ends with it and never later than the fetch timeout; there is no other.
// Nothing is logged, and no result holds text of a header that was not proven.
package stir
