package signin

import (
	"context"
	"errors"
)

// An Attempt is what somebody typed to sign in.
type Attempt struct {
	Name       string
	Passphrase string
	Code       string // of the second factor; empty: none was asked for yet
	Address    string // of whom it comes from
}

// SignIn opens a session and gives its cookie. ErrRefused says no more than that: an
// account that is not there takes as long to refuse as a wrong passphrase. ErrCode asks
// for the second factor, Wait for patience.
func (s *Service) SignIn(ctx context.Context, t Attempt) (string, error) {
	if err := s.begin(ctx, t.Name, t.Address); err != nil {
		return "", err
	}
	a, err := s.account(ctx, t.Name)
	if err != nil && !errors.Is(err, ErrNoAccount) {
		return "", err
	}
	ok, err := s.hasher.matches(ctx, t.Passphrase, a.Passphrase)
	if err != nil {
		return "", err
	}
	if !ok || a.Disabled || a.Issuer != "" {
		return "", ErrRefused
	}
	if a.TOTP != "" && t.Code == "" {
		return "", errors.Join(ErrCode, s.refund(ctx, ofAccount(t.Name)), s.refundNetwork(ctx, t.Address))
	}
	if a.TOTP != "" {
		if err := s.spend(ctx, a, t.Code); err != nil {
			return "", err
		}
	}
	if err := s.forgive(ctx, t.Name, t.Address); err != nil {
		return "", err
	}
	return s.open(ctx, a.Name, byPassphrase)
}

// Known reports whether there is an account of a name: what is typed for one may be a
// passphrase, and is not for the audit.
func (s *Service) Known(ctx context.Context, name string) bool {
	_, err := s.account(ctx, name)
	return err == nil
}
