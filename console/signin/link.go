package signin

import (
	"context"
	"errors"
	"time"

	"github.com/callward/callward/console/access"
)

// FirstAccount is the account that the first link of a server opens.
const FirstAccount = "admin"

// A link lets its reader into an account once. It is kept under its hash.
type link struct {
	Account    string    `json:"account"`
	Generation int64     `json:"generation"` // of the account: a reset takes back older links
	First      bool      `json:"first,omitempty"`
	Ends       time.Time `json:"ends"`
}

// Link makes a one-time link for an account and gives what stands after the # of
// its address.
func (s *Service) Link(ctx context.Context, name string) (string, error) {
	a, err := s.account(ctx, name)
	if err != nil {
		return "", err
	}
	return s.keepLink(ctx, link{Account: name, Generation: a.Generation})
}

func (s *Service) keepLink(ctx context.Context, l link) (string, error) {
	if err := s.store.sweep(ctx, s.now()); err != nil {
		return "", err
	}
	secret := newSecret()
	l.Ends = s.now().Add(s.cfg.Link)
	return secret, s.store.save(ctx, links, hashOf(secret), l, l.Ends)
}

// FirstLink makes the link by which a newcomer becomes the first admin; empty as soon as
// somebody can sign in who looks after accounts.
func (s *Service) FirstLink(ctx context.Context) (string, error) {
	open, err := s.anybody(ctx)
	if err != nil || open {
		return "", err
	}
	return s.keepLink(ctx, link{Account: FirstAccount, First: true})
}

// anybody reports whether somebody can sign in who looks after accounts: without one the
// door would stay shut to the rest.
func (s *Service) anybody(ctx context.Context) (bool, error) {
	all, err := s.Accounts(ctx)
	for _, a := range all {
		if a.canSignIn() && a.principal().May(access.ManageUsers).Anywhere() {
			return true, err
		}
	}
	return false, err
}

// Redeem signs in whoever has a link, once, and gives the session's cookie and the
// account. ErrRefused: it was used, is too old, or never was.
func (s *Service) Redeem(ctx context.Context, secret string) (cookie, name string, err error) {
	l, err := load[link](ctx, s.store, links, hashOf(secret))
	if errors.Is(err, errNone) {
		return "", "", ErrRefused
	}
	if err != nil {
		return "", "", err
	}
	if mine, err := s.store.drop(ctx, links, hashOf(secret)); err != nil || !mine || !s.now().Before(l.Ends) {
		return "", l.Account, errors.Join(err, ErrRefused)
	}
	if err := s.admit(ctx, l); err != nil {
		return "", l.Account, err
	}
	cookie, err = s.open(ctx, l.Account, byLink)
	return cookie, l.Account, err
}

// admit sees that a link's account still is as it was, or makes the first.
func (s *Service) admit(ctx context.Context, l link) error {
	if !l.First {
		a, err := s.account(ctx, l.Account)
		if err == nil && a.Generation != l.Generation || errors.Is(err, ErrNoAccount) {
			return ErrRefused
		}
		return err
	}
	if open, err := s.anybody(ctx); err != nil || open {
		return errors.Join(err, ErrRefused)
	}
	return change(ctx, s.store, accounts, l.Account, func(a *Account) (*Account, error) {
		if a == nil {
			a = &Account{Name: l.Account, Created: s.now()}
		}
		a.Grants, a.Disabled = Everything(), false
		return a, nil
	})
}
