package redact_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/callward/callward/redact"
)

// holder has Raw in every place where an encoder or a verb may come across it.
type holder struct {
	Name    string
	Raw     redact.Raw
	Pointer *redact.Raw
	Many    []redact.Raw
	ByName  map[string]redact.Raw
	Any     any
	Inner   struct{ Raw redact.Raw }
	hidden  redact.Raw
	behind  *redact.Raw
	inside  struct{ raws []redact.Raw }
	err     error
}

func hold(raw redact.Raw) holder {
	h := holder{
		Name: "x", Raw: raw, Pointer: &raw, Many: []redact.Raw{raw}, ByName: map[string]redact.Raw{"a": raw},
		Any: raw, hidden: raw, behind: &raw, err: fmt.Errorf("heard %v", raw),
	}
	h.Inner.Raw = raw
	h.inside.raws = []redact.Raw{raw, raw}
	return h
}

var verbs = "vTtbcdoOqxXUeEfFgGspw!z"

// FuzzNoVerbOrEncoderShowsRaw: whatever is done to it, the words stay inside.
func FuzzNoVerbOrEncoderShowsRaw(f *testing.F) {
	f.Add("secret-4539148803436467", uint8(0), uint8(0))
	f.Add("quatre-cinq-trois", uint8(5), uint8(3))
	f.Fuzz(func(t *testing.T, secret string, verb, flags uint8) {
		secret = "canary" + secret // so that it can be told from a mask
		raw := redact.NewRaw(redact.Word{Text: secret}, redact.Word{Text: secret})
		for what, shown := range exposures(t, raw, verb, flags) {
			if strings.Contains(shown, "canary") || strings.Contains(shown, fmt.Sprintf("%x", "canary")) ||
				strings.Contains(shown, fmt.Sprintf("%X", "canary")) || strings.Contains(shown, "[99 97 110") {
				t.Errorf("%s shows %q", what, shown)
			}
		}
	})
}

func exposures(t *testing.T, raw redact.Raw, verb, flags uint8) map[string]string {
	t.Helper()
	out := map[string]string{}
	format := "%"
	for i, c := range "+-# 0" {
		if flags&(1<<i) != 0 {
			format += string(c)
		}
	}
	format += string(verbs[int(verb)%len(verbs)])
	r := redact.New("en")
	r.Partial("1", raw)
	r.Final("1", raw)
	h := hold(raw)
	for name, v := range map[string]any{"raw": raw, "pointer": &raw, "holder": h, "to holder": &h, "slice": h.Many, "map": h.ByName, "redactor": *r, "to redactor": r} {
		out[format+" "+name] = fmt.Sprintf(format, v)
		out["print "+name] = fmt.Sprintln(v)
		out["error "+name] = errors.Join(fmt.Errorf(format, v)).Error()
		b, _ := json.Marshal(v)
		out["json "+name] = string(b)
		b, _ = xml.Marshal(v)
		out["xml "+name] = string(b)
		out["text log "+name], out["json log "+name] = logged(v)
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(struct{ Raw redact.Raw }{raw}); err != nil {
		t.Fatal(err)
	}
	out["gob"] = b.String()
	b.Reset()
	if err := gob.NewEncoder(&b).Encode(h); err == nil {
		out["gob of holder"] = b.String()
	}
	return out
}

func logged(v any) (asText, asJSON string) {
	var text, js bytes.Buffer
	opts := &slog.HandlerOptions{Level: slog.LevelDebug}
	slog.New(slog.NewTextHandler(&text, opts)).Info("x", slog.Any("v", v), slog.Group("g", slog.Any("v", v)))
	slog.New(slog.NewJSONHandler(&js, opts)).Info("x", slog.Any("v", v), slog.Group("g", slog.Any("v", v)))
	return text.String(), js.String()
}

func TestEveryVerbMasksRaw(t *testing.T) {
	for verb := range len(verbs) {
		for flags := range uint8(32) {
			for what, shown := range exposures(t, redact.RawText("canary canary"), uint8(verb), flags) {
				if strings.Contains(shown, "canary") || strings.Contains(strings.ToLower(shown), "63616e617279") {
					t.Fatalf("%s shows %q", what, shown)
				}
			}
		}
	}
	if got := fmt.Sprint(redact.RawText("canary")); got != "[raw]" {
		t.Errorf("it prints as %q", got)
	}
}
