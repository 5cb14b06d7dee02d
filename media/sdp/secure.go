package sdp

import (
	"cmp"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// Security is how a line of sound is protected.
type Security uint8

// The ways to protect it.
const (
	Plain Security = iota
	SDES           // SRTP, with keys in the description (RFC 4568)
	DTLS           // SRTP, with keys of a handshake on the way of the sound (RFC 5763)
)

// String names it.
func (s Security) String() string { return [...]string{"plain", "sdes", "dtls"}[s%3] }

// Profiles of our offers.
const (
	ProfileSDES = "RTP/SAVP"
	ProfileDTLS = "UDP/TLS/RTP/SAVP"
)

//nolint:gochecknoglobals // a read-only table: plain RTP, and what may be protected
var profiles = []string{"RTP/AVP", "RTP/AVPF", ProfileSDES, "RTP/SAVPF", ProfileDTLS, "UDP/TLS/RTP/SAVPF"}

// mustProtect reports whether plain sound is not what a profile stands for.
func mustProtect(profile string) bool { return strings.Contains(profile, "SAVP") }

// A Suite is a cipher of SRTP under the name that descriptions have for it (RFC
// 4568 section 6.2, RFC 6188, RFC 7714).
type Suite struct {
	Name      string
	Key, Salt int // bytes
}

// Suites are those that we speak, by preference.
//
//nolint:gochecknoglobals // a read-only table
var Suites = []Suite{
	{"AEAD_AES_256_GCM", 32, 12},
	{"AEAD_AES_128_GCM", 16, 12},
	{"AES_256_CM_HMAC_SHA1_80", 32, 14},
	{"AES_CM_128_HMAC_SHA1_80", 16, 14},
	{"AES_CM_128_HMAC_SHA1_32", 16, 14},
}

// A Crypto is a key by which the side that says it protects what it sends. No verb,
// log or encoder shows it: it hides behind a func because fmt reaches into unexported
// fields without asking Format.
type Crypto struct {
	Tag   int
	Suite Suite

	secret func() []byte
}

// NewCrypto makes one of the master key with the salt after it.
func NewCrypto(tag int, suite Suite, secret []byte) Crypto {
	return Crypto{Tag: tag, Suite: suite, secret: func() []byte { return secret }}
}

// Secret is the master key with the salt after it; nil of the zero Crypto.
func (c Crypto) Secret() []byte {
	if c.secret == nil {
		return nil
	}
	return c.secret()
}

// Equal reports whether two are the same key of the same suite.
func (c Crypto) Equal(o Crypto) bool {
	return c.Suite == o.Suite && subtle.ConstantTimeCompare(c.Secret(), o.Secret()) == 1
}

// Format prints the name of the suite for every verb.
func (c Crypto) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[key of "+c.Suite.Name+"]") }

// LogValue logs the name of the suite.
func (c Crypto) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// MarshalText encodes the name of the suite.
func (c Crypto) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(c)), nil }

// A Setup says who begins a handshake (RFC 4145).
type Setup string

// What may stand in a description.
const (
	ActPass Setup = "actpass"
	Active  Setup = "active"
	Passive Setup = "passive"
)

// A Handshake is what a description tells of one to come (RFC 8122, RFC 5763).
type Handshake struct {
	Hash        string // of the certificate, such as sha-256; empty: there will be none
	Fingerprint string // in upper case, with colons
	Setup       Setup
}

// readProtection reads what a line, or the session for all its lines, says of
// keys. What cannot be used is passed over: there may be another.
func (l *line) readProtection(session, media []sdp.Attribute) {
	for _, a := range media {
		if c, ok := parseCrypto(a.Value); ok && a.Key == "crypto" {
			l.keys = append(l.keys, c)
		}
	}
	for _, attributes := range [][]sdp.Attribute{session, media} { // the line's own win
		for _, a := range attributes {
			switch a.Key {
			case "fingerprint":
				hash, digest, _ := strings.Cut(strings.TrimSpace(a.Value), " ")
				hash, digest = strings.ToLower(hash), strings.ToUpper(strings.TrimSpace(digest))
				if isFingerprint(hash, digest) {
					l.handshake.Hash, l.handshake.Fingerprint = hash, digest
				}
			case "setup":
				l.handshake.Setup = Setup(strings.ToLower(strings.TrimSpace(a.Value)))
			}
		}
	}
}

// isFingerprint reports whether a text is one, of a hash that is good enough.
func isFingerprint(hash, text string) bool {
	n := map[string]int{"sha-256": 32, "sha-384": 48, "sha-512": 64}[hash]
	sum, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	return n > 0 && err == nil && len(sum) == n && len(text) == 3*n-1
}

// parseCrypto reads what stands after a=crypto: (RFC 4568 section 9.1). A line that
// asks for what we do not do, such as several keys, a key index or no encryption,
// is passed over as the RFC wants it.
func parseCrypto(text string) (c Crypto, ok bool) {
	fields := strings.Fields(text)
	if len(fields) != 3 {
		return c, false
	}
	tag, err := strconv.ParseUint(fields[0], 10, 30)
	i := slices.IndexFunc(Suites, func(s Suite) bool { return strings.EqualFold(s.Name, fields[1]) })
	if err != nil || i < 0 {
		return c, false
	}
	method, key, _ := strings.Cut(fields[2], ":")
	key, life, limited := strings.Cut(key, "|")
	if !strings.EqualFold(method, "inline") || limited && !lives(life) {
		return c, false
	}
	secret, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(key, "="))
	return NewCrypto(int(tag), Suites[i], secret), err == nil && len(secret) == Suites[i].Key+Suites[i].Salt
}

// leastLife is the packets, in powers of two, that a key must be good for: a day
// and more of them.
const leastLife = 23

// lives reports whether a lifetime is one, and longer than a call.
func lives(text string) bool {
	if power, ok := strings.CutPrefix(text, "2^"); ok {
		n, err := strconv.ParseUint(power, 10, 7)
		return err == nil && n >= leastLife
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return err == nil && n >= 1<<leastLife
}

// protection reports whether a line can be protected so, and what the peer gives
// for it. offered is what we offered, if the line answers us: it may take that alone,
// and of keys one of the suite that we named under that number.
func (l *line) protection(s Security, offered *Local) (a Agreed, ok bool) {
	a.Security = s
	if offered != nil && cmp.Or(offered.Profile, profiles[0]) != l.profile {
		return a, false
	}
	switch s {
	case SDES:
		if strings.Contains(l.profile, "TLS") { // it stands for a handshake
			return a, false
		}
		for _, key := range l.keys {
			if offered == nil || slices.ContainsFunc(offered.Keys, func(o Crypto) bool { return o.Tag == key.Tag && o.Suite == key.Suite }) {
				a.Key = key
				return a, true
			}
		}
		return a, false
	case DTLS:
		a.Handshake = l.handshake
		return a, l.handshake.Hash != "" && l.handshake.Setup != "holdconn" && (offered == nil || offered.Handshake.Hash != "")
	case Plain:
	}
	return a, !mustProtect(l.profile)
}

// protect says how what we send is protected.
func (l Local) protect(m *sdp.MediaDescription) {
	for _, c := range l.Keys {
		m.WithValueAttribute("crypto", fmt.Sprintf("%d %s inline:%s", c.Tag, c.Suite.Name, base64.StdEncoding.EncodeToString(c.Secret())))
	}
	if h := l.Handshake; h.Hash != "" {
		m.WithValueAttribute("fingerprint", h.Hash+" "+h.Fingerprint).WithValueAttribute("setup", string(h.Setup))
	}
}
