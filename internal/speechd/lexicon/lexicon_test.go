package lexicon

import (
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const small = "bill  B IH L\nthe DH AH\nthe(2) DH IY\nto  T UW\n"

func TestAModelGetsAllPronunciationsOfItsWordsAndNoOthers(t *testing.T) {
	l := New([]byte(small), "en")
	dict, silent := l.Dict(t.Context(), []string{"the", "bill"})
	if got := string(dict); got != "bill  B IH L\nthe DH AH\nthe(2) DH IY\n" {
		t.Errorf("the dictionary is %q", got)
	}
	if len(silent) != 0 {
		t.Errorf("%v cannot be pronounced", silent)
	}
	if !l.Known("the") || l.Known("the(2)") || l.Known("th") {
		t.Error("Known knows the wrong words")
	}
}

func TestAWordThatIsNotInTheDictionaryIsAskedFor(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("SKIPPED: espeak-ng is missing: apt-get install espeak-ng")
	}
	for _, c := range []struct{ language, word, want string }{
		{"en", "callward", "K AO L W ER D"},
		{"fr", "électricité", "ei ll ai kk tt rr ii ss ii tt ei"},
		{"fr", "oignon", "au nn yy on"},
	} {
		dict, silent := New(nil, c.language).Dict(t.Context(), []string{c.word})
		if got := strings.TrimSpace(string(dict)); got != c.word+" "+c.want || len(silent) > 0 {
			t.Errorf("%s: %q, silent %v; want phones %q", c.language, got, silent, c.want)
		}
	}
}

func TestWithoutTheProgramAWordStaysSilent(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dict, silent := New([]byte(small), "en").Dict(t.Context(), []string{"callward", "to"})
	if string(dict) != "to  T UW\n" || len(silent) != 1 || silent[0] != "callward" {
		t.Errorf("dictionary %q, silent %v", dict, silent)
	}
}

func TestPhonesComeFromTheTableOnly(t *testing.T) {
	_, table := tableFor("fr")
	known := make(map[string]bool)
	for _, phones := range table {
		for _, p := range phones {
			known[p] = true
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		for p := range strings.FieldsSeq(Phones(rapid.String().Draw(t, "ipa"), table)) {
			if !known[p] {
				t.Fatalf("%q is not a phone", p)
			}
		}
	})
}
