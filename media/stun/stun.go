// Package stun answers the connectivity checks by which a peer proves where it is: the
// part of an agent that is lite (RFC 8445 sections 2.5 and 7.3, on the messages of
// RFC 8489). It is pure: no goroutine, no socket.
package stun

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the integrity of RFC 8489 section 14.5 has no other that browsers speak
	"encoding/binary"
	"hash"
	"hash/crc32"
	"net/netip"
)

// MaxAnswer is the longest answer, in bytes: to a peer of IPv6.
const MaxAnswer = headSize + 24 + integritySize + printSize

const (
	headSize      = 20
	integritySize = 24
	printSize     = 8
	cookie        = 0x2112a442
	printMask     = 0x5354554e // RFC 8489 section 14.7

	request  = 0x0001 // of a binding
	success  = 0x0101
	optional = 0x8000 // attributes from here on may be passed over

	userName     = 0x0006
	integrity    = 0x0008
	mapped       = 0x0020 // XOR-MAPPED-ADDRESS
	priority     = 0x0024
	useCandidate = 0x0025
	fingerprint  = 0x8028
)

// Is tells STUN from what else comes to a port of sound (RFC 7983 section 7).
func Is(b []byte) bool {
	return len(b) >= headSize && b[0] <= 3 && binary.BigEndian.Uint32(b[4:]) == cookie
}

// A Check is a request that was answered.
type Check struct {
	Nominates bool // the peer wants its sound to come to where it was sent from
}

// A Responder answers the checks of one peer. It is not for concurrent use, and keeps
// nothing of what it is given.
type Responder struct {
	user []byte // ours with its colon
	mac  hash.Hash
	head [4]byte // what of a message is signed in another form
	sum  [sha1.Size]byte
}

// New makes one of the user fragment and the password that the peer was told.
func New(user, password string) *Responder {
	return &Responder{user: []byte(user + ":"), mac: hmac.New(sha1.New, []byte(password))}
}

// Answer appends to dst the answer to a request that came from a peer. Not ok: it is no
// request, or of somebody who does not know the password, and gets none.
func (r *Responder) Answer(dst, b []byte, from netip.AddrPort) (answer []byte, c Check, ok bool) {
	m, ok := parse(b)
	if !ok || !bytes.HasPrefix(m.user, r.user) || !hmac.Equal(m.integrity, r.sign(b[:m.signed])) {
		return dst, Check{}, false
	}
	return r.success(dst, b[4:headSize], from), Check{Nominates: m.nominates}, true
}

// sign is the integrity of a message up to where it stands, which its length includes.
func (r *Responder) sign(b []byte) []byte {
	copy(r.head[:], b[:2])
	binary.BigEndian.PutUint16(r.head[2:], uint16(len(b)-headSize+integritySize)) //nolint:gosec // of a datagram
	r.mac.Reset()
	_, _ = r.mac.Write(r.head[:]) // it never fails
	_, _ = r.mac.Write(b[4:])
	return r.mac.Sum(r.sum[:0])
}

// success tells a peer where its request came from. id is the cookie with the
// transaction's number.
func (r *Responder) success(dst, id []byte, from netip.AddrPort) []byte {
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, success<<16)
	dst = append(dst, id...)
	dst = appendMapped(dst, id, from)
	sum := r.sign(dst[start:])
	dst = binary.BigEndian.AppendUint32(dst, integrity<<16|sha1.Size)
	dst = append(dst, sum...)
	binary.BigEndian.PutUint16(dst[start+2:], uint16(len(dst)-start-headSize+printSize)) //nolint:gosec // at most MaxAnswer
	mark := crc32.ChecksumIEEE(dst[start:]) ^ printMask
	dst = binary.BigEndian.AppendUint32(dst, fingerprint<<16|4)
	return binary.BigEndian.AppendUint32(dst, mark)
}

func appendMapped(dst, id []byte, from netip.AddrPort) []byte {
	addr := from.Addr().Unmap()
	size, family := uint32(8), uint16(1)
	if addr.Is6() {
		size, family = 20, 2
	}
	dst = binary.BigEndian.AppendUint32(dst, mapped<<16|size)
	dst = binary.BigEndian.AppendUint16(dst, family)
	dst = binary.BigEndian.AppendUint16(dst, from.Port()^uint16(cookie>>16))
	at := len(dst)
	if addr.Is6() {
		raw := addr.As16()
		dst = append(dst, raw[:]...)
	} else {
		raw := addr.As4()
		dst = append(dst, raw[:]...)
	}
	for i := range dst[at:] {
		dst[at+i] ^= id[i]
	}
	return dst
}
