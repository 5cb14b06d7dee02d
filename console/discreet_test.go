package console

import (
	"strings"
	"testing"
)

func TestAProblemRepeatsNothingOfWhatWasSent(t *testing.T) {
	b := newBench(t, 10)
	for _, body := range []map[string]any{
		{"name": "eva", "passphrase": phrase, "extra": true},
		{"name": 7, "passphrase": phrase},
		{"passphrase": strings.Repeat(phrase, 100)},
	} {
		status, text := b.browser(t).do("POST", "session", body)
		if status != 422 || !strings.Contains(text, `"location":"body`) {
			t.Errorf("%d %s", status, text)
		}
		if strings.Contains(text, phrase) {
			t.Errorf("%v: the answer repeats the passphrase: %s", body, text)
		}
	}
}
