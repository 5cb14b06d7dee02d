package guard_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/guard"
)

func TestNoExampleOfTheExampleLineIsCaught(t *testing.T) {
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		t.Fatal(err)
	}
	rails := guard.New(a.Name())
	for _, l := range a.Languages() {
		for _, e := range a.Examples(l) {
			if got := rails.Judge(redact.Authored(e.Text)); len(got) > 0 {
				t.Errorf("%s: %q is taken for %v", l, e.Text, got)
			}
		}
		for _, text := range a.Outside(l) {
			if got := rails.Judge(redact.Authored(text)); len(got) > 0 {
				t.Errorf("%s: %q is taken for %v", l, text, got)
			}
		}
	}
}

// asksForIt are intents of public sets whose sentences ask for what is refused here: the
// caller's own data, or a change of it.
func asksForIt(intent string) bool {
	for _, part := range []string{
		"email", "personal_details", "pin", "passcode", "routing", "account_blocked", "change_ai_name", "change_user_name", "user_name", "verify_my_identity",
	} {
		if strings.Contains(intent, part) {
			return true
		}
	}
	return false
}

// TestOrdinarySentencesAreNotCaught reads 300 sentences in each language that people said
// to other bots.
func TestOrdinarySentencesAreNotCaught(t *testing.T) {
	dir := os.Getenv("CALLWARD_TESTDATA")
	rails := guard.New("Lumenco")
	for language, files := range map[string][]string{
		"en": {"banking77_train.csv", "clinc150_train.csv", "hwu64_train.csv", "ha_en_train.csv"},
		"fr": {"ha_fr_train.csv"},
	} {
		n := 0
		for _, name := range files {
			for _, text := range some(t, filepath.Join(dir, "data", "nlu", name), 300/len(files)) {
				n++
				if got := rails.Judge(redact.Authored(text)); len(got) > 0 {
					t.Errorf("%s: %q is taken for %v", language, text, got)
				}
			}
		}
		if n != 300 {
			t.Errorf("%d sentences in %s", n, language)
		}
	}
}

// some gives n sentences from all over a file.
func some(t *testing.T, path string, n int) []string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Skipf("NOT TESTED on ordinary sentences: %s is missing; set CALLWARD_TESTDATA to the folder that holds data/", path)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, row := range rows[1:] {
		if len(row) == 2 && !asksForIt(row[1]) {
			all = append(all, row[0])
		}
	}
	if len(all) < n {
		t.Fatalf("%s has %d sentences only", path, len(all))
	}
	out := make([]string, n)
	for i := range out {
		out[i] = all[i*len(all)/n]
	}
	return out
}
