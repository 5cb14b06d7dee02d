package e2e

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callward/callward/call"
)

// A tainted caller says, or keys, a card whose middle digits stand nowhere else.
type tainted struct {
	keying
	asks, human string
	breaths     []string
}

var taints = map[string]tainted{
	"en": {
		keying{"en", "4539997087871488", "0931", "682", "[card ••••1488 ok]"},
		"i want to pay my bill by card", "i want to speak to a person",
		[]string{
			"four five three nine double nine seventy", "eighty seven eight seven one four double eight",
			"it expires zero nine thirty one", "and the code is six eight two",
		},
	},
	"fr": {
		keying{"fr", "4539997087871488", "0931", "682", "[card ••••1488 ok]"},
		"je veux payer ma facture par carte", "je veux parler à un conseiller",
		[]string{
			"quarante-cinq trente-neuf quatre-vingt-dix-neuf soixante-dix", "quatre-vingt-sept quatre-vingt-sept quatorze quatre-vingt-huit",
			"elle expire zéro neuf trente et un", "et le code c'est six cent quatre-vingt-deux",
		},
	},
}

// Callers say and key a card, and are handed to a human: nothing of it is in what the
// line logs, shows, streams, keeps, asks of services or tells the agent's phone, nor in
// what it leaves when it is killed in the middle of it.
func TestNothingOfACardShowsAnywhere(t *testing.T) {
	needs(t, "flite", "espeak-ng", "redis-server")
	t.Parallel()
	for lang, who := range taints {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			l, sinks, tap, addresses := taintedLine(t, who)
			events := l.stream(t)
			v := l.callUntil(t.Context(), call.KindBridged, "say", "--lang", lang, "--say", "first", "--say", "2", "--say", "3", "--say", "4", "--say", "5", "--say", "6", "--wait-agent", "30s")
			if !hasMask(v) || len(v.all(call.KindBridged)) == 0 {
				t.Errorf("the card was not heard, or no human was reached:\n%s", v.story())
			}
			sinks.add("callgen", v.story())
			v = l.call(t.Context(), "key", who.keys()...)
			if cards := v.all(call.KindCard); len(cards) != 1 || cards[0].Text.String() != who.shown {
				t.Errorf("the card was not taken by keypad:\n%s", v.story())
			}
			l.dies(t, who, sinks)
			for name, address := range addresses {
				seen := tap.to(address)
				if len(seen) == 0 {
					t.Errorf("nothing went to %s: nothing was searched", name)
				}
				sinks.add(name, seen)
			}
			if !strings.Contains(tap.to(addresses["the dialog service"]), who.asks) || !strings.Contains(tap.to(addresses["HTTP"]), "[card") {
				t.Error("what goes over the wire cannot be read: nothing was searched")
			}
			stream := events()
			if !strings.Contains(stream, "caller.said") {
				t.Errorf("the stream of events tells nothing: %s", stream)
			}
			sinks.add("event stream", stream)
			sinks.taint(who)
		})
	}
}

// taintedLine has a dialog service, a tokeniser, a Redis and an agent of its own.
func taintedLine(t *testing.T, who tainted) (*line, *sinks, *wiretap, map[string]string) {
	t.Helper()
	script := filepath.Join(t.TempDir(), "script.txt")
	write(t, script, strings.Join(growing(append(append([]string{who.asks}, who.breaths...), who.human)), "\n")+"\n")
	tokeniser, _ := startTokeniser(t)
	dialog := "127.0.0.1:" + freePort(t)
	words := filepath.Join(t.TempDir(), "words.txt")
	write(t, words, "pay pay_by_card\npayer pay_by_card\nperson person\nconseiller person\n")
	startDialogs(t, dialog, words, "none")
	dir := t.TempDir()
	for from, to := range map[string]string{"testdata/payments.yaml": "payments.yaml", "../../assistants/energy.yaml": "energy.yaml"} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, to), string(text))
	}
	tenants := filepath.Join(t.TempDir(), "tenants.yaml")
	write(t, tenants, fmt.Sprintf(`default:
  numbers: {say: {assistant: energy, language: %s}, key: {assistant: payments, language: %s}}
  queues: {billing: {}, technical: {}, emergency: {}}
  payment: {target: "%s"}
  dialog: {target: "%s", classify: 2s}
`, who.lang, who.lang, tokeniser, dialog))
	l, s := listenedTo(t, "--asr", startScripted(t, script), "--demo-agent", "--assistants", dir, "--tenants", "file:"+tenants)
	redis := strings.TrimPrefix(s.redis, "redis://")
	tap := listenIn(t, l.sip, l.http, dialog, redis)
	return l, s, tap, map[string]string{"SIP": l.sip, "HTTP": l.http, "the dialog service": dialog, "Redis, on the wire": redis}
}

// stream reads the event stream from now on. What it gives ends it.
func (l *line) stream(t *testing.T) (read func() string) {
	t.Helper()
	res, err := l.fetch("/api/v1/events") //nolint:bodyclose // closed by whoever reads
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for s := bufio.NewScanner(res.Body); s.Scan(); {
			all.WriteString(s.Text() + "\n")
		}
	}()
	return func() string {
		_ = res.Body.Close()
		<-ended
		return all.String()
	}
}

// dies has the line tell what all its goroutines do and end, while a caller is in the
// middle of a card. All that must be asked of the line is asked before.
func (l *line) dies(t *testing.T, who tainted, s *sinks) {
	t.Helper()
	s.ask()
	ended := make(chan visit)
	go func() {
		ended <- l.call(t.Context(), "say", "--lang", who.lang, "--say", "first", "--say", "2", "--say", "3", "--say", "4", "--hangup-after", "20s")
	}()
	l.waitFor("a card to be masked", time.Minute, func() bool { return strings.Contains(l.live(), "[card") })
	if err := l.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	<-l.exit
	l.exit <- nil
	s.add("callgen", (<-ended).story())
	if !strings.Contains(l.out.String(), "goroutine ") {
		t.Error("no goroutine is told of: nothing was searched")
	}
}

// live gives the journals of live calls.
func (l *line) live() string {
	var all strings.Builder
	for _, r := range l.calls() {
		if r.State != call.StateEnded.String() {
			all.WriteString(l.get("/api/v1/calls/" + string(r.Call)))
		}
	}
	return all.String()
}

// taint searches what was collected.
func (s *sinks) taint(who tainted) {
	s.t.Helper()
	s.add("log", s.l.out.String())
	s.add("redis", dump(s.t, s.redis))
	s.files()
	s.find([]keying{who.keying})
}
