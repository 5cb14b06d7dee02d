package console

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"

	"github.com/callward/callward/console/access"
)

func TestAPersonSignsInByAPasskey(t *testing.T) {
	b := newBench(t, 8)
	b.URL = strings.Replace(b.URL, "127.0.0.1", "localhost", 1) // browsers know keys by a name
	n := b.newcomer(t, "jean", access.Grant{Role: access.Viewer, Tenant: "default"})
	rp := virtualwebauthn.RelyingParty{ID: "localhost", Name: "Callward", Origin: b.URL}
	device, key := virtualwebauthn.NewAuthenticator(), virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	made, err := virtualwebauthn.ParseAttestationOptions(n.want(200, "POST", "session/passkeys/options", nil))
	if err != nil {
		t.Fatal(err)
	}
	device.Options.UserHandle = []byte(made.UserID)
	n.want(200, "POST", "session/passkeys?name=phone", json.RawMessage(virtualwebauthn.CreateAttestationResponse(rp, device, key, *made)))
	n.want(204, "DELETE", "session", nil)

	n.cookie = nil
	asked, err := virtualwebauthn.ParseAssertionOptions(n.want(200, "POST", "session/passkey/options", nil))
	if err != nil {
		t.Fatal(err)
	}
	n.want(422, "POST", "session/passkey", m{"id": "x"})
	answer := json.RawMessage(virtualwebauthn.CreateAssertionResponse(rp, device, key, *asked))
	n.want(204, "POST", "session/passkey", answer)
	n.want(200, "GET", "queues", nil)
	n.want(401, "POST", "session/passkey", answer)
	if got := b.audit.took(); !strings.Contains(got, " user:jean add-passkey: ok\n") || !strings.Contains(got, " user:jean sign-in-by-key: ok, from ") {
		t.Errorf("audit:\n%s", got)
	}
}
