package app

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/callward/callward/console/access"
	"github.com/callward/callward/console/signin"
)

// SignInSettings say how people sign in to the console, besides by accounts of its own.
type SignInSettings struct {
	OIDC OIDCSettings `koanf:"oidc"`
	SAML SAMLSettings `koanf:"saml"`
}

// OIDCSettings name an OpenID provider. It is off without an Issuer.
type OIDCSettings struct {
	Issuer       string              `koanf:"issuer"`        // its URL, as its own description has it
	ClientID     string              `koanf:"client_id"`     // as which we are known there
	ClientSecret Secret              `koanf:"client_secret"` // empty: a public client
	Scopes       []string            `koanf:"scopes"`        // besides openid, profile and email
	Groups       string              `koanf:"groups"`        // the claim that holds somebody's groups; empty: groups
	Roles        map[string][]string `koanf:"roles"`         // by group: ROLE, ROLE@TENANT or supervisor@TENANT/QUEUE+QUEUE
	Agent        string              `koanf:"agent"`         // the claim that names the agent whom somebody is; empty: none does
}

func (s *SignInSettings) complete() {
	s.OIDC.Groups = cmp.Or(s.OIDC.Groups, "groups")
	if len(s.OIDC.Scopes) == 0 {
		s.OIDC.Scopes = nil
	}
	if len(s.OIDC.Roles) == 0 {
		s.OIDC.Roles = nil
	}
	s.SAML.Groups = cmp.Or(s.SAML.Groups, "groups")
	if len(s.SAML.Roles) == 0 {
		s.SAML.Roles = nil
	}
}

// provider puts it in the words of package signin; nil: there is none. Check has seen it.
func (s OIDCSettings) provider() *signin.OIDC {
	if s.Issuer == "" {
		return nil
	}
	return &signin.OIDC{
		Issuer: s.Issuer, ClientID: s.ClientID, ClientSecret: s.ClientSecret.Reveal(), Scopes: s.Scopes, Groups: s.Groups, Roles: grantsOf(s.Roles),
		Agent: s.Agent,
	}
}

// grantsOf reads the roles of groups. Check has seen them.
func grantsOf(roles map[string][]string) map[string][]access.Grant {
	out := map[string][]access.Grant{}
	for group, texts := range roles {
		for _, text := range texts {
			if g, err := access.ParseGrant(text); err == nil {
				out[group] = append(out[group], g)
			}
		}
	}
	return out
}

func (k *checker) signIn(s OIDCSettings, tenants map[string]Tenant) {
	const path = "sign_in.oidc"
	if s.Issuer == "" {
		k.want(s.ClientID == "" && len(s.Roles) == 0, path+".issuer", "missing; write the URL of the provider, such as https://id.example.com")
		return
	}
	k.want(isIssuer(s.Issuer), path+".issuer", "%q is no provider; write its https:// URL as it calls itself, without a query (http:// on this machine alone)", s.Issuer)
	k.want(s.ClientID != "", path+".client_id", "missing; write the name that the provider knows us by")
	k.groups(path, s.Roles, tenants)
}

// groups sees that somebody could come in, and where to.
func (k *checker) groups(path string, roles map[string][]string, tenants map[string]Tenant) {
	k.want(len(roles) > 0, path+".roles", "no group has a role, so nobody could come in; write GROUP: [ROLE@TENANT]")
	for _, group := range names(roles) {
		for i, text := range roles[group] {
			k.grant(fmt.Sprintf("%s.roles[%s][%d]", path, group, i), text, tenants)
		}
	}
}

// grant refuses what reaches nothing: whoever had it would wonder why.
func (k *checker) grant(path, text string, tenants map[string]Tenant) {
	g, err := access.ParseGrant(text)
	if err != nil {
		k.want(false, path, "%v", err)
		return
	}
	t, known := tenants[g.Tenant]
	if !known {
		k.want(g.Tenant == access.AllTenants, path, "tenant %s", unknown(g.Tenant, names(tenants)))
		return
	}
	for _, q := range g.Queues {
		_, ok := t.Queues[q]
		k.want(ok, path, "queue %s", unknown(q, names(t.Queues)))
	}
}

// isIssuer keeps codes and secrets from going over a network in clear.
func isIssuer(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(text, " \t") {
		return false
	}
	host, _, err := net.SplitHostPort(u.Host)
	if err != nil {
		host = u.Host
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	near := host == "localhost" || err == nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && near
}
