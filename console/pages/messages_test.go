package pages_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
	kept "github.com/callward/callward/internal/records"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/redact"
)

// letterbox holds what callers of a morning left: one is new, one is in somebody's hands, one
// is done, and one is meant to break the page.
func letterbox(now time.Time) *kept.Messages {
	box := kept.NewMessages(10)
	leave := func(id call.ID, m call.Message, ago time.Duration, h call.Handling) {
		m.Tenant, m.Call, m.Left = "default", id, now.Add(-ago)
		_ = box.Put(context.Background(), spoken(m)) // memory takes what comes
		_, _ = box.Handle("default", id, h)
	}
	leave("m-done", call.Message{
		Queue: "technical", Caller: "+33155500281", Language: "en", Intent: "moving", Summary: redact.Authored("Moves house."),
		Text: redact.Authored("i am moving on friday please read the meter before that"), Length: 6 * time.Second,
	}, 3*time.Hour, call.Handling{State: call.MessageDone, By: "user:amina", At: now.Add(-2 * time.Hour)})
	leave("m-private", call.Message{Queue: "technical", Caller: "anonymous", Private: true, Language: "en", Length: 4 * time.Second}, 80*time.Minute, call.Handling{})
	leave("m-hostile", call.Message{Queue: "billing", Caller: hostile, Language: "fr", Text: redact.Authored(hostile), Length: 9 * time.Second},
		50*time.Minute, call.Handling{State: call.MessageTaken, By: hostile, At: now.Add(-20 * time.Minute)})
	leave("m-new", call.Message{
		Queue: "billing", Caller: "+33155500142", Language: "fr", Intent: "payment_plan", Summary: redact.Authored("Souhaite payer en plusieurs fois."),
		Text: redact.Authored("bonjour je voudrais payer en trois fois, ma carte est [card ••••1111], rappelez moi demain matin s'il vous plaît"), Length: 74 * time.Second,
	}, 6*time.Minute, call.Handling{})
	return box
}

// spoken gives a message its sound.
func spoken(m call.Message) call.Message {
	pcm := mediatest.Tone(440, 2*time.Second)
	m.Sound = make([]byte, len(pcm))
	g711.PCMU.Encode(m.Sound, pcm)
	return m
}

func TestAMessageIsTakenHeardAndClosedByHand(t *testing.T) {
	b, h := newBrowser(t), newHouse(t)
	b.signIn(t, h, "boris", access.Supervisor)
	b.complaints()
	b.open(t, h.URL+"/messages?lang=en", ".message")
	if said := text(t, b, "main"); strings.Contains(said, "33155500142") || strings.Contains(said, "moving on friday") || !strings.Contains(said, "[card ••••1111]") || !strings.Contains(said, "2 new, 1 taken") {
		t.Errorf("before: %q", said)
	}
	first := func(what string) string { return ".messages > li:first-child " + what }
	b.do(t, chromedp.Click(first(`button[value="taken"]`)), chromedp.WaitVisible(first(`a[href="tel:+33155500142"]`)))
	b.do(t, chromedp.Click(first(`button[aria-label^="Play"]`)), chromedp.Poll[chromedp.Void](`document.querySelector("audio")?.duration === 2 && document.activeElement === document.querySelector("audio")`))
	if m, _ := h.box.Get("default", "m-new"); m.Handling.State != call.MessageTaken || m.Handling.By != "user:boris" {
		t.Errorf("taken: %+v", m.Handling)
	}
	b.do(t, chromedp.Click(first(`button[value="done"]`)), chromedp.Poll[chromedp.Void](`document.querySelectorAll(".message").length === 2`))

	// Another comes, and is deleted by the keyboard, after a second thought.
	_ = h.box.Put(t.Context(), spoken(call.Message{Tenant: "default", Call: "m-late", Queue: "billing", Caller: "+33155500999", Language: "en", Left: time.Now(), Length: time.Second}))
	b.do(t, chromedp.WaitVisible(`.messages > li:nth-child(3)`), chromedp.Focus(first("button.danger")), chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible("dialog"))
	b.do(t, chromedp.KeyEvent(kb.Escape), chromedp.Poll[chromedp.Void](`!document.querySelector("dialog") && document.activeElement.matches("button.danger")`))
	b.do(t, chromedp.KeyEvent(kb.Enter), chromedp.Click("dialog button.danger"), chromedp.Poll[chromedp.Void](`document.querySelectorAll(".message").length === 2 && document.activeElement.id === "main"`))
	if _, ok := h.box.Get("default", "m-late"); ok {
		t.Error("it is still there")
	}
	if said := b.complaints(); said != "" {
		t.Errorf("the browser complains: %s", said)
	}
}

func TestOfMessagesEachRoleIsOfferedWhatItMayDo(t *testing.T) {
	b := newBrowser(t)
	for role, want := range map[access.Role]struct {
		shows   string
		buttons int
	}{access.Listener: {".message", 1}, access.DPO: {".message", 2}, access.Agent: {".note", 0}} {
		h := newHouse(t)
		b.follow(t, h, "eve", role)
		b.complaints()
		b.open(t, h.URL+"/messages?lang=en", want.shows)
		if n := eval[int](t, b, `document.querySelectorAll(".messages > li:first-child button").length`); n != want.buttons {
			t.Errorf("%s: %d buttons", role, n)
		}
		if said := b.complaints(); said != "" {
			t.Errorf("%s: asked for what is refused: %s", role, said)
		}
	}
}

// What two people do at once, each is told of.
func TestWhoComesSecondIsToldThatAMessageIsTaken(t *testing.T) {
	b, h := newBrowser(t), newHouse(t)
	b.signIn(t, h, "boris", access.Supervisor)
	b.open(t, h.URL+"/messages?lang=fr", ".message")
	b.do(t, chromedp.Click(`.link button`)) // held still, the page does not learn of it
	if _, err := h.box.Handle("default", "m-new", call.Handling{State: call.MessageTaken, By: "user:amina", At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	b.do(t, chromedp.Click(`button[value="taken"]`), chromedp.WaitVisible(".failure"))
	if said := text(t, b, ".failure"); !strings.Contains(said, "plus rapide") {
		t.Errorf("refused: %q", said)
	}
	b.do(t, chromedp.Click(`.link button`), chromedp.Poll[chromedp.Void](`document.querySelector(".message .state").textContent.includes("pris par amina")`))
}
