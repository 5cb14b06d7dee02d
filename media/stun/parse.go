package stun

import (
	"crypto/sha1" //nolint:gosec // see stun.go
	"encoding/binary"
	"hash/crc32"
)

// message is a binding request, in the bytes that were read.
type message struct {
	user      []byte
	integrity []byte
	signed    int // bytes before the integrity
	nominates bool
}

// parse reads a request. It has to be whole, signed and marked (RFC 8445 section
// 7.1.1), and to ask for nothing that we do not understand.
func parse(b []byte) (m message, ok bool) {
	if !Is(b) || binary.BigEndian.Uint16(b) != request || int(binary.BigEndian.Uint16(b[2:])) != len(b)-headSize {
		return m, false
	}
	for at := headSize; at < len(b); {
		value, next := attribute(b, at)
		if next == 0 {
			return m, false
		}
		switch kind := binary.BigEndian.Uint16(b[at:]); {
		case kind == fingerprint:
			return m, m.integrity != nil && next == len(b) && len(value) == 4 &&
				binary.BigEndian.Uint32(value) == crc32.ChecksumIEEE(b[:at])^printMask
		case m.integrity != nil: // what comes after it is nobody's word
		case kind == integrity && len(value) == sha1.Size:
			m.integrity, m.signed = value, at
		case kind == userName:
			m.user = value
		case kind == useCandidate:
			m.nominates = true
		case kind == priority, kind >= optional:
		default:
			return m, false
		}
		at = next
	}
	return m, false
}

// attribute gives the value of the one at an offset, and where the next one begins; 0: it
// is not whole.
func attribute(b []byte, at int) (value []byte, next int) {
	const head = 4
	if len(b)-at < head {
		return nil, 0
	}
	size := int(binary.BigEndian.Uint16(b[at+2:]))
	next = at + head + (size+3)&^3
	if next > len(b) {
		return nil, 0
	}
	return b[at+head : at+head+size], next
}
