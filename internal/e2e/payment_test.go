package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/callward/callward/call"
)

// A keying is a card as a caller keys it in, and what the journal is to say of it.
type keying struct {
	lang, number, expiry, code string
	shown                      string
}

// keys gives callgen's arguments: the menu's first, then one for each question.
func (k keying) keys() []string {
	return []string{"--dtmf", "1", "--dtmf", k.number + "#", "--dtmf", k.expiry, "--dtmf", k.code}
}

// startTokeniser runs `callward fake payment`, and gives its address and what it prints.
func startTokeniser(t *testing.T, faults ...string) (address string, out *buffer) {
	t.Helper()
	address, out = "unix:"+filepath.Join(shortDir(t), "pay.sock"), &buffer{}
	args := []string{"fake", "payment", "--listen", address}
	for _, f := range faults {
		args = append(args, "--fault", f)
	}
	cmd := exec.Command(program(t, "callward"), args...) //nolint:noctx // it ends with the test
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return address, out
}

// paymentLine is a line whose cards go to a tokeniser.
func paymentLine(t *testing.T, tokeniser, timeout string) (*line, *sinks) {
	t.Helper()
	needs(t, "espeak-ng", "redis-server")
	dir := t.TempDir()
	text, err := os.ReadFile("testdata/payments.yaml")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "payments.yaml"), string(text))
	tenants := filepath.Join(t.TempDir(), "tenants.yaml")
	write(t, tenants, fmt.Sprintf(`default:
  numbers: {pay-en: {assistant: payments, language: en}, pay-fr: {assistant: payments, language: fr}}
  queues: {billing: {}, technical: {}, emergency: {}}
  payment: {target: "%s", timeout: %s}
`, tokeniser, timeout))
	return listenedTo(t, "--assistants", dir, "--tenants", "file:"+tenants)
}

func TestACardThatIsKeyedInShowsNowhere(t *testing.T) {
	t.Parallel()
	tokeniser, printed := startTokeniser(t)
	l, sinks := paymentLine(t, tokeniser, "5s")
	all := []keying{
		{"en", "4539997087871488", "0931", "682", "[card ••••1488 ok]"},
		{"fr", "371490807878438", "0832", "7351", "[card ••••8438 ok]"},
		{"en", "5200809808788211", "0733", "593", "[card ••••8211 ok]"},
		{"fr", "4532790709070002", "0634", "826", "[card ••••0002 refused: blocked by its bank]"},
	}
	atOnce(len(all), func(i int) {
		v := l.call(t.Context(), "pay-"+all[i].lang, all[i].keys()...)
		cards := v.all(call.KindCard)
		if len(cards) == 0 || cards[0].Text.String() != all[i].shown {
			t.Errorf("%s is not shown:\n%s", all[i].shown, v.story())
		}
	})
	sinks.add("tokeniser", printed.String())
	sinks.searchKeyed(all)
	metrics := sinks.texts["GET /metrics"]
	for _, want := range []string{`callward_card_captures_total{outcome="taken",tenant="default"} 3`, `callward_card_captures_total{outcome="refused",tenant="default"} 1`, `callward_tokeniser_seconds_count{tenant="default"} 4`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
}

// The answer to the first try is lost: the second has the same key, so that there is one
// token and nobody is asked to key in a card again.
func TestACardWhoseAnswerIsLostIsTakenOnce(t *testing.T) {
	t.Parallel()
	tokeniser, _ := startTokeniser(t, "lost-answer")
	l, sinks := paymentLine(t, tokeniser, "1s")
	k := keying{"en", "4539997087871488", "0931", "682", "[card ••••1488 ok]"}
	v := l.call(t.Context(), "pay-en", k.keys()...)
	if cards := v.all(call.KindCard); len(cards) != 1 || cards[0].Text.String() != k.shown {
		t.Errorf("it was not taken once:\n%s", v.story())
	}
	told := false
	for _, e := range v.all(call.KindBotSaid) {
		told = told || strings.HasPrefix(e.Text.String(), "It takes longer")
	}
	if !told {
		t.Errorf("the caller was not told that it takes longer:\n%s", v.story())
	}
	sinks.searchKeyed([]keying{k})
}

func TestCallersWhoseCardCannotBeTakenGetAHuman(t *testing.T) {
	t.Parallel()
	l, sinks := paymentLine(t, "unix:/nonexistent/pay.sock", "1s")
	k := keying{"fr", "5200809808788211", "0733", "593", ""}
	v := l.callUntil(t.Context(), call.KindQueued, "pay-fr", k.keys()...)
	if len(v.all(call.KindQueued)) != 1 || len(v.all(call.KindCard)) != 0 {
		t.Errorf("no human was fetched:\n%s", v.story())
	}
	sinks.searchKeyed([]keying{k})
}

// searchKeyed looks in every sink for five digits or more in a row of a number's middle
// that stand alone, for seven however they are parted or spelled, and for dates and codes.
// The middles of our numbers are of 7, 8, 9 and 0, so that they are no ports.
func (s *sinks) searchKeyed(all []keying) {
	s.t.Helper()
	var cards []dictation
	for _, k := range all {
		cards = append(cards, dictation{card: k.number})
	}
	s.search(cards)
	s.find(all)
}

// find does so in what was collected.
func (s *sinks) find(all []keying) {
	s.t.Helper()
	var cards []dictation
	for _, k := range all {
		cards = append(cards, dictation{card: k.number})
	}
	s.leaks(cards)
	for where, text := range s.texts {
		text = meant(where, text)
		for _, k := range all {
			if at := digitsOf(k.number, text); at != "" {
				s.t.Errorf("%s: digits of a card leaked: %q", where, at)
			}
			for _, secret := range []string{k.expiry, k.code} {
				if at := shows(where, secret, text); at != "" {
					s.t.Errorf("%s: %s of a card leaked: %q", where, secret, at)
				}
			}
		}
	}
}

var digitRuns = regexp.MustCompile(`[0-9]{5,}`)

// digitsOf gives where five digits of the middle of a card stand in a row, with what is around
// them.
func digitsOf(card, text string) string {
	for _, at := range digitRuns.FindAllStringIndex(text, -1) {
		run := text[at[0]:at[1]]
		if strings.Contains(card[3:len(card)-3], run) || strings.Contains(run, card[4:len(card)-4]) {
			return text[max(0, at[0]-60):min(len(text), at[1]+60)]
		}
	}
	return ""
}

// shows gives where a date or a code stands in a text, with what is around it.
func shows(where, secret, text string) string {
	at := alone(where, secret).FindStringIndex(text)
	if at == nil {
		return ""
	}
	return text[max(0, at[0]-60):min(len(text), at[1]+60)]
}

// meant gives a text without the digits that chance has put there, for of some ten thousand such
// numbers one holds five digits of any card, and of some hundred lengths one is a code.
func meant(where, text string) string {
	text = chance.ReplaceAllString(instants.ReplaceAllString(text, "then"), "chance")
	switch where {
	case "GET /metrics":
		text = values.ReplaceAllString(text, "")
	case "HTTP":
		text = chunks.ReplaceAllString(text, "\n")
	}
	return drawn.ReplaceAllStringFunc(text, func(name string) string {
		if strings.ContainsAny(name, "abcdef") {
			return "drawn"
		}
		return name // a card is of sixteen digits too
	})
}

var (
	// chance is how what is left of a process that was killed numbers its goroutines, and where
	// in memory and in the program they are; which processes there are; how long a body is; and
	// what time Redis says it is, in seconds and their millionths.
	chance = regexp.MustCompile(`goroutine [0-9]+|0x[0-9a-f]+|pid=[0-9]+|Content-Length: [0-9]+|\*2\r\n\$10\r\n[0-9]{10}\r\n\$[0-9]\r\n[0-9]+\r\n`)
	// chunks is how long a part of a body is, before it (RFC 9112 section 7.1).
	chunks = regexp.MustCompile(`\n[0-9a-f]+\r\n`)
	// drawn is the name of a call, or the sum of a record.
	drawn = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}`)
)

// alone finds a date or a code. In the metrics, and in what is packed, numbers of three and
// four digits mean other things: there, they count in quotes.
func alone(where, secret string) *regexp.Regexp {
	if where == "redis" || where == "GET /metrics" {
		return regexp.MustCompile(`"` + secret + `"`)
	}
	return regexp.MustCompile(`(^|[\s"'=(\[])` + secret + `($|[\s"')\],])`)
}

func TestTheSearchForKeyedCardsFindsThem(t *testing.T) {
	if !alone("log", "682").MatchString(`code=682 x`) || !alone("GET call", "0931").MatchString(`{"text":"0931"}`) || alone("log", "682").MatchString("12:00:01.682Z") {
		t.Error("codes and dates are not told from other numbers")
	}
	const card, code = "4539997087871488", "682"
	for _, text := range []string{
		"goroutine 682 [select]:\ncreated by main in goroutine 682\n", "main.go:12 +0x70878 fp=0xc070878a30", "pid=70878", "\"at\":\"2026-11-26T20:49:15.70878Z\"",
		"Content-Length: 682\r\n", "\n682\r\nid: 7\n", "*2\r\n$10\r\n1795810927\r\n$6\r\n970878\r\n", "01a21eac-2098-77be-b568-0c70878a707d", "65fb51b90769670878b3049e",
	} {
		if text := meant("HTTP", text); digitsOf(card, text)+shows("HTTP", code, text) != "" {
			t.Errorf("%q is chance", text)
		}
	}
	for _, text := range []string{"x=70878 y", `"4539997087871488"`, "0c70878", "1 99708 2"} {
		if digitsOf(card, meant("HTTP", text)) == "" {
			t.Errorf("not found in %q", text)
		}
	}
	for where, text := range map[string]string{"log": "goroutine 1: code 682", "Redis, on the wire": "$3\r\n682\r\n", "HTTP": `data: {"text":"682"}`} {
		if shows(where, code, meant(where, text)) == "" {
			t.Errorf("no code is found in %q", text)
		}
	}
	if got := digitRuns.FindAllString(`card "78909" at 12:00 of 4111`, -1); len(got) != 1 || got[0] != "78909" {
		t.Errorf("found %q", got)
	}
}
