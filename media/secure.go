package media

import (
	"crypto/rand"
	"fmt"

	"github.com/pion/srtp/v3"

	"github.com/callward/callward/media/sdp"
)

// Encryption is whether sound must be protected by SRTP.
type Encryption uint8

// What may be wanted of a peer.
const (
	Preferred Encryption = iota // protected with who can, plain with who cannot
	Required                    // or there is no call
	Off                         // plain, with everybody
)

//nolint:gochecknoglobals // a read-only table
var encryptions = map[string]Encryption{"preferred": Preferred, "required": Required, "off": Off}

// ParseEncryption reads preferred, required or off; empty is preferred.
func ParseEncryption(text string) (e Encryption, ok bool) {
	if text == "" {
		return Preferred, true
	}
	e, ok = encryptions[text]
	return e, ok
}

// accepts lists how the sound of a session may be protected, the best first. Keys
// in a description are worth nothing where others can read it (RFC 4568 section 7).
// An answer to us leaves protected what is: only an offer may say that it no longer can.
func (s *Session) accepts(answer bool) []sdp.Security {
	o := s.options
	if o.ICE {
		return []sdp.Security{sdp.DTLS}
	}
	if a := s.talks.agreed; answer && a != nil && a.Security != sdp.Plain {
		o.Encryption = Required
	}
	var out []sdp.Security
	if o.Encryption != Off {
		if o.Confidential {
			out = append(out, sdp.SDES)
		}
		out = append(out, sdp.DTLS)
	}
	if o.Encryption != Required {
		out = append(out, sdp.Plain)
	}
	return out
}

// replayWindow is how many packets back one may still come (RFC 3711 section 3.3.2).
const replayWindow = 128

//nolint:gochecknoglobals // a read-only table
var ciphers = map[string]srtp.ProtectionProfile{
	"AEAD_AES_256_GCM":        srtp.ProtectionProfileAeadAes256Gcm,
	"AEAD_AES_128_GCM":        srtp.ProtectionProfileAeadAes128Gcm,
	"AES_256_CM_HMAC_SHA1_80": srtp.ProtectionProfileAes256CmHmacSha1_80,
	"AES_CM_128_HMAC_SHA1_80": srtp.ProtectionProfileAes128CmHmacSha1_80,
	"AES_CM_128_HMAC_SHA1_32": srtp.ProtectionProfileAes128CmHmacSha1_32,
}

func replays() []srtp.ContextOption {
	return []srtp.ContextOption{srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow)}
}

// cipher is the state of one direction under one key. The pacer alone uses it.
func cipher(key sdp.Crypto) (*srtp.Context, error) {
	n, secret := key.Suite.Key, key.Secret()
	c, err := srtp.CreateContext(secret[:n], secret[n:], ciphers[key.Suite.Name], replays()...)
	if err != nil {
		return nil, fmt.Errorf("key of %s: %w", key.Suite.Name, err)
	}
	return c, nil
}

// ownKey is a key of ours and how far it has been used.
type ownKey struct {
	sdp.Crypto

	cipher *srtp.Context
}

// ownKeys makes our keys, one for each suite, the first time they are wanted. They
// live as long as what was agreed with them: see renewKeys.
func (d *dialog) ownKeys() ([]ownKey, error) {
	for i := len(d.keys); i < len(sdp.Suites); i++ {
		suite := sdp.Suites[i]
		secret := make([]byte, suite.Key+suite.Salt)
		_, _ = rand.Read(secret) // it never fails
		key := ownKey{Crypto: sdp.NewCrypto(i+1, suite, secret)}
		var err error
		if key.cipher, err = cipher(key.Crypto); err != nil {
			return nil, err
		}
		d.keys = append(d.keys, key)
	}
	return d.keys, nil
}

// renewKeys lets go of our keys where an offer ends what was agreed with them. Another
// phone that is put in the place of the first must not get the key that protected the
// talk with that one, nor does it know how often our sequence has wrapped; and a key
// that rests while packets go out otherwise would protect two of one number (RFC 3711
// section 9.1).
func (d *dialog) renewKeys(a sdp.Agreed) {
	if was := d.agreed; was != nil && was.Security == sdp.SDES && !sameKey(*was, a) {
		d.keys = nil
	}
}

func sameKey(a, b sdp.Agreed) bool {
	return a.Security == sdp.SDES && b.Security == sdp.SDES && a.Key.Equal(b.Key)
}

// ownKey is the one for a suite.
func (d *dialog) ownKey(suite sdp.Suite) (ownKey, error) {
	keys, err := d.ownKeys()
	if err != nil {
		return ownKey{}, err
	}
	for _, k := range keys {
		if k.Suite == suite {
			return k, nil
		}
	}
	return ownKey{}, sdp.ErrSecurity
}

// offered lists our keys for an offer.
func (d *dialog) offered() ([]sdp.Crypto, error) {
	keys, err := d.ownKeys()
	out := make([]sdp.Crypto, len(keys))
	for i, k := range keys {
		out[i] = k.Crypto
	}
	return out, err
}

// protect writes into an offer how sound may be protected. Once that is agreed it
// stays for the call.
func (s *Session) protect(l *sdp.Local) (err error) {
	if a := s.talks.agreed; a != nil {
		return s.keep(l, *a, sdp.ActPass)
	}
	switch o := s.options; {
	case o.ICE:
		l.Profile, l.Mux, l.ICE = sdp.ProfileWeb, true, s.talks.tells()
		l.Handshake, err = s.tellHandshake(sdp.ActPass)
	case o.Encryption == Required && !o.Confidential:
		l.Profile, l.Mux = sdp.ProfileDTLS, true
		l.Handshake, err = s.tellHandshake(sdp.ActPass)
	case o.Encryption == Required:
		l.Profile = sdp.ProfileSDES
		l.Keys, err = s.talks.offered()
	case o.Encryption == Preferred && o.Confidential: // who cannot passes the keys over (RFC 8643)
		l.Keys, err = s.talks.offered()
	}
	return err
}

// reply writes into an answer how sound is protected.
func (s *Session) reply(l *sdp.Local, a sdp.Agreed) error {
	if s.talks.begins(a) {
		return s.keep(l, a, sdp.Active)
	}
	return s.keep(l, a, sdp.Passive)
}

// keep writes into a description what was agreed; setup is our part in a handshake.
func (s *Session) keep(l *sdp.Local, a sdp.Agreed, setup sdp.Setup) (err error) {
	l.Profile, l.Mux = a.Profile(), a.Mux
	if i := s.talks.meets(a.ICE); i != nil {
		l.ICE = i.own
	}
	switch a.Security {
	case sdp.SDES:
		var own ownKey
		own, err = s.talks.ownKey(a.Key.Suite)
		own.Tag = a.Key.Tag
		l.Keys = []sdp.Crypto{own.Crypto}
	case sdp.DTLS:
		l.Handshake, err = s.tellHandshake(setup)
	case sdp.Plain:
	}
	return err
}

// secure gets the ciphers for what was agreed. Those of a key that stays go on; what
// was of another key is let go of.
func (s *Session) secure(a sdp.Agreed) error {
	d := &s.talks
	if a.Security != sdp.DTLS {
		d.handshake.leave()
		d.handshake = nil
	}
	switch a.Security {
	case sdp.SDES:
		own, err := d.ownKey(a.Key.Suite)
		if err != nil {
			return err
		}
		d.sealing = own.cipher
		if d.opening != nil && d.agreed != nil && sameKey(*d.agreed, a) {
			return nil
		}
		d.opening, err = cipher(a.Key)
		return err
	case sdp.DTLS:
		return s.shakeHands(a)
	case sdp.Plain:
	}
	d.opening, d.sealing = nil, nil
	return nil
}
