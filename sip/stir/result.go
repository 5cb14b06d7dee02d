package stir

import "strings"

// Trust is how far the caller's number is believed. What is greater is better
// proven; of several headers the greatest counts.
type Trust uint8

// What may come out.
const (
	None   Trust = iota // nothing was claimed that we know how to prove
	Failed              // something was claimed, and did not prove true
	C                   // gateway: the provider knows only where the call entered its network
	B                   // partial: the provider knows its customer, not that the number is theirs
	A                   // full: the provider knows its customer and that they may use the number
)

// Proven reports whether there is an attestation that proved true.
func (t Trust) Proven() bool { return t >= C }

// String is the attestation as RFC 8588 writes it, or a word.
func (t Trust) String() string {
	switch t {
	case None:
		return "none"
	case Failed:
		return "failed"
	case C:
		return "C"
	case B:
		return "B"
	case A:
		return "A"
	}
	return "unknown"
}

// attestation reads "A", "B" or "C" (RFC 8588 section 4).
func attestation(s string) (Trust, bool) {
	switch s {
	case "A":
		return A, true
	case "B":
		return B, true
	case "C":
		return C, true
	}
	return None, false
}

// A Result is what verification came to.
type Result struct {
	Trust  Trust
	Reason Reason // why the trust is None or Failed; empty if it is proven

	// Of a PASSporT that proved true; empty otherwise.
	Caller string   // the number it is about, digits only
	OrigID string   // a UUID by which the provider finds the call's origin (RFC 8588 section 5)
	SPC    []string // service provider codes in its certificate (RFC 8226 section 9)
}

// A Reason is a short text that never changes and holds nothing of a message. It
// may go to logs and be a metric's label.
type Reason string

// Why a number is not believed.
const (
	ReasonNoIdentity    Reason = "no identity header"
	ReasonNoAttestation Reason = "passport attests nothing"        // the base PASSporT of RFC 8225, proven
	ReasonExtension     Reason = "passport is of an unknown type"  // ppt is neither absent nor shaken
	ReasonTooMany       Reason = "too many identity headers"       // more than four
	ReasonTooLarge      Reason = "identity header is too large"    // more than 8 KiB
	ReasonMalformed     Reason = "identity header is malformed"    // not RFC 8224 section 4
	ReasonCompact       Reason = "passport is in compact form"     // RFC 8225 section 7
	ReasonHeader        Reason = "passport header is not valid"    // not RFC 8225 section 4
	ReasonAlgorithm     Reason = "algorithm is not es256"          // RFC 8225 section 4.2
	ReasonInfo          Reason = "info and x5u differ"             // RFC 8224 section 4.1
	ReasonClaims        Reason = "passport claims are not valid"   // not RFC 8225 section 5, RFC 8588
	ReasonStale         Reason = "passport is not fresh"           // iat, RFC 8224 section 6.2
	ReasonStaleDate     Reason = "date is not fresh"               // the Date header, the same section
	ReasonCaller        Reason = "passport is from another number" // orig is not who calls
	ReasonCalled        Reason = "passport is to another number"   // dest is not who is called
	ReasonAddress       Reason = "certificate address is not https"
	ReasonHost          Reason = "certificate host is not allowed"
	ReasonUnreachable   Reason = "certificate cannot be fetched"
	ReasonCertificate   Reason = "certificate cannot be read"
	ReasonKey           Reason = "certificate is not for es256 signatures"
	ReasonExpired       Reason = "certificate is not valid now"
	ReasonUntrusted     Reason = "certificate is of no known authority"
	ReasonConstrained   Reason = "certificate limits claims" // RFC 8226 section 8, RFC 9118
	ReasonScope         Reason = "certificate is not for this number"
	ReasonSignature     Reason = "signature is wrong"
	ReasonTrunk         Reason = "the trunk could not prove the number"
	ReasonVerstat       Reason = "verstat is unknown"
)

// Code is the SIP status to refuse the call with, if it is to be refused for this
// reason (RFC 8224 section 6.2.2); 0 if that section has none. Who insists on an
// Identity header answers ReasonNoIdentity with 428, which is nobody by default.
func (r Reason) Code() int {
	switch r {
	case "", ReasonNoIdentity, ReasonNoAttestation, ReasonExtension, ReasonTrunk, ReasonVerstat:
		return 0
	case ReasonStale, ReasonStaleDate:
		return 403 // Stale Date
	case ReasonAddress, ReasonHost, ReasonUnreachable:
		return 436 // Bad Identity Info
	case ReasonAlgorithm, ReasonCertificate, ReasonKey, ReasonExpired, ReasonUntrusted, ReasonConstrained, ReasonScope:
		return 437 // Unsupported Credential
	default:
		return 438 // Invalid Identity Header
	}
}

// FromVerstat reads the verstat parameter that a trunk puts into the URI of From
// or P-Asserted-Identity (3GPP TS 24.229 section 7.2A.20, ATIS-1000074). Passed
// without a letter counts as C, which is the least that can be meant. It is as
// good as the trunk: whatever a caller may have written into it must be ignored.
func FromVerstat(text string) Result {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "no-tn-validation":
		return Result{Reason: ReasonNoIdentity}
	case "tn-validation-passed-a":
		return Result{Trust: A}
	case "tn-validation-passed-b":
		return Result{Trust: B}
	case "tn-validation-passed-c", "tn-validation-passed":
		return Result{Trust: C}
	case "tn-validation-failed", "tn-validation-failed-a", "tn-validation-failed-b", "tn-validation-failed-c":
		return Result{Trust: Failed, Reason: ReasonTrunk}
	}
	return Result{Reason: ReasonVerstat}
}
