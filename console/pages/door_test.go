package pages_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/console/access"
	"github.com/callward/callward/console/signin"
	"github.com/callward/callward/internal/webcall"
	"github.com/callward/callward/router/queue"
)

// newDoor is a sign-in over a store of its own.
func newDoor(t *testing.T) *signin.Service {
	t.Helper()
	client, stop := queue.Embedded()
	t.Cleanup(stop)
	return signin.New(signin.Config{Client: client, Now: time.Now, Cost: signin.Cost{MemoryKiB: 64, Passes: 1, Lanes: 1}})
}

// signIn has a browser follow a link of an account with these roles, and skip what comes after.
func (b *browser) signIn(t *testing.T, h *house, name string, roles ...access.Role) {
	t.Helper()
	b.follow(t, h, name, roles...)
	b.do(t, chromedp.Click("#skip"), chromedp.WaitVisible("main .queue"))
}

// follow opens the link of a new account.
func (b *browser) follow(t *testing.T, h *house, name string, roles ...access.Role) {
	t.Helper()
	var grants []access.Grant
	for _, r := range roles {
		grants = append(grants, access.Grant{Role: r, Tenant: access.AllTenants})
	}
	if err := h.door.Add(t.Context(), name, grants); err != nil {
		t.Fatal(err)
	}
	secret, err := h.door.Link(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	b.open(t, h.URL+"/welcome?lang=en#"+secret, "#skip")
}

// floor is where supervisors answer at once, and agents do as they are told.
type floor struct {
	mu      sync.Mutex
	on      []call.Supervision
	told    []string
	wrapped string // an agent whose wrap-up has run out
}

func (f *floor) after(s queue.Snapshot) queue.Snapshot {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range s.Agents {
		if s.Agents[i].ID == f.wrapped {
			s.Agents[i].State = queue.Available
		}
	}
	return s
}

func (f *floor) List(context.Context, string, call.ID) ([]call.Supervision, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.on), nil
}

func (f *floor) Begin(_ context.Context, _ string, id call.ID, r console.Supervise) (call.Supervision, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Phone == "nobody" {
		return call.Supervision{}, console.ErrNoPhone
	}
	s := call.Supervision{ID: "1", Call: id, Mode: r.Mode, Phone: r.Phone, By: r.Actor, On: true}
	f.on = append(f.on, s)
	return s, nil
}

// Enter refuses: there is no line behind this house, and a browser's sound goes nowhere.
func (f *floor) Enter(context.Context, string, call.ID, console.Supervise, webcall.Offer) (call.Supervision, []byte, error) {
	return call.Supervision{}, nil, fmt.Errorf("%w: a card is being taken", call.ErrNotNow)
}

func (f *floor) Change(_ context.Context, _ string, _ call.ID, _ string, m call.Mode, _ string) (call.Supervision, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m == call.HandBack {
		m = call.Listen
	}
	f.on[0].Mode = m
	return f.on[0], nil
}

func (f *floor) End(context.Context, string, call.ID, string, string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.on = nil
	return nil
}

func (f *floor) SetState(_ context.Context, _, agent, state, reason, actor string) error {
	return f.tell(agent, state, reason, actor)
}

func (f *floor) EndWrapUp(_ context.Context, _, agent, disposition, actor string) error {
	return f.tell(agent, "wrap-up", disposition, actor)
}

func (f *floor) tell(words ...string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told = append(f.told, strings.Join(words, " "))
	return nil
}

func TestALinkLetsItsReaderInOnceAndSetsAPassphrase(t *testing.T) {
	b, h := newBrowser(t), newHouse(t)
	b.follow(t, h, "jean", access.Viewer)
	if hash := eval[string](t, b, "location.hash"); hash != "" {
		t.Errorf("the token stays in the address bar: %s", hash)
	}
	b.complaints() // who is not signed in is told so
	b.do(t, chromedp.SendKeys(`input[name="new"]`, "seven green herons\r"), chromedp.WaitVisible("main .queue"))
	if _, err := h.door.SignIn(t.Context(), signin.Attempt{Name: "jean", Passphrase: "seven green herons", Address: "192.0.2.1"}); err != nil {
		t.Errorf("the passphrase does not sign in: %v", err)
	}
	if said := b.complaints(); said != "" {
		t.Errorf("the browser complains: %s", said)
	}
}

func TestASupervisorIsToldWhatTheRolesDoNotAllow(t *testing.T) {
	b, h := newBrowser(t), newHouse(t)
	b.signIn(t, h, "boris", access.Supervisor)
	b.open(t, h.URL+"/live/c-live?lang=fr", `[name="called"]`)
	b.do(t, chromedp.Click(`[name="called"]`), chromedp.SendKeys(`[name="phone"]`, hostile+"\r"), chromedp.WaitVisible(".failure"))
	if said := text(t, b, ".failure"); !strings.Contains(said, "Vos rôles ne le permettent pas ici\u00a0: Écouter") {
		t.Errorf("listening without the right: %q", said)
	}
	b.do(t, chromedp.Focus(`button[value="take-over"]`), chromedp.KeyEvent("\r"), chromedp.WaitVisible(".supervisor .main"))
	if at := eval[string](t, b, "document.activeElement.value"); at != "hand-back" {
		t.Errorf("once the caller is taken over by the keyboard, the focus is at %q", at)
	}
	if said := text(t, b, `[aria-labelledby="supervise"]`); !strings.Contains(said, hostile[:40]) || !strings.Contains(said, "a pris l’appelant") {
		t.Errorf("taken over: %q", said)
	}
	// Who may not listen is off the call once it is handed back.
	b.do(t, chromedp.Click(".supervisor .main"), chromedp.WaitVisible(".supervise-form"))
	if said := text(t, b, `[aria-labelledby="supervise"] [role="status"]`); !strings.Contains(said, "non joint\u00a0: occupé") {
		t.Errorf("left: %q", said)
	}
	if err := h.door.Grant(t.Context(), "boris", []access.Grant{{Role: access.Agent, Tenant: "*"}}); err != nil {
		t.Fatal(err)
	}
	b.do(t, chromedp.WaitVisible("main > .failure"), chromedp.WaitNotPresent(".transcript"))
}

func TestAnAgentPausesAndEndsWrapUpByHand(t *testing.T) {
	b, h := newBrowser(t), newHouse(t)
	b.signIn(t, h, "driss", access.Agent)
	b.open(t, h.URL+"/agents?lang=en", "button.change")
	if n := eval[int](t, b, `document.querySelectorAll("button.change").length`); n != 1 {
		t.Errorf("an agent may try to change %d agents", n)
	}
	b.do(t, chromedp.Click("button.change"), chromedp.WaitVisible("dialog .setstate"))
	b.do(t, chromedp.KeyEvent(kb.Escape), chromedp.Poll[chromedp.Void](`!document.querySelector("dialog")`))
	b.open(t, h.URL+"/desk?lang=en", "[aria-labelledby=backs] tbody")
	if said := text(t, b, "[aria-labelledby=backs] tbody"); !strings.Contains(said, "is called later") || !strings.Contains(said, "rings at farid") {
		t.Errorf("to be called back: %q", said)
	}
	b.do(t, chromedp.Focus(".setstate select"))
	h.floor.mu.Lock()
	h.floor.wrapped = "driss"
	h.floor.mu.Unlock()
	b.do(t, chromedp.Poll[chromedp.Void](`document.querySelector("[aria-labelledby=mine] header").textContent.includes("available")`))
	b.do(t, chromedp.SetValue(`.setstate select`, "solved"), chromedp.Evaluate[chromedp.Void](`document.querySelector(".setstate select").dispatchEvent(new Event("change", {bubbles: true}))`),
		chromedp.Click(".setstate .main"), chromedp.WaitVisible(`.setstate [role="status"]:not(:empty)`), chromedp.Click(".setstate-row:last-of-type button"))
	b.do(t, chromedp.Poll[chromedp.Void](`document.querySelector(".setstate [role=status]").textContent.includes("paused")`))
	h.floor.mu.Lock()
	defer h.floor.mu.Unlock()
	if want := []string{"driss wrap-up solved user:driss", "driss paused break user:driss"}; !slices.Equal(h.floor.told, want) {
		t.Errorf("told %q", h.floor.told)
	}
}

func text(t *testing.T, b *browser, selector string) string {
	t.Helper()
	out, err := chromedp.Run(b, chromedp.Text(selector))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
