package story

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/callward/callward/call"
	"github.com/callward/callward/redact"
)

var rewrite = flag.Bool("rewrite", false, "write the stories anew")

func exported(t *testing.T, name string) call.Record {
	t.Helper()
	records, err := ReadFile(name, nil)
	if err != nil || len(records) != 1 {
		t.Fatalf("%d records: %v", len(records), err)
	}
	return records[0].Record
}

// TestRecordsAreTold compares the stories of exported records. Review a change as a diff
// after `go test ./internal/story -run Told -rewrite`.
func TestRecordsAreTold(t *testing.T) {
	for _, name := range []string{"line.en", "line.fr", "choice.fr"} {
		for form, style := range map[string]Style{"wide": {Width: 110}, "narrow": {Width: 40}} {
			file := filepath.Join("testdata", name+"."+form+".txt")
			t.Run(name+" "+form, func(t *testing.T) {
				var b strings.Builder
				if err := Print(&b, Tell(exported(t, "testdata/"+name+".json"), name[len(name)-2:]), style); err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(b.String()) {
					if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > style.Width {
						t.Errorf("%d columns: %s", n, line)
					}
				}
				golden(t, file, b.String())
			})
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got {
		t.Errorf("%s: %v; got\n%s", file, err, got)
	}
}

// everything is a call in which all happens that a journal has a kind for.
func everything() call.Record {
	text := redact.Authored
	began := time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	entries := []call.Entry{
		{Kind: call.KindStarted},
		{Kind: call.KindAnswered},
		{Kind: call.KindDecision, Reason: "opening", Outcome: &call.Outcome{Input: "start", Does: "ask", Asks: "request"}},
		{Kind: call.KindBotSaid, Text: text("You speak with a machine."), Language: "en"},
		{Kind: call.KindDisclosure, Samples: 16000, Language: "en"},
		{Kind: call.KindBargeIn},
		{Kind: call.KindCallerSaid, Text: text("my card is [card ••••1111]"), Language: "fr"},
		{
			Kind: call.KindIntent, Intent: &call.Scored{Name: "pay", Confidence: 0.91}, Rivals: []call.Scored{{Name: "en", Confidence: 0.2}},
			Top: []call.Scored{{Name: "pay", Confidence: 0.91}, {Name: "hours", Confidence: 0.05}, {Name: "trouble", Confidence: 0.02}}, Reason: "understood by acme",
		},
		{Kind: call.KindDecision, Reason: "intent pay at 0.91, minimum 0.50, with a value", Outcome: &call.Outcome{
			Input: "said", Does: "ask", Asks: "confirmation", Slot: "card", Intent: "pay", Values: map[string]redact.Safe{"card": text("[card ••••1111]")},
		}},
		{Kind: call.KindFiller, Reason: "recognition is late, 1 of 2"},
		{Kind: call.KindTurn, Waterfall: &call.Waterfall{Endpoint: 300, Final: 20, Intent: 1, Audio: 1600, Wire: 20, Total: 1941, Filler: true}, Reason: "1.9 s until the answer: synthesis of the answer took 1.6 s of it"},
		{Kind: call.KindResumed, Reason: "a word that does not interrupt"},
		{Kind: call.KindCallerKeyed, Text: text("1")},
		{Kind: call.KindIntent, Intent: &call.Scored{}},
		{Kind: call.KindRelieved, Language: "en", Reason: "a gives way to b: stalled; 1.23s heard again"},
		{Kind: call.KindRegained, Language: "en"},
		{Kind: call.KindTrouble, Reason: "recognition took too long"},
		{Kind: call.KindCard, Text: text("[card ••••1111 ok]")},
		{Kind: call.KindQueued, Queue: "people", Text: text("Pays by card")},
		{Kind: call.KindPosition, Queue: "people", Position: 2},
		{Kind: call.KindOffered, Queue: "people", Agent: "anna", Reason: "offer 7"},
		{Kind: call.KindAgentFailed, Agent: "anna", Reason: "busy"},
		{Kind: call.KindAgentAnswer, Agent: "boris"},
		{Kind: call.KindBridged, Agent: "boris"},
		{Kind: call.KindMuted, Agent: "boris", Reason: "digits that may be a card's are being said"},
		{Kind: call.KindUnmuted, Agent: "boris"},
		{Kind: call.KindTransfer, Text: text("+331••••12"), Reason: "by refer"},
		{Kind: call.KindBarred, Reason: "the number may not be called"},
		{Kind: call.KindMoved},
		{Kind: "hook.answered", Text: text("200"), Reason: "the CRM"},
		{Kind: call.KindEnded, Reason: "caller hung up"},
	}
	for i := range entries {
		entries[i].Seq, entries[i].Time = uint64(i+1), began.Add(time.Duration(i)*1700*time.Millisecond)
	}
	return call.Record{
		Tenant: "default", Call: "0198", Trunk: "carrier", Caller: "+33155500100", Trust: "A", Called: "line", Assistant: "Line",
		Languages: []string{"en", "fr"}, Heard: []string{"en"}, Language: "en", State: "ended", Started: began, Answered: began.Add(200 * time.Millisecond),
		Ended: began.Add(75 * time.Second), Intent: &call.Scored{Name: "pay", Confidence: 0.91}, Queue: "people", Agent: "boris", Cause: "caller hung up",
		Disclosure: []call.Proof{{Language: "en", Samples: 16000}}, Sound: &call.Sound{Codec: "PCMA", Protected: true, MOS: 4.3, Lost: 0.012},
		Cards: []call.Taken{{Token: "secret", Brand: "visa", LastFour: "1111"}}, Journal: entries,
	}
}

func TestAllThatAJournalHasAKindForIsTold(t *testing.T) {
	for _, language := range []string{"en", "fr"} {
		var b strings.Builder
		if err := Print(&b, Tell(everything(), language), Style{}); err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/everything."+language+".txt", b.String())
		if strings.Contains(b.String(), "secret") || strings.Contains(b.String(), "\x1b") {
			t.Error("a token, or colours, are shown")
		}
	}
}

func TestColoursAreForTerminals(t *testing.T) {
	var plain, coloured strings.Builder
	s := Tell(everything(), "en")
	if err := Print(&plain, s, Style{Width: 90}); err != nil {
		t.Fatal(err)
	}
	if err := Print(&coloured, s, Style{Width: 90, Colours: true}); err != nil {
		t.Fatal(err)
	}
	without := coloured.String()
	for _, code := range []string{"0", "1", "2", "31", "32", "33", "36"} {
		without = strings.ReplaceAll(without, "\x1b["+code+"m", "")
	}
	if !strings.Contains(coloured.String(), "\x1b[32m") || without != plain.String() {
		t.Errorf("with colours\n%s\nwithout\n%s", coloured.String(), plain.String())
	}
}

func TestTheStoryOfACallThatHasHardlyBegunIsShort(t *testing.T) {
	began := time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)
	s := Tell(call.Record{Call: "a", State: "ringing", Started: began, Journal: []call.Entry{{Kind: call.KindStarted, Time: began}}}, "en")
	var b strings.Builder
	if err := Print(&b, s, Style{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"unknown", "never answered", "it is ringing"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}

// TestAllIsSaidInFrench finds the words of this package that have no French.
func TestAllIsSaidInFrench(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			format, ok := saidBy(n)
			if !ok {
				return true
			}
			found++
			french, has := inFrench[format]
			if !has || strings.Count(french, "%") != strings.Count(format, "%") {
				t.Errorf("%s: %q is %q in French", name, format, french)
			}
			return true
		})
	}
	if found < 60 {
		t.Errorf("only %d words were found", found)
	}
	for _, s := range (call.Waterfall{}).Steps() {
		if inFrench[s.Name] == "" {
			t.Errorf("the step %s has no French", s.Name)
		}
	}
}

// saidBy gives the text that a call of words.say has.
func saidBy(n ast.Node) (format string, ok bool) {
	c, ok := n.(*ast.CallExpr)
	if !ok || len(c.Args) == 0 {
		return "", false
	}
	f, ok := c.Fun.(*ast.SelectorExpr)
	if !ok || f.Sel.Name != "say" {
		return "", false
	}
	text, ok := c.Args[0].(*ast.BasicLit)
	if !ok {
		return "", false
	}
	format, err := strconv.Unquote(text.Value)
	return format, err == nil
}

func TestRulesAreReadInFrench(t *testing.T) {
	w := &words{french: true}
	for rule, want := range map[string]string{
		"intent meter_reading at 0.97, minimum 0.50, with a value":           "intention meter_reading à 0.97, minimum 0.50, avec une valeur",
		"intent pay at 0.31 is below 0.50, 2 of 2: to a human: queue people": "intention pay à 0.31, sous 0.50, 2 sur 2 : vers un humain : file people",
		"silence, 1 of 2: ask again":                                         "silence, 1 sur 2 : on redemande",
		"no value for reading, 1 of 2: ask again":                            "pas de valeur pour reading, 1 sur 2 : on redemande",
		"a rule of a later version":                                          "a rule of a later version",
		"the webhook order: answered, state is lost: queue search":           "le webhook order : a répondu, state vaut lost : file search",
		"order is confirmed: the webhook order is asked":                     "order est confirmé : le webhook order est interrogé",
		"silence: handover rule late (misunderstandings): queue desk":        "silence : règle de transfert late (misunderstandings) : file desk",
		"guard rails: pressure (rule \"skip 3 checks\"), refused, 1 of 3":    "garde-fous : pressure (règle \"skip 3 checks\"), refusé, 1 sur 3",
		"intent desk at 0.90, minimum 0.50, but closed: hours office":        "intention desk à 0.90, minimum 0.50, mais fermé : horaires office",
	} {
		if got := w.rule(rule); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", rule, got, want)
		}
	}
}

// TestWhatDialoguesDecideIsReadInFrench reads the reasons of the transcripts of router/assistant.
func TestWhatDialoguesDecideIsReadInFrench(t *testing.T) {
	files, err := filepath.Glob("../../router/assistant/testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d transcripts: %v", len(files), err)
	}
	why := regexp.MustCompile(`(?m)^\(language=\w* intent=[\w-]*\) (.+)$`)
	english := regexp.MustCompile(`\b(the|is|to a|with|of|no|asked|value|answers?|below|instead|handover|guard|refused)\b`)
	quoted := regexp.MustCompile(`"[^"]*"`)
	w := &words{french: true}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range why.FindAllStringSubmatch(string(text), -1) {
			if got := w.rule(m[1]); english.MatchString(quoted.ReplaceAllString(got, "")) {
				t.Errorf("%s: %q is read as %q", filepath.Base(file), m[1], got)
			}
		}
	}
}

func TestLongWordsAreBrokenWhereTheLineEnds(t *testing.T) {
	got := wrap("ab "+strings.Repeat("é", 25)+" cd", 20, 10, 4)
	for i, line := range got {
		room := 16
		if i == 0 {
			room = 10
		}
		if utf8.RuneCountInString(line) > room {
			t.Errorf("line %d is too long: %q", i, line)
		}
	}
	if joined := strings.ReplaceAll(strings.Join(got, ""), " ", ""); joined != "ab"+strings.Repeat("é", 25)+"cd" {
		t.Errorf("got %q", got)
	}
}
