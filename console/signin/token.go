package signin

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/console/access"
)

// tokenMark begins every token, so that scanners of repositories know one.
const tokenMark = "cwt_"

// A Token is what is told of an API token after it was made.
type Token struct {
	ID      string         `json:"id" doc:"to revoke it by; says nothing of the token"`
	Name    string         `json:"name"`
	Grants  []access.Grant `json:"grants"`
	Created time.Time      `json:"created"`
	By      string         `json:"by" doc:"who made it"`
	Ends    time.Time      `json:"ends"`
}

// Longest and shortest lives of a token.
const (
	MaxToken = 366 * 24 * time.Hour
	MinToken = time.Minute
)

// Issue makes a token for a program and gives it: it can be read this once.
func (s *Service) Issue(ctx context.Context, name, by string, grants []access.Grant, life time.Duration) (string, Token, error) {
	if err := errors.Join(checkName(name), checkGrants(grants)); err != nil {
		return "", Token{}, err
	}
	if life < MinToken || life > MaxToken {
		return "", Token{}, fault("a token lives from %s to %s", MinToken, MaxToken)
	}
	if err := s.store.sweep(ctx, s.now()); err != nil {
		return "", Token{}, err
	}
	secret := tokenMark + newSecret()
	t := Token{ID: hashOf("id " + secret)[:12], Name: name, Grants: grants, Created: s.now(), By: by, Ends: s.now().Add(life)}
	return secret, t, s.store.save(ctx, tokens, hashOf(secret), t, t.Ends)
}

// token gives who shows a token, by its hash.
func (s *Service) token(ctx context.Context, hash string) (access.Principal, error) {
	t, err := load[Token](ctx, s.store, tokens, hash)
	if errors.Is(err, errNone) || err == nil && !s.now().Before(t.Ends) {
		return access.Principal{}, ErrUnknown
	}
	if err != nil {
		return access.Principal{}, err
	}
	return access.Principal{Name: "token:" + t.Name, Grants: t.Grants}, nil
}

// Tokens lists those that count, by name.
func (s *Service) Tokens(ctx context.Context) ([]Token, error) {
	all, err := loadAll[Token](ctx, s.store, tokens)
	out := []Token{}
	for _, t := range all {
		if s.now().Before(t.Ends) {
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b Token) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	return out, err
}

// ErrNoToken says that no token has an id.
var ErrNoToken = errors.New("there is no such token")

// Revoke ends a token at once, by its id.
func (s *Service) Revoke(ctx context.Context, id string) (Token, error) {
	all, err := loadAll[Token](ctx, s.store, tokens)
	if err != nil {
		return Token{}, err
	}
	for hash, t := range all {
		if t.ID == id {
			_, err := s.store.drop(ctx, tokens, hash)
			return t, err
		}
	}
	return Token{}, ErrNoToken
}
