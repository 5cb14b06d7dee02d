package filter_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/internal/filter"
	"github.com/callward/callward/redact"
)

// said makes a conversation of lines "MS WHO UTT(+ if final) TEXT"; who "keys" is the caller's.
func said(lang string, lines ...string) filter.Conversation {
	c := filter.Conversation{ID: json.RawMessage(`"c"`), Language: lang}
	for _, l := range lines {
		f := strings.SplitN(l, " ", 4)
		t := filter.Turn{Who: f[1], Text: f[3], Final: strings.HasSuffix(f[2], "+"), Utterance: json.RawMessage(strings.TrimSuffix(f[2], "+"))}
		if _ = json.Unmarshal([]byte(f[0]), &t.At); t.Who == "keys" {
			t.Who, t.Source = "caller", "dtmf"
		}
		c.Turns = append(c.Turns, t)
	}
	return c
}

func TestAConversationIsShownTurnByTurn(t *testing.T) {
	for name, c := range map[string]struct {
		in   filter.Conversation
		want []string
	}{
		"words": {said("en-GB",
			"0 bot 0+ What is your card number?",
			"1000 caller 1 it's four one one one",
			"2000 caller 1+ it's four one one one one one one one one one one one one one one one",
			"3000 bot 2+ Thank you.",
		), []string{"What is your card number?", "it's […]", "it's [card ••••1111]", "Thank you."}},
		"another language is listened to in both": {said("xx",
			"0 caller 0+ ma carte est le quatre mille cent onze onze cent onze onze cent onze onze cent onze",
		), []string{"ma carte est le [card ••••1111]"}},
		"keys that are complete show with the last of them": {said("en",
			"0 bot 0+ Type your card number.",
			"1000 keys 1+ 411111111111", "2000 keys 2+ 1111#", "3000 caller 3+ done",
		), []string{"Type your card number.", "", "[card ••••1111]", "done"}},
		"what a pause has ended shows with the next utterance, until it is final": {said("en",
			"0 keys 0+ 4111.1111 1111.1111", "1000 bot 1+ Anything else?",
			"5000 caller 2 no", "5500 caller 2+ no thanks", "6000 caller 3+ bye",
		), []string{"", "Anything else?", "[card ••••1111] no", "[card ••••1111] no thanks", "bye"}},
		"and at the end with the last event of who keyed": {said("en",
			"0 caller 0+ hello", "10 keys 1+ 42", "20 bot 2+ Goodbye.",
		), []string{"hello", "42", "Goodbye."}},
		"nobody in particular keys, and nothing of it is lost": {said("en",
			"0 keys 0+ 12", "4000 caller 1 hi", "4100 keys 2+ 7", "8000 caller 1+ hi there",
		), []string{"", "12 hi", "", "12 7 hi there"}},
		"a number that a final cannot decide shows at the front of the next event": {said("en",
			"0 bot 0+ What is it about?", "1000 caller 1+ it says 71829405", "1500 bot 2+ Yes?",
			"2000 caller 3 the", "2500 caller 3 the one on the letter", "3000 caller 3+ the one on the letter", "4000 caller 4+ bye",
		), []string{"What is it about?", "it says […]", "Yes?", "the", "71829405 the one on the letter", "71829405 the one on the letter", "bye"}},
		"or its mask": {said("en",
			"0 caller 0+ it says 45391488", "1000 caller 1+ hold on", "3000 caller 2+ 03436467",
		), []string{"it says […]", "[number] hold on", "[card ••••6467]"}},
		"of the last final it is decided at once": {said("en",
			"0 caller 0+ hello", "1000 caller 1+ it says 71829405 here", "2000 bot 2+ Thank you.",
		), []string{"hello", "it says 71829405 here", "Thank you."}},
		"and masked there": {said("en", "0 caller 0+ it says 45391488"), []string{"it says [number]"}},
		"another speaker gets nothing of it": {said("en",
			"0 caller 0+ it says 71829405", "1000 agent 1+ let me see", "2000 caller 2+ okay",
		), []string{"it says […]", "let me see", "71829405 okay"}},
		"a clock that goes back ends no entry": {said("en",
			"9000 keys 0+ 41111111", "100 keys 1+ 11111111#",
		), []string{"", "[card ••••1111]"}},
	} {
		got := filter.Redact(c.in, redact.Policy{})
		if len(got.Events) != len(c.want) {
			t.Errorf("%s: %d events of %d turns", name, len(got.Events), len(c.want))
			continue
		}
		for i, e := range got.Events {
			if turn := c.in.Turns[i]; e.Text != c.want[i] || e.Who != turn.Who || e.Final != turn.Final || string(e.Utterance) != string(turn.Utterance) {
				t.Errorf("%s: event %d is %+v, want %q", name, i, e, c.want[i])
			}
		}
	}
}

func TestEachLineIsRedactedAndBrokenOnesAreNamed(t *testing.T) {
	in := `{"id":7,"lang":"en","turns":[{"who":"caller","utt":"a","final":true,"text":"it's 4111 1111 1111 1111 <b>"}]}
{"id":8,"turns":[{"who":"caller","text":4111111111111111}]}
4111111111111111 is no conversation
[4111111111111111]
{"id":9,"turns":[]}
`
	var out strings.Builder
	err := filter.JSONL(strings.NewReader(in), &out, redact.Policy{})
	want := `{"id":7,"events":[{"who":"caller","utt":"a","final":true,"text":"it's [card ••••1111] <b>"}]}
{"id":9,"events":[]}
`
	if out.String() != want {
		t.Errorf("wrote\n%s", out.String())
	}
	if err == nil || !strings.Contains(err.Error(), "line 2: turns.text is of the wrong kind") || !strings.Contains(err.Error(), "line 3: not JSON") {
		t.Errorf("error %v", err)
	}
	if err == nil || !strings.Contains(err.Error(), "line 4: the whole is of the wrong kind") {
		t.Errorf("error %v", err)
	}
	if err != nil && strings.Contains(err.Error(), "411111") {
		t.Errorf("the error tells the number: %v", err)
	}
}

type noRoom struct{}

func (noRoom) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	if err := filter.JSONL(strings.NewReader("{}\n{}\n"), noRoom{}, redact.Policy{}); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
	if err := filter.Text(strings.NewReader("hello\n"), noRoom{}, "en", redact.Policy{}); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
}

func TestTextIsRedactedLineByLine(t *testing.T) {
	var out strings.Builder
	in := "my card is four one one one\none one one one one one one one one one one one thanks\n\nbye\xff\n"
	if err := filter.Text(strings.NewReader(in), &out, "en", redact.Policy{}); err != nil {
		t.Fatal(err)
	}
	if want := "my card is [number]\n[card ••••1111] thanks\n\nbye\uFFFD\n"; out.String() != want {
		t.Errorf("wrote %q", out.String())
	}
}

func TestThereIsOneEventForEachTurn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := filter.Conversation{Language: rapid.SampledFrom([]string{"en", "fr", "", "de"}).Draw(t, "lang")}
		for range rapid.IntRange(0, 12).Draw(t, "turns") {
			c.Turns = append(c.Turns, filter.Turn{
				At: rapid.Int64().Draw(t, "at"), Who: rapid.SampledFrom([]string{"caller", "bot", "agent", ""}).Draw(t, "who"),
				Source: rapid.SampledFrom([]string{"", "dtmf"}).Draw(t, "src"), Final: rapid.Bool().Draw(t, "final"),
				Text: rapid.OneOf(rapid.String(), rapid.StringMatching(`[0-9#* ]{0,20}`)).Draw(t, "text"),
			})
		}
		out := filter.Redact(c, redact.Policy{})
		if len(out.Events) != len(c.Turns) {
			t.Fatalf("%d events of %d turns", len(out.Events), len(c.Turns))
		}
	})
}

func FuzzJSONL(f *testing.F) {
	f.Add([]byte(`{"id":"a","lang":"fr","turns":[{"t_ms":1,"who":"caller","utt":0,"final":false,"text":"quatre"}]}`))
	f.Add([]byte("{\"turns\":[{\"src\":\"dtmf\",\"text\":\"12#\"}]}\n{"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out strings.Builder
		_ = filter.JSONL(strings.NewReader(string(in)), &out, redact.Policy{})
		for line := range strings.Lines(out.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("wrote %q", line)
			}
		}
	})
}
