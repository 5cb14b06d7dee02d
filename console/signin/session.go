package signin

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/callward/callward/console/access"
)

// How a session began.
const (
	byPassphrase = "passphrase"
	byLink       = "link"
)

// A session is a browser that is signed in. It is kept under the hash of its cookie.
type session struct {
	Account    string    `json:"account"`
	Generation int64     `json:"generation"` // of the account: another ends the session
	By         string    `json:"by"`
	Begun      time.Time `json:"begun"`
	Seen       time.Time `json:"seen"` // to a minute or so
	Ends       time.Time `json:"ends"`
}

// seenEvery is how often it is noted that a session is in use.
const seenEvery = time.Minute

// newSecret makes up 256 bits.
func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // it does not fail
	return base64.RawURLEncoding.EncodeToString(b)
}

// open begins a session and gives its cookie, which is kept nowhere.
func (s *Service) open(ctx context.Context, name, by string) (string, error) {
	a, err := s.account(ctx, name)
	if err != nil {
		return "", err
	}
	if a.Disabled {
		return "", ErrRefused
	}
	if err := s.store.sweep(ctx, s.now()); err != nil {
		return "", fmt.Errorf("forget old sessions: %w", err)
	}
	now, cookie := s.now(), newSecret()
	se := session{Account: name, Generation: a.Generation, By: by, Begun: now, Seen: now, Ends: now.Add(s.cfg.Longest)}
	return cookie, s.store.save(ctx, sessions, hashOf(cookie), se, se.Ends)
}

// session gives what a cookie stands for; ErrUnknown.
func (s *Service) session(ctx context.Context, cookie string) (session, Account, error) {
	se, err := load[session](ctx, s.store, sessions, hashOf(cookie))
	if errors.Is(err, errNone) {
		return se, Account{}, ErrUnknown
	}
	if err != nil {
		return se, Account{}, err
	}
	now := s.now()
	if !now.Before(se.Ends) || now.Sub(se.Seen) >= s.cfg.Idle {
		_, err := s.store.drop(ctx, sessions, hashOf(cookie))
		return se, Account{}, errors.Join(ErrUnknown, err)
	}
	a, err := s.account(ctx, se.Account)
	if errors.Is(err, ErrNoAccount) || err == nil && (a.Disabled || a.Generation != se.Generation) {
		return se, Account{}, ErrUnknown
	}
	return se, a, err
}

// touch notes that a session is in use.
func (s *Service) touch(ctx context.Context, cookie string, se session) error {
	if s.now().Sub(se.Seen) < seenEvery {
		return nil
	}
	return change(ctx, s.store, sessions, hashOf(cookie), func(now *session) (*session, error) {
		if now == nil {
			return nil, ErrUnknown // it was ended this moment, and stays so
		}
		now.Seen = s.now()
		return now, nil
	})
}

// SignOut ends a session.
func (s *Service) SignOut(ctx context.Context, cookie string) error {
	_, err := s.store.drop(ctx, sessions, hashOf(cookie))
	return err
}

// A Badge is what a request shows of who makes it.
type Badge struct {
	Bearer string // of the Authorization header; it is looked at alone where there is one
	Cookie string
}

// Identify gives who shows a badge; ErrUnknown. Every request asks anew, so that what
// was revoked ends at once. A look that is not use does not keep a session from idling.
func (s *Service) Identify(ctx context.Context, b Badge, use bool) (access.Principal, error) {
	if b.Bearer != "" {
		return s.bearer(ctx, b.Bearer)
	}
	if b.Cookie == "" {
		return access.Principal{}, ErrUnknown
	}
	se, a, err := s.session(ctx, b.Cookie)
	if err == nil && use {
		err = s.touch(ctx, b.Cookie, se)
	}
	if err != nil {
		return access.Principal{}, err
	}
	return a.principal(), nil
}

// A Standing is how well an account is secured.
type Standing struct {
	Bare     bool // it has nothing to sign in with again
	Factor   bool // a second factor is asked for
	Recovery int  // recovery codes that are left
	Passkeys []Key
}

// A Key is what its owner is told of a passkey.
type Key struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
}

// Standing tells it of a session's account.
func (s *Service) Standing(ctx context.Context, cookie string) (Standing, error) {
	_, a, err := s.session(ctx, cookie)
	st := Standing{Bare: !a.canSignIn(), Factor: a.TOTP != "", Recovery: len(a.Recovery)}
	for _, p := range a.Passkeys {
		st.Passkeys = append(st.Passkeys, Key{p.ID(), p.Name, p.Created})
	}
	return st, err
}
