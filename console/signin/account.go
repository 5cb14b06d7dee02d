package signin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/console/access"
)

// Errors that a caller may decide on.
var (
	ErrUnknown   = errors.New("nobody is signed in by this")
	ErrRefused   = errors.New("the name, the passphrase or the code is wrong")
	ErrCode      = errors.New("a code of the second factor is needed")
	ErrNoAccount = errors.New("there is no such account")
	ErrTaken     = errors.New("there is an account of that name")
)

// A Fault is what is wrong with a request, for whoever made it.
type Fault struct{ Err error } //nolint:errname // signin.Fault reads well, as sip.Rejected does

// Error says what it is, in words for people.
func (f Fault) Error() string { return f.Err.Error() }

// Unwrap gives what is wrong.
func (f Fault) Unwrap() error { return f.Err }

func fault(format string, args ...any) error { return Fault{fmt.Errorf(format, args...)} }

// An Account is a person who may sign in.
type Account struct {
	Name     string         `json:"name"`
	Grants   []access.Grant `json:"grants"`
	Disabled bool           `json:"disabled,omitempty"`
	Created  time.Time      `json:"created"`

	Passphrase string    `json:"passphrase,omitempty"` // argon2id
	TOTP       string    `json:"totp,omitempty"`       // secret, in base 32
	TOTPStep   int64     `json:"totp_step,omitempty"`  // of the last code used: none is taken twice
	Pending    string    `json:"pending,omitempty"`    // a secret that no code has confirmed yet
	Recovery   []string  `json:"recovery,omitempty"`   // hashes of codes that are left
	Passkeys   []Passkey `json:"passkeys,omitempty"`

	Issuer string `json:"issuer,omitempty"` // the provider that vouches for it; empty: a local account
	Shown  string `json:"shown,omitempty"`  // what the provider calls it; it proves nothing
	Agent  string `json:"agent,omitempty"`  // the agent that they are, as the provider says; a local account is that of its name

	// Generation counts what ends all sessions: a reset, a new passphrase, a lock.
	Generation int64 `json:"generation"` // begins with the time, so that who is added again is another
}

// canSignIn reports whether an account has anything to sign in with.
func (a Account) canSignIn() bool {
	return !a.Disabled && (a.Passphrase != "" || len(a.Passkeys) > 0 || a.Issuer != "")
}

func (a Account) principal() access.Principal {
	name, agent := "user:"+a.Name, a.Name
	if a.Shown != "" {
		name += "/" + a.Shown
	}
	if a.Issuer != "" {
		agent = a.Agent
	}
	return access.Principal{Name: name, Agent: agent, Grants: a.Grants}
}

// checkName holds names to what reads well in an audit.
func checkName(name string) error {
	ok := name != "" && len(name) <= 64 && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789.-_@") == ""
	if !ok || name != strings.ToLower(name) {
		return fault("%q is no name for an account; up to 64 of a-z, 0-9 and .-_@ are taken", name)
	}
	if strings.HasPrefix(name, ssoMark) {
		return fault("a name that begins with %s is of an account that an identity provider vouches for", ssoMark)
	}
	return nil
}

func checkGrants(grants []access.Grant) error {
	if len(grants) == 0 {
		return fault("an account needs a role; write ROLE, ROLE@TENANT or supervisor@TENANT/QUEUE")
	}
	for _, g := range grants {
		if err := g.Check(); err != nil {
			return Fault{err}
		}
	}
	return nil
}

// Add makes an account, which its owner opens with a link (see Link).
func (s *Service) Add(ctx context.Context, name string, grants []access.Grant) error {
	if err := errors.Join(checkName(name), checkGrants(grants)); err != nil {
		return err
	}
	return change(ctx, s.store, accounts, name, func(a *Account) (*Account, error) {
		if a != nil {
			return nil, ErrTaken
		}
		return &Account{Name: name, Grants: grants, Created: s.now(), Generation: s.now().UnixNano()}, nil
	})
}

// Accounts lists them by name.
func (s *Service) Accounts(ctx context.Context) ([]Account, error) {
	all, err := loadAll[Account](ctx, s.store, accounts)
	if err != nil {
		return nil, err
	}
	out := make([]Account, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, all[name])
	}
	return out, nil
}

// account gives one; ErrNoAccount.
func (s *Service) account(ctx context.Context, name string) (Account, error) {
	a, err := load[Account](ctx, s.store, accounts, name)
	if errors.Is(err, errNone) {
		return a, ErrNoAccount
	}
	return a, err
}

// alter changes an account; ErrNoAccount.
func (s *Service) alter(ctx context.Context, name string, f func(*Account) error) error {
	return change(ctx, s.store, accounts, name, func(a *Account) (*Account, error) {
		if a == nil {
			return nil, ErrNoAccount
		}
		return a, f(a)
	})
}

// Grant gives an account other roles. They count at once, in sessions that are open too.
func (s *Service) Grant(ctx context.Context, name string, grants []access.Grant) error {
	if err := checkGrants(grants); err != nil {
		return err
	}
	return s.alter(ctx, name, func(a *Account) error {
		a.Grants = grants
		return nil
	})
}

// Disable locks an account, and ends its sessions, or lets it sign in again.
func (s *Service) Disable(ctx context.Context, name string, locked bool) error {
	return s.alter(ctx, name, func(a *Account) error {
		a.Disabled = locked
		a.Generation++
		return nil
	})
}

// Reset takes all that an account signs in with, and ends its sessions. Its owner
// starts again by a link.
func (s *Service) Reset(ctx context.Context, name string) error {
	return s.alter(ctx, name, func(a *Account) error {
		*a = Account{Name: a.Name, Grants: a.Grants, Disabled: a.Disabled, Created: a.Created, Generation: a.Generation + 1}
		return nil
	})
}

// Remove forgets an account.
func (s *Service) Remove(ctx context.Context, name string) error {
	there, err := s.store.drop(ctx, accounts, name)
	if err == nil && !there {
		return ErrNoAccount
	}
	return err
}

// SetPassphrase gives the owner of a session another passphrase, if they know the one
// that they have; who came by a link need not. Their other sessions end, so a new one
// takes the place of theirs.
func (s *Service) SetPassphrase(ctx context.Context, cookie, old, passphrase string) (fresh string, err error) {
	se, a, err := s.session(ctx, cookie)
	if err != nil {
		return "", err
	}
	if err := CheckPassphrase(a.Name, passphrase); err != nil {
		return "", Fault{err}
	}
	if a.Issuer != "" {
		return "", fault("this account signs in by an identity provider, and has no passphrase")
	}
	if a.Passphrase == "" && se.By != byLink && s.now().Sub(se.Begun) > freshSession {
		return "", fault("sign in again first: a first passphrase is set within %s of that", freshSession)
	}
	if a.Passphrase != "" && se.By != byLink {
		if ok, err := s.hasher.matches(ctx, old, a.Passphrase); err != nil || !ok {
			return "", errors.Join(err, ErrRefused)
		}
	}
	hash, err := s.hasher.hash(ctx, passphrase)
	if err != nil {
		return "", err
	}
	err = s.alter(ctx, a.Name, func(now *Account) error {
		if now.Generation != a.Generation || now.Disabled {
			return ErrUnknown // it was locked or reset meanwhile
		}
		now.Passphrase = hash
		now.Generation++
		return nil
	})
	if err != nil {
		return "", err
	}
	return s.open(ctx, a.Name, byPassphrase)
}
