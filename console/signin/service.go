package signin

import (
	"cmp"
	"context"
	"crypto/subtle"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/console/access"
)

// Config is what a Service needs. Times that are zero are as the comments say.
type Config struct {
	Client  redis.UniversalClient
	Now     func() time.Time
	Cost    Cost          // of a passphrase
	Idle    time.Duration // a session ends after so long without use; 0: 1 h
	Longest time.Duration // and after so long in any case; 0: 12 h
	Link    time.Duration // a link is good for so long; 0: 15 min
	OIDC    *OIDC         // nil: no provider
	SAML    *SAML         // nil: none of SAML
}

// A Service knows who may use the console. It is safe for concurrent use.
type Service struct {
	cfg    Config
	store  store
	hasher *hasher

	provider *provider              // nil: none
	saml     *samlProvider          // nil: none
	local    atomic.Pointer[string] // hash of the token for programs of this machine
}

// New makes a service over a Redis, which is not asked yet.
func New(cfg Config) *Service {
	cfg.Idle = cmp.Or(cfg.Idle, time.Hour)
	cfg.Longest = cmp.Or(cfg.Longest, 12*time.Hour)
	cfg.Link = cmp.Or(cfg.Link, 15*time.Minute)
	s := &Service{cfg: cfg, store: store{cfg.Client, usualLimits()}, hasher: newHasher(cfg.Cost)}
	if cfg.OIDC != nil {
		o := *cfg.OIDC
		o.Groups = cmp.Or(o.Groups, "groups")
		s.provider = &provider{cfg: o}
	}
	if cfg.SAML != nil {
		c := *cfg.SAML
		c.Groups = cmp.Or(c.Groups, "groups")
		s.saml = &samlProvider{cfg: c}
	}
	return s
}

func (s *Service) now() time.Time { return s.cfg.Now() }

// TrustLocal takes a token for this process's own user, who may do everything. It
// is in no store: it ends with the process.
func (s *Service) TrustLocal(token string) {
	h := hashOf(token)
	s.local.Store(&h)
}

// Everything is the roles that include all rights.
func Everything() []access.Grant {
	return []access.Grant{{Role: access.Admin, Tenant: access.AllTenants}, {Role: access.Listener, Tenant: access.AllTenants}}
}

// bearer gives who shows a token.
func (s *Service) bearer(ctx context.Context, token string) (access.Principal, error) {
	hash := hashOf(token)
	if local := s.local.Load(); local != nil && subtle.ConstantTimeCompare([]byte(hash), []byte(*local)) == 1 {
		return access.Principal{Name: "local", Grants: Everything()}, nil
	}
	return s.token(ctx, hash)
}
