package signin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// A Passkey is a key of WebAuthn that an account signs in with.
type Passkey struct {
	Name       string              `json:"name"`
	Created    time.Time           `json:"created"`
	Credential webauthn.Credential `json:"credential"`
}

// ID names a passkey.
func (p Passkey) ID() string { return base64.RawURLEncoding.EncodeToString(p.Credential.ID) }

const (
	byPasskey  = "passkey"
	ceremonies = "ceremonies" // a hash in Redis: hash of the challenge -> ceremony

	ceremonyTime = 5 * time.Minute
	freshSession = 15 * time.Minute // a stolen session, once older, adds no key
	maxPasskeys  = 20
)

// A ceremony is a question that a browser has not answered yet.
type ceremony struct {
	Account string               `json:"account,omitempty"` // that adds a key; empty: somebody signs in
	Data    webauthn.SessionData `json:"data"`
	Ends    time.Time            `json:"ends"`
}

// An Origin is where a browser sees this server: its scheme, and host with port.
type Origin struct {
	Scheme string
	Host   string
}

// party is who asks for keys. Browsers know keys by a name, and never by an address.
func (o Origin) party() (*webauthn.WebAuthn, error) {
	host, _, err := net.SplitHostPort(o.Host)
	if err != nil {
		host = o.Host
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || host == "" {
		return nil, fault("passkeys belong to a name, and this server was asked by an address; use http://localhost with its port")
	}
	return webauthn.New(&webauthn.Config{RPID: host, RPDisplayName: totpIssuer, RPOrigins: []string{o.Scheme + "://" + o.Host}})
}

// A holder is an account as WebAuthn sees it. Its handle says nothing of its name.
type holder struct{ Account }

func (h holder) WebAuthnID() []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", h.Name, h.Created.UnixNano()))
	return sum[:]
}
func (h holder) WebAuthnName() string        { return h.Name }
func (h holder) WebAuthnDisplayName() string { return h.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential {
	out := make([]webauthn.Credential, len(h.Passkeys))
	for i, p := range h.Passkeys {
		out[i] = p.Credential
	}
	return out
}

// BeginPasskey gives what the browser of a session, at an address, needs to make a key.
func (s *Service) BeginPasskey(ctx context.Context, cookie string, o Origin, address string) (json.RawMessage, error) {
	a, err := s.fresh(ctx, cookie)
	if err != nil {
		return nil, err
	}
	party, err := o.party()
	if err != nil {
		return nil, err
	}
	var known []protocol.CredentialDescriptor
	for _, p := range a.Passkeys {
		known = append(known, p.Credential.Descriptor())
	}
	options, data, err := party.BeginRegistration(holder{a}, webauthn.WithExclusions(known), webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
		ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
	}))
	if err != nil {
		return nil, err
	}
	return s.ask(ctx, ceremony{Account: a.Name, Data: *data}, options, address)
}

// fresh gives the account of a session that has just begun.
func (s *Service) fresh(ctx context.Context, cookie string) (Account, error) {
	se, a, err := s.session(ctx, cookie)
	if err == nil && s.now().Sub(se.Begun) > freshSession {
		err = fault("sign in again first: a key is added within %s of that", freshSession)
	}
	if err == nil && (a.Issuer != "" || len(a.Passkeys) >= maxPasskeys) {
		err = fault("this account takes no passkey: it has %d, or signs in by an identity provider", maxPasskeys)
	}
	return a, err
}

// ask keeps a question and gives it to the browser.
func (s *Service) ask(ctx context.Context, c ceremony, options any, address string) (json.RawMessage, error) {
	c.Ends = s.now().Add(ceremonyTime)
	if err := s.store.place(ctx, ceremonies, hashOf(c.Data.Challenge), c, c.Ends, s.now(), address); err != nil {
		return nil, err
	}
	return json.Marshal(options)
}

// answered gives the question that an answer is to, once.
func (s *Service) answered(ctx context.Context, challenge string) (ceremony, error) {
	c, err := load[ceremony](ctx, s.store, ceremonies, hashOf(challenge))
	if errors.Is(err, errNone) {
		return c, ErrRefused
	}
	if err != nil {
		return c, err
	}
	if mine, err := s.store.drop(ctx, ceremonies, hashOf(challenge)); err != nil || !mine || !s.now().Before(c.Ends) {
		return c, errors.Join(err, ErrRefused)
	}
	return c, nil
}

// FinishPasskey adds the key that the browser of a session made, and gives its id.
func (s *Service) FinishPasskey(ctx context.Context, cookie, name string, o Origin, answer []byte) (string, error) {
	a, err := s.fresh(ctx, cookie)
	if err != nil {
		return "", err
	}
	party, err := o.party()
	if err != nil {
		return "", err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return "", fault("this is no key of WebAuthn")
	}
	c, err := s.answered(ctx, parsed.Response.CollectedClientData.Challenge)
	if err != nil {
		return "", err
	}
	if c.Account != a.Name {
		return "", ErrRefused
	}
	made, err := party.CreateCredential(holder{a}, c.Data, parsed)
	if err != nil {
		return "", fault("the key is not accepted")
	}
	key := Passkey{Name: readable(name), Created: s.now(), Credential: *made}
	return key.ID(), s.alter(ctx, a.Name, func(now *Account) error {
		if now.Generation != a.Generation {
			return ErrUnknown
		}
		now.Passkeys = append(now.Passkeys, key)
		return nil
	})
}

// RemovePasskey takes a key from the account of a session.
func (s *Service) RemovePasskey(ctx context.Context, cookie, id string) error {
	_, a, err := s.session(ctx, cookie)
	if err != nil {
		return err
	}
	return s.alter(ctx, a.Name, func(now *Account) error {
		n := len(now.Passkeys)
		now.Passkeys = slices.DeleteFunc(now.Passkeys, func(p Passkey) bool { return p.ID() == id })
		if len(now.Passkeys) == n {
			return fault("there is no such passkey")
		}
		if !now.canSignIn() {
			return fault("this is all that the account signs in with; set a passphrase first")
		}
		return nil
	})
}

// BeginKeySignIn gives what a browser at an address needs to sign somebody in by a key,
// whoever it is.
func (s *Service) BeginKeySignIn(ctx context.Context, o Origin, address string) (json.RawMessage, error) {
	party, err := o.party()
	if err != nil {
		return nil, err
	}
	options, data, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, err
	}
	return s.ask(ctx, ceremony{Data: *data}, options, address)
}

// KeySignIn opens a session for whoever holds a key. The device has seen to it that it is
// they (by finger, face or PIN), so it is two factors at once.
func (s *Service) KeySignIn(ctx context.Context, o Origin, answer []byte) (cookie, name string, err error) {
	party, err := o.party()
	if err != nil {
		return "", "", err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return "", "", fault("this is no answer of WebAuthn")
	}
	c, err := s.answered(ctx, parsed.Response.CollectedClientData.Challenge)
	if err != nil {
		return "", "", err
	}
	if c.Account != "" {
		return "", "", ErrRefused
	}
	all, err := s.Accounts(ctx)
	if err != nil {
		return "", "", err
	}
	used, err := party.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
		for _, a := range all {
			if bytes.Equal(holder{a}.WebAuthnID(), handle) {
				name = a.Name
				return holder{a}, nil
			}
		}
		return nil, ErrRefused
	}, c.Data, parsed)
	if err != nil || used.Authenticator.CloneWarning {
		return "", name, ErrRefused
	}
	if err := s.used(ctx, name, used); err != nil {
		return "", name, err
	}
	cookie, err = s.open(ctx, name, byPasskey)
	return cookie, name, err
}

// used keeps how often a key was used: one that counts backwards is a copy.
func (s *Service) used(ctx context.Context, name string, c *webauthn.Credential) error {
	return s.alter(ctx, name, func(a *Account) error {
		i := slices.IndexFunc(a.Passkeys, func(p Passkey) bool { return bytes.Equal(p.Credential.ID, c.ID) })
		if i < 0 || a.Disabled {
			return ErrRefused
		}
		a.Passkeys[i].Credential = *c
		return nil
	})
}
