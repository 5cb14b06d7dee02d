package sip

import (
	"encoding/binary"
	"net/netip"
)

// STUN keep-alive (RFC 5626 section 4.4.2, RFC 5389): a phone asks now and then from
// which address its messages come, and so its NAT keeps the way to it open.

const (
	stunHead     = 20
	stunCookie   = 0x2112a442
	stunBinding  = 0x0001
	stunBound    = 0x0101 // the success response to it
	stunMapped   = 0x0020 // XOR-MAPPED-ADDRESS
	stunOptional = 0x8000 // attributes from here on may be ignored
)

// isSTUN tells STUN from SIP (RFC 5389 section 8): no message of SIP begins so.
func isSTUN(b []byte) bool {
	return len(b) >= stunHead && b[0]&0xc0 == 0 && binary.BigEndian.Uint32(b[4:]) == stunCookie
}

// onSTUN answers a binding request. All else that is STUN gets silence.
func (s *Server) onSTUN(b []byte, from route) {
	answer := bindingAnswer(b, from.peer)
	if answer != nil && from.send(answer) != nil {
		s.count.unsent.Add(1)
	}
}

// bindingAnswer tells peer where its request came from; nil if b is no such request.
// It is 12 bytes larger than the smallest request, with IPv6 24, and so of no use to
// who writes another's address into it. We know no attribute that must be understood:
// a keep-alive has none (RFC 5626 section 8).
func bindingAnswer(b []byte, peer netip.AddrPort) []byte {
	attributes := b[stunHead:]
	if binary.BigEndian.Uint16(b) != stunBinding || int(binary.BigEndian.Uint16(b[2:])) != len(attributes) || !mayBeIgnored(attributes) {
		return nil
	}
	ip, family := peer.Addr().AsSlice(), uint16(1)
	if peer.Addr().Is6() {
		family = 2
	}
	size := uint16(4 + len(ip)) //nolint:gosec // 8 or 20
	out := make([]byte, 0, stunHead+24)
	out = binary.BigEndian.AppendUint16(out, stunBound)
	out = binary.BigEndian.AppendUint16(out, 4+size)
	out = append(out, b[4:stunHead]...)
	out = binary.BigEndian.AppendUint16(out, stunMapped)
	out = binary.BigEndian.AppendUint16(out, size)
	out = binary.BigEndian.AppendUint16(out, family)
	out = binary.BigEndian.AppendUint16(out, peer.Port()^uint16(stunCookie>>16))
	for i, c := range ip { // with the cookie, then the transaction's number
		out = append(out, c^b[4+i])
	}
	return out
}

// mayBeIgnored reports whether attributes are whole, and none has to be understood.
func mayBeIgnored(b []byte) bool {
	for len(b) > 0 {
		if len(b) < 4 || binary.BigEndian.Uint16(b) < stunOptional {
			return false
		}
		n := 4 + (int(binary.BigEndian.Uint16(b[2:]))+3)&^3
		if n > len(b) {
			return false
		}
		b = b[n:]
	}
	return true
}
