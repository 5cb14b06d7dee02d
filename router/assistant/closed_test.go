package assistant_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// ofOffice are hours of five days, for a line that names them with "hours: office".
const ofOffice = "hours: {office: {week: {mon-fri: 08:00-18:00}, exceptions: {2026-01-13: {say: {en: Inventory day.}}}}}\n"

var (
	inHours    = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	afterHours = time.Date(2026, 1, 5, 20, 0, 0, 0, time.UTC)
)

// edited is the small line with its hours, changed.
func edited(t *testing.T, changes ...string) *assistant.Assistant {
	t.Helper()
	file := strings.NewReplacer(changes...).Replace(small)
	if file == small {
		t.Fatal("the test does not change the file")
	}
	return parsed(t, file+ofOffice)
}

// opened begins a dialogue.
func opened(a *assistant.Assistant, at time.Time, c assistant.Caller) (*assistant.Dialogue, assistant.Step) {
	d := a.Start(assistant.Start{Caller: c})
	return d, d.Next(assistant.Input{At: at})
}

func texts(s assistant.Step) []string {
	out := make([]string, len(s.Say))
	for i, l := range s.Say {
		out[i] = l.Text
	}
	return out
}

func says(t *testing.T, s assistant.Step, want ...string) {
	t.Helper()
	if got := texts(s); !slices.Equal(got, want) {
		t.Errorf("%q, want %q (%s)", got, want, s.Reason)
	}
}

func goesTo(t *testing.T, s assistant.Step, queue string, priority int) {
	t.Helper()
	if s.Place == nil || s.Place.Queue != queue || s.Place.Priority != priority {
		t.Errorf("%+v, want the queue %s with %d (%s)", s.Place, queue, priority, s.Reason)
	}
}

// withDesk has an intent that goes to a queue in hours, and what happens outside them.
func withDesk(closed string) string {
	return "    say: {en: Nine to five.}\n    queue: tills\n    hours: office\n    closed: " + closed + "\n"
}

func TestOutsideHoursWhatAnIntentDoesIsWhatTheFileSays(t *testing.T) {
	const say, no = "    say: {en: Nine to five.}\n", `{say: {en: "Closed until {opens_next}."}`
	a := edited(t, say, withDesk(no+"}"))
	d, _ := opened(a, inHours, assistant.Caller{})
	goesTo(t, d.Next(asked("hours", inHours)), "tills", 0)

	d, _ = opened(a, afterHours, assistant.Caller{})
	s := d.Next(asked("hours", afterHours))
	says(t, s, "Closed until tomorrow at eight in the morning.", "More?")
	if s.Listen == nil || !strings.Contains(s.Reason, "closed: hours office") {
		t.Errorf("%+v", s)
	}

	d, _ = opened(edited(t, say, withDesk(no+", then: goodbye}")), afterHours, assistant.Caller{})
	if s = d.Next(asked("hours", afterHours)); !s.Hangup {
		t.Errorf("%+v", s)
	}
	says(t, s, "Closed until tomorrow at eight in the morning.", "Bye.")

	d, _ = opened(edited(t, say, withDesk(no+", queue: night, priority: 4}")), afterHours, assistant.Caller{})
	s = d.Next(asked("hours", afterHours))
	says(t, s, "Closed until tomorrow at eight in the morning.")
	goesTo(t, s, "night", 4)
}

func TestOnADayThatIsAnExceptionTheReasonIsSaidFirst(t *testing.T) {
	a := edited(t, "    say: {en: Nine to five.}\n", withDesk("{say: {en: No.}}"))
	at := time.Date(2026, 1, 13, 9, 0, 0, 0, time.UTC)
	d, _ := opened(a, at, assistant.Caller{})
	says(t, d.Next(asked("hours", at)), "Inventory day.", "No.", "More?")
}

func TestWhereTheTimeIsNotKnownSomebodyIsThere(t *testing.T) {
	d, _ := opened(edited(t, "    say: {en: Nine to five.}\n", withDesk("{say: {en: No.}}")), time.Time{}, assistant.Caller{})
	goesTo(t, d.Next(asked("hours", time.Time{})), "tills", 0)
}

func TestAHandOverThatWasPromisedIsKeptWhenAnotherWishFindsNobody(t *testing.T) {
	a := edited(t, "    say: {en: Nine to five.}\n", withDesk("{say: {en: No.}, then: goodbye}"),
		"  code:\n    say: {en: \"Your code {code} is noted.\"}\n", "  code:\n    say: {en: Noted.}\n    queue: codes\n    before: {en: Before that?}\n")
	d, _ := opened(a, afterHours, assistant.Caller{})
	d.Next(asked("code", afterHours))
	d.Next(assistant.Input{Kind: assistant.InputKeyed, Numbers: []redact.Safe{redact.Authored("1234")}})
	d.Next(assistant.Input{Kind: assistant.InputKeyed, Text: redact.Authored("1")})
	goesTo(t, d.Next(asked("hours", afterHours)), "codes", 0)
}

func TestWhenNoHumanIsThereTheCallerIsOfferedMoreOnceThenGoodbye(t *testing.T) {
	a := edited(t, "  queue: desk\n", "  queue: desk\n  hours: office\n  closed: {say: {en: Nobody now.}}\n")
	nonsense := assistant.Input{Kind: assistant.InputSaid, At: afterHours}
	d, _ := opened(a, afterHours, assistant.Caller{})
	d.Next(nonsense)
	s := d.Next(nonsense)
	says(t, s, "Nobody now.", "More?", "One or two.")
	if s = d.Next(nonsense); !s.Hangup {
		t.Errorf("%+v", s)
	}
	says(t, s, "Nobody now.", "Bye.")

	d, _ = opened(a, inHours, assistant.Caller{})
	nonsense.At = inHours
	d.Next(nonsense)
	goesTo(t, d.Next(nonsense), "desk", 0)
}

func TestAClosedLineGreetsOtherwise(t *testing.T) {
	a := edited(t, "  greeting: {en: What do you want?}\n",
		"  greeting: {en: \"Open until {open_until}. What do you want?\"}\n  hours: office\n  closed: {en: \"We are back {opens_next}. Can I help?\"}\n")
	_, s := opened(a, inHours, assistant.Caller{})
	says(t, s, "A machine speaks.", "Open until six in the evening. What do you want?")
	_, s = opened(a, afterHours, assistant.Caller{})
	says(t, s, "A machine speaks.", "We are back tomorrow at eight in the morning. Can I help?")
}

func TestTheQueueOfThoseWhoWereNotUnderstoodHasHours(t *testing.T) {
	for closed, want := range map[string]string{"{say: {en: No.}}": "", "{say: {en: No.}, queue: night, priority: 2}": "night"} {
		a := edited(t, "  queue: desk\n", "  queue: desk\n  hours: office\n  closed: "+closed+"\n")
		if p, ok := a.FallbackAt(afterHours, "en"); p.Queue != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", closed, p.Queue, ok)
		}
		if p, ok := a.FallbackAt(inHours, "en"); p.Queue != "desk" || !ok {
			t.Errorf("in hours: %q, %v", p.Queue, ok)
		}
	}
}
