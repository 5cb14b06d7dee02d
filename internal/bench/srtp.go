package bench

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/pion/srtp/v3"

	"github.com/callward/callward/media/sdp"
)

// sampled is one call in how many whose packets the callers open.
const sampled = 20

//nolint:gochecknoglobals // a read-only table
var profiles = map[string]srtp.ProtectionProfile{
	"AEAD_AES_256_GCM":        srtp.ProtectionProfileAeadAes256Gcm,
	"AEAD_AES_128_GCM":        srtp.ProtectionProfileAeadAes128Gcm,
	"AES_256_CM_HMAC_SHA1_80": srtp.ProtectionProfileAes256CmHmacSha1_80,
	"AES_CM_128_HMAC_SHA1_80": srtp.ProtectionProfileAes128CmHmacSha1_80,
	"AES_CM_128_HMAC_SHA1_32": srtp.ProtectionProfileAes128CmHmacSha1_32,
}

// suiteOf finds a suite by its name in RFC 4568 section 6.2, RFC 6188 or RFC 7714.
func suiteOf(name string) (sdp.Suite, error) {
	i := slices.IndexFunc(sdp.Suites, func(s sdp.Suite) bool { return s.Name == name })
	if i < 0 {
		return sdp.Suite{}, fmt.Errorf("bench: %q is no suite of SRTP that callward speaks", name)
	}
	return sdp.Suites[i], nil
}

// tagSize is by how much a suite lengthens a packet.
func tagSize(s sdp.Suite) int {
	switch {
	case strings.HasPrefix(s.Name, "AEAD_"):
		return 16
	case strings.HasSuffix(s.Name, "_80"):
		return 10
	default:
		return 4
	}
}

// keys protect one call of the callers. What seals is of the sender alone, what
// opens of the receiver.
type keys struct {
	own              sdp.Crypto
	sealing, opening *srtp.Context
	sealed, opened   []byte
}

func newKeys(s sdp.Suite) (*keys, error) {
	secret := make([]byte, s.Key+s.Salt)
	_, _ = rand.Read(secret) // it never fails
	k := &keys{own: sdp.NewCrypto(1, s, secret)}
	var err error
	k.sealing, err = cipher(k.own)
	return k, err
}

// theirs takes the server's key.
func (k *keys) theirs(c sdp.Crypto) (err error) {
	k.opening, err = cipher(c)
	return err
}

func cipher(c sdp.Crypto) (*srtp.Context, error) {
	n, secret := c.Suite.Key, c.Secret()
	s, err := srtp.CreateContext(secret[:n], secret[n:], profiles[c.Suite.Name])
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", c.Suite.Name, err)
	}
	return s, nil
}

// sample leaves the means to open to one call in sampled.
func (k *keys) sample(n int) {
	if k != nil && n%sampled != 0 {
		k.opening = nil
	}
}

// seal gives a packet as it is sent; it is good until the next.
func (k *keys) seal(packet []byte) []byte {
	if k == nil {
		return packet
	}
	sealed, err := k.sealing.EncryptRTP(k.sealed[:0], packet, nil)
	if err != nil {
		return nil // an empty packet counts as lost
	}
	k.sealed = sealed
	return sealed
}

// open gives what a packet holds; it is good until the next.
func (k *keys) open(packet []byte) (plain []byte, ok bool) {
	plain, err := k.opening.DecryptRTP(k.opened[:0], packet, nil)
	if err != nil {
		return nil, false
	}
	k.opened = plain
	return plain, len(plain) >= packetSize
}
