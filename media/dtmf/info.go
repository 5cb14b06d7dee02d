package dtmf

import (
	"bytes"
	"strings"
)

// Info reads the key in the body of a SIP INFO: "Signal=5" among other lines in
// application/dtmf-relay, or the key alone in application/dtmf. No standard says
// so; it is what phones send. kind is the content type. ok is false for anything
// else, hook flash among it.
func Info(kind string, body []byte) (digit byte, ok bool) {
	switch kind {
	case "application/dtmf":
		return key(string(body))
	case "application/dtmf-relay":
		for line := range bytes.Lines(body) {
			name, value, found := strings.Cut(string(line), "=")
			if found && strings.EqualFold(strings.TrimSpace(name), "signal") {
				return key(value)
			}
		}
	}
	return 0, false
}

// key reads a digit, or the event code that some send for it.
func key(text string) (digit byte, ok bool) {
	switch text = strings.ToUpper(strings.TrimSpace(text)); {
	case text == "10":
		return '*', true
	case text == "11":
		return '#', true
	case len(text) != 1:
		return 0, false
	}
	code, ok := Code(text[0])
	if !ok {
		return 0, false
	}
	return Digit(code)
}
