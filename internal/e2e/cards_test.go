package e2e

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/callward/callward/call"
)

// A dictation is a card as a caller says it, in one or two breaths.
type dictation struct {
	lang, card string
	breaths    []string
}

func dictations(t *testing.T) []dictation {
	t.Helper()
	f, err := os.Open("testdata/dictations.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []dictation
	for s := bufio.NewScanner(f); s.Scan(); {
		fields := strings.Split(s.Text(), "\t")
		if !strings.HasPrefix(s.Text(), "#") && len(fields) == 3 {
			all = append(all, dictation{fields[0], fields[1], strings.Split(fields[2], "|")})
		}
	}
	return all
}

var payByCard = map[string]string{"en": "i want to pay my bill by card", "fr": "je veux payer ma facture par carte"}

func TestNoDictatedCardLeaksInARealCall(t *testing.T) {
	needs(t, "flite", "espeak-ng", "redis-server")
	t.Parallel()
	all := dictations(t)
	l, sinks := listenedTo(t, frenchModel(t)...)
	masked := make([]bool, len(all))
	stories := make([]string, len(all))
	l.understood(len(all), func(on *line, i int) (visit, bool) {
		d := all[i]
		args := []string{"--lang", d.lang, "--say", payByCard[d.lang]}
		for _, b := range d.breaths {
			args = append(args, "--say", b)
		}
		v := on.call(t.Context(), "line-"+d.lang, args...)
		masked[i], stories[i] = hasMask(v), v.story()
		sinks.add(fmt.Sprintf("callgen %d", i), v.story()) // of a call that is placed again, too
		return v, masked[i]
	})
	report(t, all, masked, stories, 8)
	sinks.search(all)
}

func TestNoDictatedCardLeaksWhenEveryWordIsHeard(t *testing.T) {
	needs(t, "espeak-ng", "redis-server")
	t.Parallel()
	all := dictations(t)
	lines, heard := make([]*line, len(all)), make([]*sinks, len(all))
	for i, d := range all {
		script := filepath.Join(t.TempDir(), "script.txt")
		write(t, script, payByCard[d.lang]+"\n"+strings.Join(growing(d.breaths), "\n")+"\n")
		lines[i], heard[i] = listenedTo(t, "--asr", startScripted(t, script))
	}
	masked := make([]bool, len(all))
	stories := make([]string, len(all))
	atOnce(len(all), func(i int) {
		args := []string{"--lang", all[i].lang, "--say", "first"}
		for range all[i].breaths {
			args = append(args, "--say", "next")
		}
		v := lines[i].call(t.Context(), "line-"+all[i].lang, args...)
		masked[i], stories[i] = hasMask(v), v.story()
		heard[i].add("callgen", v.story())
	})
	for i := range all {
		heard[i].search(all)
	}
	report(t, all, masked, stories, len(all))
}

// A card keyed at another prompt must not come out bit by bit, as the answers to
// the questions that follow.
func TestNoKeyedCardLeaksAtAnyPrompt(t *testing.T) {
	needs(t, "flite", "redis-server")
	t.Parallel()
	const card = "3725868929854556"
	l, sinks := listenedTo(t)
	ways := [][]string{
		{"--dtmf", card},
		{"--dtmf", "3", "--dtmf", card + "#"},
		{"--say", "i want to give my meter reading", "--dtmf", card},
		{"--say", "when is my invoice due", "--dtmf", card},
	}
	atOnce(len(ways), func(i int) {
		args := ways[i]
		v := l.call(t.Context(), "line-en", args...)
		keyed := ""
		for _, e := range v.all(call.KindCallerKeyed) {
			keyed += e.Text.String()
		}
		if keyed == "" {
			t.Errorf("%v: no key was taken:\n%s", args, v.story())
		}
		if found := leak(keyed, card); found != "" {
			t.Errorf("%v: %s of the card leaked, in several entries:\n%s", args, found, v.story())
		}
		sinks.add("callgen", v.story())
	})
	sinks.search([]dictation{{card: card}})
}

// growing adds to each breath the partials that a recognizer sends on the way.
func growing(breaths []string) []string {
	out := make([]string, len(breaths))
	for i, b := range breaths {
		words := strings.Fields(b)
		var parts []string
		for n := 2; n < len(words); n += 2 {
			parts = append(parts, strings.Join(words[:n], " "))
		}
		out[i] = strings.Join(append(parts, b), " | ")
	}
	return out
}

func hasMask(v visit) bool {
	for _, e := range v.all(call.KindCallerSaid) {
		if strings.Contains(e.Text.String(), "[card") {
			return true
		}
	}
	return false
}

func report(t *testing.T, all []dictation, masked []bool, stories []string, least int) {
	t.Helper()
	n := 0
	for i, ok := range masked {
		if ok {
			n++
			continue
		}
		t.Logf("no mask for %q:\n%s", all[i].breaths, stories[i])
	}
	t.Logf("%d of %d dictations show a card mask", n, len(all))
	if n < least {
		t.Errorf("%d of %d dictations show a card mask; at least %d must", n, len(all), least)
	}
}

// sinks is everything a line wrote, by where it was found.
type sinks struct {
	t     *testing.T
	l     *line
	redis string
	texts map[string]string
	mu    chan struct{}
}

// listenedTo starts a line whose every sink can be searched: its Redis, its
// folder for temporary files, its log and its pages.
func listenedTo(t *testing.T, args ...string) (*line, *sinks) {
	t.Helper()
	url := startRedis(t)
	l := startLine(t, append([]string{"--redis", url}, args...)...).ready()
	s := &sinks{t: t, l: l, redis: url, texts: map[string]string{}, mu: make(chan struct{}, 1)}
	return l, s
}

func (s *sinks) add(where, text string) {
	s.mu <- struct{}{}
	s.texts[where] += text
	<-s.mu
}

// ask collects what the line's pages show.
func (s *sinks) ask() {
	for _, path := range []string{"/metrics", "/readyz", "/healthz", "/api/v1/calls", "/api/v1/queues", "/api/v1/agents"} {
		s.add("GET "+path, s.l.get(path))
	}
	for _, r := range s.l.ended() {
		s.add("GET call", s.l.get("/api/v1/calls/"+string(r.Call)))
	}
}

// values of metrics are sums of seconds and counts; a card would be in a name or a label.
var values = regexp.MustCompile(`(?m) [0-9.e+-]+$`)

// search looks for seven digits in a row of any card.
func (s *sinks) search(all []dictation) {
	s.t.Helper()
	s.ask()
	s.add("redis", dump(s.t, s.redis))
	s.add("log", s.l.out.String())
	s.files()
	s.leaks(all)
}

func (s *sinks) leaks(all []dictation) {
	s.t.Helper()
	for where, text := range s.texts {
		if where == "GET /metrics" {
			text = values.ReplaceAllString(text, "")
		}
		for _, d := range all {
			if found := leak(text, d.card); found != "" {
				s.t.Errorf("%s: %s of a card leaked: …%s…", where, found, around(text, found))
			}
		}
	}
	if len(s.texts["log"]) == 0 || len(s.texts["GET call"]) == 0 {
		s.t.Error("the log or the journals are empty: nothing was searched")
	}
}

func (s *sinks) files() {
	err := filepath.WalkDir(s.l.tmp, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil //nolint:nilerr // a socket or a file that is gone holds nothing
		}
		if b, err := os.ReadFile(path); err == nil {
			s.add("file "+path, string(b))
		}
		return nil
	})
	if err != nil {
		s.t.Error(err)
	}
}

var (
	gaps = regexp.MustCompile(`[\s,.;:\-_/]+`)
	// digitWords is how a reader would write the digits down.
	digitWords = strings.NewReplacer(
		"zero", "0", "one", "1", "two", "2", "three", "3", "four", "4", "five", "5", "six", "6", "seven", "7", "eight", "8", "nine", "9",
		"zéro", "0", "un", "1", "deux", "2", "trois", "3", "quatre", "4", "cinq", "5", "sept", "7", "huit", "8", "neuf", "9", "oh", "0")
)

// readings gives the text as it stands, without what parts digits, and with digits for
// words. When something happened is no part of it: of the billionths of a second of a
// few thousand entries, some are seven digits of a card.
func readings(text string) [3]string {
	text = instants.ReplaceAllString(text, "then")
	plain := gaps.ReplaceAllString(text, "")
	return [3]string{text, plain, digitWords.Replace(plain)}
}

var instants = regexp.MustCompile(`\b20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{1,9}(Z|[+-][0-2][0-9]:[0-5][0-9])`)

// leak gives seven digits of the card that stand in a row in text, as digits or
// as words, whatever parts them.
func leak(text, card string) string {
	read := readings(text)
	for i := 0; i+7 <= len(card); i++ {
		for _, r := range read {
			if run := card[i : i+7]; strings.Contains(r, run) {
				return run
			}
		}
	}
	return ""
}

// around gives what stands about a leak.
func around(text, found string) string {
	for _, r := range readings(text) {
		if at := strings.Index(r, found); at >= 0 {
			return strings.ToValidUTF8(r[max(0, at-60):min(len(r), at+len(found)+60)], "")
		}
	}
	return ""
}

func TestTheSearchForLeaksFindsThem(t *testing.T) {
	for _, text := range []string{
		"4526018159083012", "x 4526 0181 x", "four five two six oh one eight", "quatre, cinq, deux, six, zéro, un, huit",
		`"at":"2026-11-26T20:49:15.908301Z","text":"45.260181"`,
	} {
		if leak(text, "4526018159083012") == "" {
			t.Errorf("not found in %q", text)
		}
	}
	if got := leak(`"at":"2026-11-26T20:49:15.908301Z","text":"45.2601"`, "4526018159083012"); got != "" {
		t.Errorf("found %s in when something happened", got)
	}
	if got := leak("[card ••••3012] and 452601", "4526018159083012"); got != "" {
		t.Errorf("found %s in masked text", got)
	}
}

// startRedis runs a real redis-server for the test and gives its URL.
func startRedis(t *testing.T) string {
	t.Helper()
	port := freePort(t)
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	c := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + port})
	defer c.Close()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if c.Ping(t.Context()).Err() == nil {
			return "redis://127.0.0.1:" + port
		}
	}
	t.Fatal("redis-server did not start")
	return ""
}

// dump gives every key with its serialized value.
func dump(t *testing.T, url string) string {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(o)
	defer c.Close()
	var b strings.Builder
	for it := c.Scan(t.Context(), 0, "*", 1000).Iterator(); it.Next(t.Context()); {
		fmt.Fprintf(&b, "%s %s\n", it.Val(), c.Dump(t.Context(), it.Val()).Val())
	}
	return b.String()
}

// startScripted runs a recognizer that hears what the script says, and gives its
// address.
func startScripted(t *testing.T, script string) string {
	t.Helper()
	address := "unix:" + filepath.Join(shortDir(t), "asr.sock")
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), program(t, "callgen"), "fake-asr", "--listen", address, "--script", script)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return address
}
