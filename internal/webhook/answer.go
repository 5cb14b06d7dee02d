package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
)

// Judge reads an answer: the results that the webhook promises, each checked by its type.
// A text that holds personal data of a kind that is withheld anywhere, in the language, is
// none: no bot reads such data out. The error is ErrNotFound or a *FaultError.
func Judge(w *assistant.Webhook, status int, contentType string, body []byte, language string) (map[string]redact.Safe, error) {
	switch {
	case status == http.StatusNotFound:
		return nil, ErrNotFound
	case status >= 300 && status < 400:
		return nil, errRedirect
	case status < 200 || status > 299:
		return nil, statusFault(status)
	case len(w.Results) == 0: // it is told something, not asked
		return nil, nil //nolint:nilnil // no results are what was wanted
	}
	if kind, _, err := mime.ParseMediaType(contentType); err != nil || kind != "application/json" {
		return nil, errType
	}
	strict, _ := redact.PolicyNamed("strict")
	return read(w.Results, body, strict.New(language))
}

// read gives all results, or the first fault.
func read(results []assistant.Result, body []byte, r *redact.Redactor) (map[string]redact.Safe, error) {
	var answer any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&answer); err != nil {
		return nil, errJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errJSON
	}
	out := make(map[string]redact.Safe, len(results))
	for i := range results {
		v, ok := walk(answer, results[i].Path)
		if !ok {
			return nil, contentFault(results[i].Name, "is missing")
		}
		safe, err := value(&results[i], v, r)
		if err != nil {
			return nil, err
		}
		out[results[i].Name] = safe
	}
	return out, nil
}

// walk follows a path down; null is nothing.
func walk(v any, path []string) (any, bool) {
	for _, key := range path {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(at) {
				return nil, false
			}
			v = at[i]
		default:
			return nil, false
		}
	}
	return v, v != nil
}

// The forms of numbers. Of eleven digits at most none is a card's.
var (
	numberOK = regexp.MustCompile(`^-?[0-9]{1,11}(\.[0-9]{1,6})?$`) //nolint:gochecknoglobals // a compiled pattern
	amountOK = regexp.MustCompile(`^-?[0-9]{1,9}(\.[0-9]{1,2})?$`)  //nolint:gochecknoglobals // a compiled pattern
)

const mostDigits = 11

// value gives a result in the form of its type.
func value(r *assistant.Result, v any, red *redact.Redactor) (redact.Safe, error) {
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	switch r.Type {
	case assistant.ResultText:
		if isText {
			return plain(r, text, red)
		}
	case assistant.ResultNumber:
		if s := number.String(); isNumber && numberOK.MatchString(s) && len(s)-strings.Count(s, "-")-strings.Count(s, ".") <= mostDigits {
			return redact.Authored(s), nil
		}
	case assistant.ResultAmount:
		if s := text + number.String(); (isText || isNumber) && amountOK.MatchString(s) { // many systems write money as a text
			whole, part, _ := strings.Cut(s, ".")
			return redact.Authored(whole + "." + (part + "00")[:2]), nil
		}
	case assistant.ResultDate:
		if day, ok := date(text); ok {
			return redact.Authored(day), nil
		}
	case assistant.ResultBoolean:
		if b, ok := v.(bool); ok {
			return redact.Authored(strconv.FormatBool(b)), nil
		}
	case assistant.ResultChoice:
		if isText && slices.Contains(r.Choices, text) {
			return redact.Authored(text), nil
		}
		return redact.Safe{}, contentFault(r.Name, "is none of its values")
	}
	return redact.Safe{}, contentFault(r.Name, "is no "+string(r.Type))
}

// date takes a day, alone or with a time (RFC 3339).
func date(text string) (string, bool) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1900 && t.Year() < 2200 {
			return t.Format(time.DateOnly), true
		}
	}
	return "", false
}

// plain takes a text that is to be spoken: one line, with nothing in it that is no text, nor
// the name of another value, nor anything that is withheld.
func plain(r *assistant.Result, text string, red *redact.Redactor) (redact.Safe, error) {
	text = strings.Map(func(c rune) rune {
		switch {
		case unicode.Is(unicode.Cf, c): // unseen, and what it parts is read as one
			return -1
		case unicode.IsControl(c), unicode.IsSpace(c), strings.ContainsRune("{}<>", c), c == utf8.RuneError:
			return ' '
		}
		return c
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	switch {
	case text == "":
		return redact.Safe{}, contentFault(r.Name, "is empty")
	case utf8.RuneCountInString(text) > r.Longest:
		return redact.Safe{}, contentFault(r.Name, "is longer than "+strconv.Itoa(r.Longest)+" letters")
	}
	safe := red.Speech(text)
	if safe.String() != text {
		return redact.Safe{}, contentFault(r.Name, "holds what may not be said")
	}
	return safe, nil
}
