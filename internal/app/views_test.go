package app

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/callward/callward/console"
)

func TestASentenceIsUnderstoodAsACallersAndRedactedFirst(t *testing.T) {
	t.Parallel()
	s := serveApp(t, "", "--test-numbers")
	var all []console.Assistant
	s.get("/api/v1/assistants", &all)
	if len(all) == 0 || all[0].Tenant != DefaultTenant || len(all[0].Numbers) == 0 || len(all[0].Intents) == 0 || all[0].Intents[0].Examples["fr"] == 0 {
		t.Fatalf("assistants: %+v", all)
	}
	try := func(language, text string) (code int, u console.Understood) {
		t.Helper()
		body, err := json.Marshal(console.Sentence{Tenant: DefaultTenant, Assistant: all[0].Name, Language: language, Text: text})
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.HTTP().String()+"/api/v1/assistants/try", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+s.local.Token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			err = json.NewDecoder(resp.Body).Decode(&u)
		}
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, u
	}
	if _, u := try("en", "what are your opening hours"); !u.Enough || u.Intent == "" || len(u.Top) == 0 {
		t.Errorf("about hours: %+v", u)
	}
	if _, u := try("en", "my card is 4111 1111 1111 1111"); strings.Contains(strings.ReplaceAll(u.Text.String(), " ", ""), "41111111") || u.Text.Empty() {
		t.Errorf("a card number came back: %q", u.Text)
	}
	if code, _ := try("de", "hallo"); code != http.StatusNotFound {
		t.Errorf("a language it does not speak: %d", code)
	}

	var sys console.System
	s.get("/api/v1/system", &sys)
	if len(sys.Listeners) < 2 || sys.MaxCalls == 0 || sys.Ports == 0 || sys.Started.IsZero() || sys.Draining || sys.Overloaded || len(sys.Nodes) != 1 || !sys.Nodes[0].Own || !sys.Nodes[0].Alive {
		t.Errorf("system: %+v", sys)
	}
	var b console.Board
	s.get("/api/v1/board", &b)
	if b.Trouble || len(b.Queues) == 0 || b.Queues[0].Target == 0 || len(b.Days) == 0 {
		t.Errorf("board: %+v", b)
	}
}
