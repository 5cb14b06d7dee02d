package app

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/callward/callward/console/signin"
)

// SAMLSettings name an identity provider of SAML 2.0. It is off without Metadata.
type SAMLSettings struct {
	Metadata     string              `koanf:"metadata"`      // the provider's description of itself: a file, or an https:// URL
	EntityID     string              `koanf:"entity_id"`     // as which it knows us, a URI of our choice
	Groups       string              `koanf:"groups"`        // the attribute that holds somebody's groups; empty: groups
	Roles        map[string][]string `koanf:"roles"`         // by group, as for oidc
	Agent        string              `koanf:"agent"`         // the attribute that names the agent whom somebody is; empty: none does
	IDPInitiated bool                `koanf:"idp_initiated"` // people may come from the provider without having been here
}

// files gives the names of files by their keys: none where the metadata is fetched.
func (s *SAMLSettings) files() map[string]*string {
	if signin.IsURL(s.Metadata) {
		return nil
	}
	return map[string]*string{"metadata": &s.Metadata}
}

// provider puts it in the words of package signin; nil: there is none. Check has seen it.
func (s SAMLSettings) provider() *signin.SAML {
	if s.Metadata == "" {
		return nil
	}
	return &signin.SAML{Metadata: s.Metadata, EntityID: s.EntityID, Groups: s.Groups, Roles: grantsOf(s.Roles), Agent: s.Agent, Unasked: s.IDPInitiated}
}

func (k *checker) saml(s SAMLSettings, tenants map[string]Tenant) {
	const path = "sign_in.saml"
	if s.Metadata == "" {
		k.want(s.EntityID == "" && len(s.Roles) == 0, path+".metadata", "missing; write the file, or the https:// URL, of the provider's metadata")
		return
	}
	if signin.IsURL(s.Metadata) {
		k.want(isMetadataURL(s.Metadata), path+".metadata", "%q is not where metadata may come from; write an https:// URL (http:// on this machine alone), or a file", s.Metadata)
	} else {
		_, err := signin.CheckSAMLMetadata(s.Metadata)
		k.want(err == nil, path+".metadata", "%v", err)
	}
	k.want(isURI(s.EntityID), path+".entity_id", "%q is no entity ID; write the URI that the provider knows us by, such as https://callward.example.com", s.EntityID)
	k.groups(path, s.Roles, tenants)
}

// warnings says what keeps people out, though calls are served all the same.
func (s SAMLSettings) warnings(now time.Time) []string {
	if s.Metadata == "" || signin.IsURL(s.Metadata) {
		return nil
	}
	if until, err := signin.CheckSAMLMetadata(s.Metadata); err == nil && until != nil && !now.Before(*until) {
		return []string{fmt.Sprintf("sign_in.saml.metadata: %s is valid until %s only; nobody signs in by it", s.Metadata, until.Format(time.DateTime))}
	}
	return nil
}

// isMetadataURL keeps anybody on the way from naming other keys.
func isMetadataURL(text string) bool {
	base, _, _ := strings.Cut(text, "?")
	return isIssuer(base)
}

// isURI reports whether text can be an entity ID (SAML core section 8.3.6).
func isURI(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.IsAbs() && len(text) <= 1024 && !strings.ContainsAny(text, " \t")
}
