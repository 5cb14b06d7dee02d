package app

import (
	"encoding/base64"
	"encoding/pem"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/sip/siptest"
)

func TestHowPagesAreReachedBeyondLoopbackIsChecked(t *testing.T) {
	ca := certstest.New(t)
	cert, key, _ := ca.Issue("web", "callward.example.com", time.Now().Add(time.Hour))
	old, oldKey, _ := ca.Issue("old", "callward.example.com", time.Now().Add(-time.Hour))
	pair := func(cert, key string) string { return "certificate: " + cert + ", key: " + key }
	for name, tc := range map[string]struct{ yaml, want string }{
		"in clear":           {"  http: 0.0.0.0:8080\n", "callward.yaml:3: listeners.http: 0.0.0.0:8080 can be reached from other machines, and it is not encrypted"},
		"no certificate":     {"  https: {address: '0.0.0.0:8443'}\n", "callward.yaml:3: listeners.https.address: 0.0.0.0:8443 needs a certificate"},
		"no key":             {"  https: {address: '0.0.0.0:8443', certificate: " + cert + "}\n", "callward.yaml:3: listeners.https: a certificate and its key go together"},
		"expired":            {"  https: {address: '0.0.0.0:8443', " + pair(old, oldKey) + "}\n", "listeners.https: certificate " + old + ": it expired on"},
		"nowhere":            {"  https: {" + pair(cert, key) + "}\n", "listeners.https.address: missing"},
		"no address":         {"  https: {address: 8443, " + pair(cert, key) + "}\n", `"8443" is not an address`},
		"everybody a proxy":  {"  proxy: {from: ['0.0.0.0/0'], names: [a.example]}\n", "callward.yaml:3: listeners.proxy.from[0]: everybody would be the proxy"},
		"a proxy of no name": {"  http: 0.0.0.0:8080\n  proxy: {from: [192.0.2.1]}\n", "callward.yaml:4: listeners.proxy.names: missing"},
		"names of no proxy":  {"  proxy: {names: [a.example]}\n", "callward.yaml:3: listeners.proxy.from: missing"},
		"a URL for a name":   {"  proxy: {from: [192.0.2.1], names: ['https://a.example']}\n", `"https://a.example" is not a host`},
	} {
		if _, err := load(t, "version: 1\nlisteners:\n"+tc.yaml, nil, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
	mustLoad(t, "", []string{"--http", "0.0.0.0:8080", "--http-proxy", "192.0.2.1,10.0.0.0/24", "--http-name", "callward.example.com"}, nil)
	mustLoad(t, "", []string{"--https", "0.0.0.0:8443", "--tls-certificate", cert, "--tls-key", key}, nil) // that of SIP
}

func TestTheFrontIsWhereBrowsersFindThePages(t *testing.T) {
	none, at := netip.AddrPort{}, netip.MustParseAddrPort
	proxy := Listeners{Proxy: ProxySettings{Names: []string{"callward.example.com", "b.example"}}}
	for _, tc := range []struct {
		l             Listeners
		plain, secure netip.AddrPort
		certified     string
		want          string
	}{
		{Listeners{}, at("127.0.0.1:8080"), none, "", "http://localhost:8080"},
		{Listeners{}, at("[::1]:8080"), none, "", "http://localhost:8080"},
		{Listeners{}, at("127.0.0.2:8080"), none, "", "http://127.0.0.2:8080"},
		{Listeners{}, at("127.0.0.1:8080"), at("0.0.0.0:8443"), "callward.example.com", "https://callward.example.com:8443"},
		{Listeners{}, at("127.0.0.1:8080"), at("0.0.0.0:443"), "callward.example.com", "https://callward.example.com"},
		{Listeners{}, at("127.0.0.1:8080"), at("192.0.2.1:8443"), "", "https://192.0.2.1:8443"},
		{Listeners{}, at("127.0.0.1:8080"), at("[2001:db8::1]:443"), "2001:db8::1", "https://[2001:db8::1]"},
		{proxy, at("0.0.0.0:8080"), none, "", "https://callward.example.com"},
	} {
		if got := Front(tc.l, tc.plain, tc.secure, tc.certified); got != tc.want {
			t.Errorf("%s, want %s", got, tc.want)
		}
	}
	for from, want := range map[HTTPAddress]string{"0.0.0.0:8080": "127.0.0.1:8080", "[::]:8080": "[::1]:8080", "localhost:1": "localhost:1", "192.0.2.1:8080": "192.0.2.1:8080"} {
		if got := from.Local(); got != want {
			t.Errorf("%s is asked at %s", from, got)
		}
	}
}

// The server's link leads where others can follow it, and its certificate is read again.
func TestPagesAreServedOverHTTPSAndTheLinkSaysSo(t *testing.T) {
	ca := certstest.New(t)
	cert, key, _ := ca.Issue("web", "127.0.0.1", time.Now().Add(time.Hour))
	s := serveApp(t, "", "--https", "127.0.0.1:0", "--https-certificate", cert, "--https-key", key)
	secure := s.console.SecureAddr().String()
	s.eventually("the greeting", func() bool { return strings.Contains(s.out.String(), "  sign in https://"+secure+"/welcome#") })
	var system console.System
	s.get("/api/v1/system", &system)
	if len(system.Certificates) != 1 || system.Listeners[1] != (console.Listener{Network: "https", Address: secure}) {
		t.Errorf("%+v", system)
	}
	ends := s.webCerts.Expires()
	ca.Issue("web", "127.0.0.1", time.Now().Add(2*time.Hour))
	siptest.Eventually(t, "the new certificate", func() bool { return s.webCerts.Expires().After(ends) })
	if got := FrontOf(s.began.Config); got != "https://127.0.0.1:0" {
		t.Errorf("front %s", got)
	}
}

func TestAProviderOfSAMLThatLetsNobodyInIsRefused(t *testing.T) {
	const good = "sign_in:\n  saml:\n    metadata: https://id.example.com/metadata?x=y\n    entity_id: https://callward.example.com\n    groups: memberOf\n    roles:\n      support: [viewer, supervisor@default/billing]\n"
	p := mustLoad(t, "version: 1\n"+good, nil, nil).SignIn.SAML.provider()
	if p == nil || p.EntityID != "https://callward.example.com" || p.Groups != "memberOf" || len(p.Roles["support"]) != 2 || p.Unasked {
		t.Errorf("%+v", p)
	}
	file := filepath.Join(t.TempDir(), "idp.xml")
	if err := os.WriteFile(file, []byte("<a/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	const stale = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x" validUntil="2020-01-01T00:00:00Z">`
	if w := (SAMLSettings{Metadata: staleMetadata(t, stale)}).warnings(time.Now()); len(w) != 1 || !strings.Contains(w[0], "valid until 2020-01-01") {
		t.Errorf("warnings %q", w)
	}
	for name, tc := range map[string]struct{ from, to, want string }{
		"clear":     {"https://id", "http://id", `callward.yaml:4: sign_in.saml.metadata: "http://id.example.com/metadata?x=y" is not where metadata may come from`},
		"no file":   {"https://id.example.com/metadata?x=y", "none.xml", "callward.yaml:4: sign_in.saml.metadata: open "},
		"of no use": {"https://id.example.com/metadata?x=y", file, "sign_in.saml.metadata: it is no SAML metadata"},
		"nowhere":   {"metadata: https://id.example.com/metadata?x=y", "groups: x", "sign_in.saml.metadata: missing"},
		"no name":   {"https://callward.example.com", "callward", `callward.yaml:5: sign_in.saml.entity_id: "callward" is no entity ID`},
		"role":      {"[viewer,", "[veiwer,", `"veiwer" is no role; allowed: viewer, agent`},
		"queue":     {"/billing", "/biling", `callward.yaml:8: sign_in.saml.roles[support][1]: queue "biling" is not known`},
		"nobody":    {"      support: [viewer, supervisor@default/billing]\n", "", "sign_in.saml.roles: no group has a role"},
	} {
		yaml := strings.Replace(good, tc.from, tc.to, 1)
		if name == "nowhere" {
			yaml = strings.Replace(yaml, "    groups: memberOf\n", "", 1)
		}
		if _, err := load(t, "version: 1\n"+yaml, nil, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
}

// staleMetadata writes metadata that begins as told, and is good otherwise.
func staleMetadata(t *testing.T, head string) string {
	t.Helper()
	ca := certstest.New(t)
	text, err := os.ReadFile(ca.File)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	file := filepath.Join(t.TempDir(), "stale.xml")
	body := head + `<IDPSSODescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` +
		base64.StdEncoding.EncodeToString(block.Bytes) + `</X509Certificate></X509Data></KeyInfo></KeyDescriptor>` +
		`<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://id.example.com/sso"></SingleSignOnService></IDPSSODescriptor></EntityDescriptor>`
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
