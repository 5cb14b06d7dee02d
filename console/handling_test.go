package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
)

// person gives a token that somebody has, and the name that they act under.
func (b *bench) person(t *testing.T, name string, role access.Role) string {
	t.Helper()
	token, _, err := b.door.Issue(t.Context(), name, "test", []access.Grant{{Role: role, Tenant: "acme"}}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// pseudonymous has callers under other names than their numbers.
func pseudonymous(cfg *Config) {
	towns(cfg)
	cfg.KeepAlive = time.Minute
	cfg.Alias = func(r *call.Record) string { return "p-" + r.Tenant }
}

func TestOneOfTwoTakesAMessageIsShownTheNumberAndClosesIt(t *testing.T) {
	b := newBench(t, 8, pseudonymous)
	anna, boris, eve := b.person(t, "anna", access.Supervisor), b.person(t, "boris", access.Supervisor), b.person(t, "eve", access.Listener)
	const id = "old-acme-billing"
	for _, c := range []struct {
		who, state string
		code       int
		shows      string
	}{
		{eve, "taken", http.StatusForbidden, ""},
		{anna, "gone", http.StatusUnprocessableEntity, ""},
		{anna, "taken", http.StatusOK, `"caller":"MARKACMEQUEUEBILLING"`},
		{boris, "taken", http.StatusConflict, "anna has taken it"},
		{boris, "done", http.StatusConflict, "put it back first"},
		{boris, "new", http.StatusOK, `"caller":"p-acme"`},
		{boris, "taken", http.StatusOK, `"caller":"MARKACMEQUEUEBILLING"`},
		{boris, "done", http.StatusOK, `"caller":"p-acme"`},
		{anna, "taken", http.StatusConflict, "is done with it"},
	} {
		b.token = c.who
		if code, body := b.post(t, "/api/v1/messages/"+id+"/state", `{"state":"`+c.state+`"}`); code != c.code || !strings.Contains(body, c.shows) {
			t.Errorf("%s gives %d %s, want %d with %q", c.state, code, body, c.code, c.shows)
		}
	}
	if code, body := b.post(t, "/api/v1/messages/old-other-billing/state", `{"state":"taken"}`); code != http.StatusNotFound {
		t.Errorf("a message of another tenant: %d %s", code, body)
	}
	told := b.audit.took()
	for _, want := range []string{"acme token:anna handle-messages: call old-acme-billing: taken\n", "acme token:boris handle-messages: call old-acme-billing: done\n", "token:eve handle-message: refused"} {
		if !strings.Contains(told, want) {
			t.Errorf("the audit lacks %q:\n%s", want, told)
		}
	}
}

func TestTheStreamOfMessagesShowsEachChangeToWhoMaySeeIt(t *testing.T) {
	b := newBench(t, 8, pseudonymous)
	b.token = b.person(t, "anna", access.Supervisor)
	events := b.watch(t, "/api/v1/messages/events", "")
	first := <-events
	if list := decode[MessageList](t, first.data).Messages; first.name != MessagesEvent || len(list) != 2 || list[0].Tenant != "acme" || list[0].Caller != "p-acme" || list[0].State != "new" {
		t.Fatalf("it begins with %+v", first)
	}
	messages := b.console.cfg.Messages
	if _, err := messages.Handle("acme", "old-acme-sales", call.Handling{State: call.MessageTaken, By: "token:anna", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if m := decode[MessageList](t, (<-events).data).Messages[0]; m.State != "taken" || m.By != "token:anna" || m.Caller != "MARKACMEQUEUESALES" || m.Since.IsZero() {
		t.Errorf("taken: %+v", m)
	}
	messages.Delete("acme", "old-acme-sales")
	if list := decode[MessageList](t, (<-events).data).Messages; len(list) != 1 || list[0].Call != "old-acme-billing" {
		t.Errorf("deleted: %+v", list)
	}
}
