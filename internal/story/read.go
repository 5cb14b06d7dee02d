package story

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/callward/callward/call"
)

// How much is read: a record of a server holds 4,000 entries at most, of some 300 bytes.
const (
	maxFile    = 64 << 20 // bytes of one file
	maxRecords = 10000    // of one file
	maxEntries = 20000    // of one record
	maxNested  = 16       // levels of lists and objects
)

// A Sourced is a record, and where it stands.
type Sourced struct {
	call.Record

	Source string // FILE:LINE, or the URL of a server
}

// ReadFile reads the records of a file; "-" is stdin.
func ReadFile(name string, stdin io.Reader) ([]Sourced, error) {
	if name == "-" {
		return Read("standard input", stdin)
	}
	f, err := os.Open(name) //nolint:gosec // the user names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return Read(name, f)
}

// Read reads the records that in holds as JSON: one, a list of them, or one after the
// other. An error says name:line, which field is wrong and what it must be.
func Read(name string, in io.Reader) ([]Sourced, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: larger than %d MB; export fewer calls at once", name, maxFile>>20)
	}
	if line := tooDeep(data); line > 0 {
		return nil, fmt.Errorf("%s:%d: nested too deeply; a record needs no more than %d levels", name, line, maxNested)
	}
	r := &reader{name: name, data: data}
	if err := r.all(); err != nil {
		return nil, err
	}
	if len(r.out) == 0 {
		return nil, fmt.Errorf("%s:1: there is no record in it; want JSON as GET /api/v1/calls/ID gives it", name)
	}
	return r.out, nil
}

// A reader takes a text of records apart.
type reader struct {
	name string
	data []byte
	out  []Sourced
}

func (r *reader) all() error {
	dec := json.NewDecoder(bytes.NewReader(r.data))
	for {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return r.syntax(err, dec.InputOffset())
		}
		at := int(dec.InputOffset()) - len(raw)
		if err := r.value(raw, at); err != nil {
			return err
		}
	}
}

// value takes a record, or a list of them, that begins at an offset.
func (r *reader) value(raw json.RawMessage, at int) error {
	if raw[0] != '[' {
		return r.record(raw, at)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return r.syntax(err, int64(at))
	}
	for dec.More() {
		var one json.RawMessage
		if err := dec.Decode(&one); err != nil {
			return r.syntax(err, int64(at)+dec.InputOffset())
		}
		if err := r.record(one, at+int(dec.InputOffset())-len(one)); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) record(raw json.RawMessage, at int) error {
	if len(r.out) >= maxRecords {
		return fmt.Errorf("%s: more than %d records; split the file", r.name, maxRecords)
	}
	source := fmt.Sprintf("%s:%d", r.name, r.line(at))
	rec, err := decode(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	r.out = append(r.out, Sourced{rec, source})
	return nil
}

func (r *reader) line(at int) int {
	return 1 + bytes.Count(r.data[:max(0, min(at, len(r.data)))], []byte("\n"))
}

// syntax says where the text is no JSON.
func (r *reader) syntax(err error, at int64) error {
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = s.Offset
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%s:%d: the JSON ends too early; was the export cut off?", r.name, r.line(len(r.data)))
	}
	return fmt.Errorf("%s:%d: this is no JSON: %s", r.name, r.line(int(at)), strings.TrimPrefix(err.Error(), "json: "))
}

// tooDeep gives the line at which brackets outside of texts nest more deeply than any
// record needs, or 0.
func tooDeep(data []byte) int {
	line, depth, quoted, escaped := 1, 0, false, false
	for _, c := range data {
		switch {
		case c == '\n':
			line++
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[', c == '{':
			if depth++; depth > maxNested {
				return line
			}
		case c == ']', c == '}':
			depth = max(depth-1, 0)
		}
	}
	return 0
}
