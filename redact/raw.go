package redact

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

// A Word is one word as a recognizer heard it. Start and End count from the
// first audio of the stream; they are zero where the engine gives no times.
type Word struct {
	Text       string
	Start, End time.Duration
	Confidence float64
}

// Raw holds words as spoken, or keys as pressed. No verb, log or encoder shows
// them, and only this package can look inside. The zero Raw holds nothing.
//
// The words hide behind a func because fmt reaches into unexported fields
// without asking Format, and prints strings, and slices behind a pointer; a
// func prints as an address.
type Raw struct{ words func() []Word }

const rawMask = "[raw]"

// NewRaw takes words from a recognizer's client, where Raw is born.
func NewRaw(words ...Word) Raw { return Raw{words: func() []Word { return words }} }

// RawText takes a hypothesis that came without word times.
func RawText(text string) Raw {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return NewRaw()
	}
	return NewRaw(Word{Text: strings.Join(fields, " ")}) // one: nothing is to be put together later
}

// Empty reports whether nothing was said.
func (r Raw) Empty() bool { return r.words == nil || len(r.words()) == 0 }

// open gives the words. It stays unexported: only the detector may read them.
func (r Raw) open() []Word {
	if r.words == nil {
		return nil
	}
	return r.words()
}

// Format prints the mask for every verb.
func (Raw) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, rawMask) }

// LogValue logs the mask.
func (Raw) LogValue() slog.Value { return slog.StringValue(rawMask) }

// MarshalText encodes the mask.
func (Raw) MarshalText() ([]byte, error) { return []byte(rawMask), nil }

// MarshalBinary encodes the mask.
func (Raw) MarshalBinary() ([]byte, error) { return []byte(rawMask), nil }

// GobEncode encodes the mask.
func (Raw) GobEncode() ([]byte, error) { return []byte(rawMask), nil }
