package yamlfile

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAFileThatIsNoDocumentSaysWhere(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "f.yaml:1: the file must hold one YAML document",
		"a: 1\n---\nb: 2\n":      "f.yaml:1: the file must hold one YAML document",
		"a: 1\nb: [\n":           "f.yaml:",
		"a: 1\nb: [[[[[1]]]]]\n": "f.yaml:2: nested too deeply; a list needs no more than 4 levels",
		"a:\n" + strings.Repeat(" ", 33) + "b: 1": "f.yaml:2: nested too deeply",
	} {
		if _, err := Document("f.yaml", []byte(text), 4, "a list"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if _, err := Document("f.yaml", []byte("\ufeffa: 1\n"), 4, "a list"); err != nil {
		t.Errorf("with a byte order mark: %v", err)
	}
	node, err := Document("f.yaml", []byte("\na: 1\n"), 4, "a list")
	if err != nil || LineOf(node) != 2 {
		t.Errorf("%v at line %d", err, LineOf(node))
	}
	if LineOf(nil) != 1 {
		t.Error("no node has another line than 1")
	}
}

func TestANameWithTwoWrongLettersIsSuggested(t *testing.T) {
	names := []string{"scenarios", "language", "assistant", "say"}
	for word, want := range map[string]string{
		"SAY": "say", "Langage": "language", "scenarois": "scenarios", "langage": "language", "sya": "say", "q": "", "": "", "elephant": "", strings.Repeat("x", 99): "",
	} {
		if want != "" {
			want = ` (did you mean "` + want + `"?)`
		}
		if got := Nearest(word, names); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

func TestTheDistanceBetweenWordsIsAMetric(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		word := rapid.StringMatching(`[a-z]{0,12}`)
		a, b, c := word.Draw(rt, "a"), word.Draw(rt, "b"), word.Draw(rt, "c")
		if d := distance(a, b); d != distance(b, a) || (d == 0) != (a == b) || d > max(len(a), len(b)) || d > distance(a, c)+distance(c, b) {
			rt.Fatalf("the distance of %q and %q is %d", a, b, d)
		}
	})
}
