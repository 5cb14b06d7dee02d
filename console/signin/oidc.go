package signin

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/callward/callward/console/access"
)

// An OIDC says by which OpenID provider people sign in, and what its groups may do.
type OIDC struct {
	Issuer       string
	ClientID     string
	ClientSecret string                    // empty: a public client
	Scopes       []string                  // besides openid, profile and email
	Groups       string                    // the claim that holds them; empty: groups
	Roles        map[string][]access.Grant // by group
	Agent        string                    // the claim that names the agent whom somebody is; empty: none does
}

// byOIDC is how a session began.
const byOIDC = "oidc"

// flows is a further hash in Redis: hash of a state -> flow.
const flows = "flows"

// A flow is a sign-in that is at the provider. Whoever comes back from there must be in
// the browser that went (the state is in its cookie), with a token made for it (nonce) and
// a code that nobody else could use (verifier, RFC 7636).
type flow struct {
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Redirect string    `json:"redirect"`
	Ends     time.Time `json:"ends"`
}

const (
	flowTime     = 10 * time.Minute
	providerTime = 10 * time.Second
)

// ErrProvider says that the provider cannot be reached, or said something that is not to
// be believed; what it wraps is for the log.
var ErrProvider = errors.New("the identity provider did not sign anybody in")

// ErrNoRole says that somebody is known to the provider, and has no role here.
var ErrNoRole = errors.New("none of your groups has a role here")

// A provider is found once, when somebody first signs in by it.
type provider struct {
	cfg   OIDC
	mu    sync.Mutex
	found *oidc.Provider
}

func (p *provider) find(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// Its keys are fetched later as well, when this request is over.
	found, err := oidc.NewProvider(context.WithoutCancel(client(ctx)), p.cfg.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProvider, err)
	}
	p.found = found
	return found, nil
}

// client has the provider answer in time.
func client(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, &http.Client{Timeout: providerTime})
}

func (p *provider) oauth(found *oidc.Provider, redirect string) oauth2.Config {
	return oauth2.Config{
		ClientID: p.cfg.ClientID, ClientSecret: p.cfg.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: redirect,
		Scopes: slices.Concat([]string{oidc.ScopeOpenID, "profile", "email"}, p.cfg.Scopes),
	}
}

// HasOIDC reports whether people may sign in by a provider.
func (s *Service) HasOIDC() bool { return s.provider != nil }

// BeginOIDC gives where to send a browser, at an address, that wants to sign in, and what
// its cookie must show when it comes back to redirect.
func (s *Service) BeginOIDC(ctx context.Context, redirect, from string) (address, state string, err error) {
	found, err := s.provider.find(ctx)
	if err != nil {
		return "", "", err
	}
	state = newSecret()
	f := flow{Nonce: newSecret(), Verifier: oauth2.GenerateVerifier(), Redirect: redirect, Ends: s.now().Add(flowTime)}
	if err := s.store.place(ctx, flows, hashOf(state), f, f.Ends, s.now(), from); err != nil {
		return "", "", err
	}
	cfg := s.provider.oauth(found, redirect)
	return cfg.AuthCodeURL(state, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), state, nil
}

// FinishOIDC opens a session for whoever came back with a code, in the browser whose cookie
// is given. Its name is that of the account, for the audit.
func (s *Service) FinishOIDC(ctx context.Context, state, code, cookie string) (session, name string, err error) {
	if state == "" || subtle.ConstantTimeCompare([]byte(state), []byte(cookie)) != 1 {
		return "", "", ErrRefused // the sign-in was begun by somebody else
	}
	f, err := load[flow](ctx, s.store, flows, hashOf(state))
	if errors.Is(err, errNone) {
		return "", "", ErrRefused
	}
	if err != nil {
		return "", "", err
	}
	if mine, err := s.store.drop(ctx, flows, hashOf(state)); err != nil || !mine || !s.now().Before(f.Ends) {
		return "", "", errors.Join(err, ErrRefused)
	}
	who, err := s.exchange(ctx, f, code)
	if err != nil {
		return "", "", err
	}
	return s.federate(ctx, who, byOIDC)
}

// A told is what a provider says of somebody.
type told struct {
	Issuer  string
	Subject string
	Name    string // to read; it proves nothing
	Grants  []access.Grant
	Agent   string // whose state and calls are theirs
}

// exchange gives a code back to the provider for a token, and believes what is signed.
func (s *Service) exchange(ctx context.Context, f flow, code string) (told, error) {
	found, err := s.provider.find(ctx)
	if err != nil {
		return told{}, err
	}
	ctx = client(ctx)
	cfg := s.provider.oauth(found, f.Redirect)
	token, err := cfg.Exchange(ctx, code, oauth2.VerifierOption(f.Verifier))
	if err != nil {
		return told{}, fmt.Errorf("%w: %w", ErrProvider, withoutBody(err))
	}
	raw, _ := token.Extra("id_token").(string)
	return s.believe(ctx, found, f, raw)
}

// believe reads an ID token that is the provider's, for us, and for this sign-in.
func (s *Service) believe(ctx context.Context, found *oidc.Provider, f flow, raw string) (told, error) {
	// The issuer, our id, the time and the signature, by keys and algorithms of the provider; never none.
	id, err := found.Verifier(&oidc.Config{ClientID: s.provider.cfg.ClientID, Now: s.now}).Verify(ctx, raw)
	if err != nil {
		return told{}, fmt.Errorf("%w: %w", ErrProvider, err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return told{}, fmt.Errorf("%w: the token was made for another sign-in", ErrProvider)
	}
	return s.provider.read(id)
}

// withoutBody leaves out what a provider answered: it may be anything.
func withoutBody(err error) error {
	if r, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return fmt.Errorf("the code was not taken: %s", r.Response.Status)
	}
	return err
}

// read finds the name and the groups among the claims.
func (p *provider) read(id *oidc.IDToken) (told, error) {
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return told{}, fmt.Errorf("%w: %w", ErrProvider, err)
	}
	t := told{Issuer: id.Issuer, Subject: id.Subject}
	for _, key := range []string{"preferred_username", "email", "name"} {
		if name, ok := claims[key].(string); ok && name != "" && t.Name == "" {
			t.Name = readable(name)
		}
	}
	if name, ok := claims[p.cfg.Agent].(string); ok && p.cfg.Agent != "" {
		t.Agent = agentNamed(name)
	}
	groups, _ := claims[p.cfg.Groups].([]any)
	if one, ok := claims[p.cfg.Groups].(string); ok {
		groups = []any{one}
	}
	for _, g := range groups {
		if name, ok := g.(string); ok {
			t.Grants = append(t.Grants, p.cfg.Roles[name]...)
		}
	}
	return t, nil
}

// agentNamed takes the name of an agent as it stands: one that had to be mended would be
// somebody else's.
func agentNamed(name string) string {
	if readable(name) != name {
		return ""
	}
	return name
}

// readable keeps a name that somebody else chose from writing anything but a name.
func readable(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(".-_@+", r) {
			return r
		}
		return '_'
	}, name)
	return string([]rune(name)[:min(len([]rune(name)), 48)])
}

// ssoMark begins the names of accounts that a provider vouches for. No local account may.
const ssoMark = "sso-"

// federate opens a session for somebody whom a provider vouches for. Their account is made
// at the first sign-in, so that it can be seen and locked here; the provider's groups say
// what it may do, anew each time. It is known by issuer and subject, never by a name.
func (s *Service) federate(ctx context.Context, t told, by string) (cookie, name string, err error) {
	sum := sha256.Sum256([]byte(t.Issuer + "\x00" + t.Subject))
	name = ssoMark + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:16])
	if len(t.Grants) == 0 {
		return "", name, ErrNoRole
	}
	err = change(ctx, s.store, accounts, name, func(a *Account) (*Account, error) {
		if a == nil {
			a = &Account{Name: name, Created: s.now()}
		}
		if a.Disabled {
			return nil, ErrRefused
		}
		a.Issuer, a.Shown, a.Agent, a.Grants = t.Issuer, t.Name, t.Agent, t.Grants
		return a, nil
	})
	if err != nil {
		return "", name, err
	}
	cookie, err = s.open(ctx, name, by)
	return cookie, name, err
}
