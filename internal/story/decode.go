package story

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/callward/callward/call"
)

// raw is a record whose journal is not read yet, so that an error can name the entry.
type rawRecord struct {
	call.Record

	Journal []json.RawMessage `json:"journal"`

	Live   json.RawMessage `json:"live"`   // of a list of calls, which is no record
	Recent json.RawMessage `json:"recent"` // the same
	Status json.RawMessage `json:"status"` // of an answer of a server that says what is wrong
	Detail string          `json:"detail"`
}

// decode reads one record. The error names the field.
func decode(data []byte) (call.Record, error) {
	var raw rawRecord
	if err := json.Unmarshal(data, &raw); err != nil {
		return call.Record{}, fieldError("", data, err)
	}
	switch {
	case raw.Call != "":
	case raw.Live != nil || raw.Recent != nil:
		return call.Record{}, errors.New("this is a list of calls, which has no journals; export each from /api/v1/calls/ID")
	case raw.Status != nil && raw.Detail != "":
		return call.Record{}, fmt.Errorf("this is no record but a server's answer: %s", raw.Detail)
	default:
		return call.Record{}, errors.New(`call: missing; a record has the call's id there, as GET /api/v1/calls/ID gives it`)
	}
	if len(raw.Journal) > maxEntries {
		return call.Record{}, fmt.Errorf("journal: %d entries; %d at most", len(raw.Journal), maxEntries)
	}
	r := raw.Record
	r.Journal = make([]call.Entry, len(raw.Journal))
	for i, e := range raw.Journal {
		where := fmt.Sprintf("journal[%d]", i)
		if err := json.Unmarshal(e, &r.Journal[i]); err != nil {
			return call.Record{}, fieldError(where, e, err)
		}
		if r.Journal[i].Kind == "" {
			return call.Record{}, fmt.Errorf("%s.kind: missing; an entry says there what it tells, such as %q", where, call.KindCallerSaid)
		}
	}
	return r, nil
}

// fieldError says in words which field of data is wrong.
func fieldError(where string, data []byte, err error) error {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok { // a time: it reads itself, and does not know its own name
		return fmt.Errorf("%swant a time, such as %q", prefix(below(where, wrongTime(data))), "2026-01-05T10:00:00Z")
	}
	where = below(where, strings.TrimPrefix(wrong.Field, "Record."))
	return fmt.Errorf("%swant %s, it is %s", prefix(where), kindOf(wrong), article(wrong.Value))
}

// wrongTime gives the name of the first field that is to be a time and is none.
func wrongTime(data []byte) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return ""
	}
	for _, name := range []string{"started", "answered", "ended", "time"} {
		var t time.Time
		if v, ok := fields[name]; ok && json.Unmarshal(v, &t) != nil {
			return name
		}
	}
	return "at" // of a proof, or a card
}

func below(where, field string) string { return strings.Trim(where+"."+field, ".") }

func prefix(where string) string {
	if where == "" {
		return ""
	}
	return where + ": "
}

// kindOf says what a field takes in the words of JSON.
func kindOf(wrong *json.UnmarshalTypeError) string {
	switch name := wrong.Type.Kind().String(); {
	case strings.HasPrefix(name, "int"), strings.HasPrefix(name, "uint"):
		return "a whole number"
	case strings.HasPrefix(name, "float"):
		return "a number"
	case name == "struct" && wrong.Type.Name() != "Safe", name == "map":
		return "an object"
	case name == "slice":
		return "a list"
	case name == "bool":
		return "true or false"
	default:
		return "a text"
	}
}

func article(value string) string {
	switch {
	case strings.HasPrefix(value, "number "):
		return "the " + Clean(value)
	case value == "object", value == "array":
		return "an " + value
	default:
		return "a " + Clean(value)
	}
}
