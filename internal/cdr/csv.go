package cdr

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// columns are those of CSV, in order. Their order stays; new ones come last.
func columns() []string {
	return []string{
		"call", "leg", "tenant", "kind", "trunk", "caller", "trust", "called", "assistant", "language", "intent", "confidence",
		"queue", "agent", "cause", "started", "answered", "ended", "duration_ms", "bot_ms", "wait_ms", "talk_ms", "contained",
		"cards", "flags", "mos", "loss", "message_ms",
	}
}

// Header is the first row.
func Header() []byte { return Row(columns()) }

// CSV gives the rows of a record: the call's, whose leg is 0, and one for each leg, from 1.
// Of a leg, started is when it was offered, and cause what came of it.
func (r Record) CSV() []byte {
	out := Row([]string{
		r.Call, "0", r.Tenant, r.Kind, r.Trunk, r.Caller, r.Trust, r.Called, r.Assistant, r.Language, r.Intent, decimal(r.Confidence),
		r.Queue, r.Agent, r.Cause, stamp(r.Started), stamp(r.Answered), stamp(r.Ended), whole(r.Duration), whole(r.Bot), whole(r.Wait), whole(r.Talk),
		strconv.FormatBool(r.Contained), strconv.Itoa(r.Cards), strings.Join(r.Flags, " "), decimal(r.MOS), decimal(r.Loss),
		whole(r.Message),
	})
	for i, l := range r.Legs {
		out = append(out, Row([]string{
			r.Call, strconv.Itoa(i + 1), r.Tenant, r.Kind, "", "", "", "", "", "", "", "",
			l.Queue, l.Agent, l.Outcome, stamp(l.Offered), stamp(l.Answered), stamp(l.Ended), whole(l.length()), "", "", whole(l.talk()), "", "", "", "", "", "",
		})...)
	}
	return out
}

func (l Leg) length() int64 {
	if l.Offered.IsZero() {
		return l.talk()
	}
	return ms(l.Ended.Sub(l.Offered))
}

func (l Leg) talk() int64 {
	if l.Answered.IsZero() {
		return 0
	}
	return ms(l.Ended.Sub(l.Answered))
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

func decimal(f float64) string {
	if f == 0 {
		return ""
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// Row writes cells as RFC 4180 has it, each made Inert.
func Row(cells []string) []byte {
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = Inert(c)
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	_ = w.Write(safe) // a buffer takes all
	w.Flush()
	return b.Bytes()
}

// formulas are what a spreadsheet takes a cell for a formula by, and their wide forms
// (OWASP, CSV Injection).
const formulas = "=+-@\t\r\n＝＋－＠"

// Inert gives a cell that no spreadsheet takes for a formula: one that could be begins with
// an apostrophe. Breaks of lines become spaces, so that each row is a line.
func Inert(cell string) string {
	first, _ := utf8.DecodeRuneInString(cell)
	if cell != "" && strings.ContainsRune(formulas, first) {
		cell = "'" + cell
	}
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(cell)
}
