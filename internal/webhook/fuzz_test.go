package webhook

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

func everyType() []assistant.Result {
	return []assistant.Result{
		{Name: "text", Type: assistant.ResultText, Path: []string{"text"}, Longest: 40},
		{Name: "number", Type: assistant.ResultNumber, Path: []string{"number"}},
		{Name: "amount", Type: assistant.ResultAmount, Path: []string{"sub", "amount"}},
		{Name: "date", Type: assistant.ResultDate, Path: []string{"list", "0"}},
		{Name: "boolean", Type: assistant.ResultBoolean, Path: []string{"boolean"}},
		{Name: "choice", Type: assistant.ResultChoice, Path: []string{"choice"}, Choices: []string{"open", "sent"}},
	}
}

const good = `{"text":"all is well","number":-3.5,"sub":{"amount":"12.5"},"list":["2026-01-05T10:00:00+01:00"],"boolean":false,"choice":"open"}`

var longDigits = regexp.MustCompile(`[0-9][0-9 -]{11,}[0-9]`)

// FuzzRead looks for panics, for results that are not of their type, and for texts that
// hold what must not be read out.
func FuzzRead(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(strings.Replace(good, "all is well", `card 4111 1111 1111 1111\u0000\u202e`, 1)))
	f.Add([]byte(strings.Replace(good, "-3.5", "1e400", 1)))
	f.Add([]byte(`[[[[{"a":null}]]]] x`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := read(everyType(), body, redact.New("en"))
		if err != nil {
			if fault := (*FaultError)(nil); !errors.As(err, &fault) || fault.Cause != causeContent {
				t.Fatalf("%v", err)
			}
			return
		}
		text := got["text"].String()
		if text == "" || strings.ContainsAny(text, "{}<>") || strings.ContainsFunc(text, unicode.IsControl) || !utf8.ValidString(text) || longDigits.MatchString(text) {
			t.Errorf("text %q", text)
		}
		if n := got["number"].String(); !numberOK.MatchString(n) {
			t.Errorf("number %q", n)
		}
		if a := got["amount"].String(); !regexp.MustCompile(`^-?[0-9]{1,9}\.[0-9]{2}$`).MatchString(a) {
			t.Errorf("amount %q", a)
		}
		if _, err := time.Parse(time.DateOnly, got["date"].String()); err != nil {
			t.Error(err)
		}
		if b := got["boolean"].String(); b != "true" && b != "false" {
			t.Errorf("boolean %q", b)
		}
		if c := got["choice"].String(); c != "open" && c != "sent" {
			t.Errorf("choice %q", c)
		}
	})
}
