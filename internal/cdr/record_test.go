package cdr_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/cdr"
)

var began = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

func at(second float64) time.Time { return began.Add(time.Duration(second * float64(time.Second))) }

// billing is a caller who asks the bot, waits, is offered to two agents and sent on by the
// second.
func billing() call.Record {
	e := func(second float64, kind call.Kind, edit func(*call.Entry)) call.Entry {
		out := call.Entry{Time: at(second), Kind: kind}
		if edit != nil {
			edit(&out)
		}
		return out
	}
	state := func(second float64, st call.State) call.Entry {
		return e(second, call.KindState, func(e *call.Entry) { e.State = st.String() })
	}
	agent := func(name, queue, reason string) func(*call.Entry) {
		return func(e *call.Entry) { e.Agent, e.Queue, e.Reason = name, queue, reason }
	}
	return call.Record{
		Tenant: "acme", Call: "c1", Trunk: "carrier", Caller: "+33155500100", Trust: "A", Called: "+33100000000", Assistant: "energy",
		Language: "fr", Started: at(0), Answered: at(1), Ended: at(100), Intent: &call.Scored{Name: "billing", Confidence: 0.93},
		Queue: "billing", Agent: "clara", Cause: "caller hung up: and more", Flags: []string{"impersonation"}, Cards: []call.Taken{{Token: "t"}},
		Sound: &call.Sound{MOS: 4.2, Lost: 0.01},
		Journal: []call.Entry{
			e(0, call.KindStarted, nil), e(1, call.KindAnswered, nil), state(1, call.StateOpening), state(5, call.StateListening),
			state(11, call.StateQueued), e(11, call.KindQueued, agent("", "billing", "")),
			state(12, call.StateOffered), e(12, call.KindOffered, agent("anna", "billing", "offer 1")),
			e(20, call.KindAgentFailed, agent("anna", "", "no_answer")), state(20, call.StateQueued),
			state(21, call.StateOffered), e(21, call.KindOffered, agent("boris", "billing", "offer 2")),
			e(25, call.KindAgentAnswer, agent("boris", "billing", "")), state(25, call.StateBridged), e(25, call.KindBridged, agent("boris", "", "")),
			e(60, call.KindTransfer, agent("boris", "", "to clara, who is on the line")), e(60, call.KindBridged, agent("clara", "", "")),
			e(100, call.KindEnded, nil),
		},
	}
}

func TestARecordAddsUpWhoHadTheCaller(t *testing.T) {
	r := cdr.Of(billing(), cdr.NewNumbers(cdr.Pseudonym, []byte("a key of sixteen")))
	if r.Bot != 10_000 || r.Wait != 14_000 || r.Talk != 75_000 || r.Duration != 100_000 || r.Contained || r.Cards != 1 || r.Cause != "caller hung up" {
		t.Errorf("%+v", r)
	}
	want := []cdr.Leg{
		{Agent: "anna", Queue: "billing", Offered: at(12), Ended: at(20), Outcome: "no_answer"},
		{Agent: "boris", Queue: "billing", Offered: at(21), Answered: at(25), Ended: at(60), Outcome: "transferred"},
		{Agent: "clara", Answered: at(60), Ended: at(100), Outcome: "talked"},
	}
	if !reflect.DeepEqual(r.Legs, want) {
		t.Errorf("legs\n%+v, want\n%+v", r.Legs, want)
	}
	if !strings.HasPrefix(r.Caller, "p") || len(r.Caller) != 17 || r.Called != "+33100000000" {
		t.Errorf("caller %q, called %q", r.Caller, r.Called)
	}
}

func TestJSONAndCSVSayTheSame(t *testing.T) {
	r := cdr.Of(billing(), cdr.NewNumbers(cdr.Shown, nil))
	line, err := r.JSON()
	if err != nil || bytes.ContainsRune(line, '\n') {
		t.Fatalf("%v: %s", err, line)
	}
	back, err := cdr.Parse(line)
	if err != nil || !reflect.DeepEqual(back, r) {
		t.Errorf("read back %+v, %v", back, err)
	}
	var fields map[string]any
	_ = json.Unmarshal(line, &fields)
	rows, err := csv.NewReader(bytes.NewReader(append(cdr.Header(), r.CSV()...))).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	col := func(row int, name string) string {
		for i, c := range rows[0] {
			if c == name {
				return rows[row][i]
			}
		}
		t.Fatalf("no column %s", name)
		return ""
	}
	if col(1, "caller") != "'+33155500100" || fields["caller"] != "+33155500100" { // an apostrophe: + could begin a formula
		t.Errorf("caller %q, %v", col(1, "caller"), fields["caller"])
	}
	if col(1, "talk_ms") != "75000" || fields["talk_ms"] != 75000.0 || col(1, "started") != "2026-11-27T09:00:00.000Z" || col(1, "leg") != "0" {
		t.Errorf("%v", rows[1])
	}
	if col(3, "leg") != "2" || col(3, "agent") != "boris" || col(3, "talk_ms") != "35000" || col(3, "duration_ms") != "39000" || col(3, "cause") != "transferred" {
		t.Errorf("%v", rows[3])
	}
	if !strings.Contains(string(r.CSV()), "\r\n") || col(1, "intent") != "billing" || col(1, "contained") != "false" {
		t.Errorf("%q", r.CSV())
	}
}

func TestWhoeverTheBotServesAloneIsContained(t *testing.T) {
	r := call.Record{Answered: at(0), Started: at(0), Ended: at(9), Cause: "served"}
	if !cdr.Of(r, cdr.Numbers{}).Contained {
		t.Error("served by the bot")
	}
	for what, edit := range map[string]func(*call.Record){
		"not answered": func(r *call.Record) { r.Answered = time.Time{} },
		"queued":       func(r *call.Record) { r.Queue = "billing" },
		"an agent's":   func(r *call.Record) { r.Desk = true },
		"sent outside": func(r *call.Record) { r.Journal = []call.Entry{{Kind: call.KindAgentAnswer, Time: at(1)}} },
	} {
		other := r
		edit(&other)
		if cdr.Of(other, cdr.Numbers{}).Contained {
			t.Error(what)
		}
	}
}

func TestNumbersAreShownAsTheTenantWants(t *testing.T) {
	key := []byte("a key of sixteen")
	p := cdr.NewNumbers(cdr.Pseudonym, key)
	if a, b := p.Show("+33155500100"), p.Show("+33155500101"); a == b || a != p.Show("+33155500100") || strings.Contains(a, "55500100") {
		t.Errorf("%q and %q", a, b)
	}
	if p.Show("+33155500100") == cdr.NewNumbers(cdr.Pseudonym, []byte("another of sixteen")).Show("+33155500100") {
		t.Error("the key does not count")
	}
	shown := cdr.NewNumbers(cdr.Shown, key)
	for number, want := range map[string]string{"+33155500100": "+33155500100", "anonymous": "anonymous", "": ""} {
		if got := shown.Show(number); got != want {
			t.Errorf("%q is shown as %q", number, got)
		}
	}
	for _, odd := range []string{"4111111111111111", "=cmd|x", "bob smith"} { // no number: one may be a card's
		if got := shown.Show(odd); !strings.HasPrefix(got, "p") || len(got) != 17 {
			t.Errorf("%q is shown as %q", odd, got)
		}
	}
	if got := cdr.NewNumbers(cdr.Hidden, key).Show("+331"); got != "hidden" {
		t.Errorf("hidden: %q", got)
	}
}

func TestARecordOfAnAgentsCallNamesTheAgents(t *testing.T) {
	r := call.Record{Call: "d", Desk: true, Caller: "anna", Called: "boris", Started: at(0), Answered: at(4), Ended: at(10), Cause: "called hung up"}
	if got := cdr.Of(r, cdr.NewNumbers(cdr.Hidden, nil)); got.Kind != cdr.Desk || got.Caller != "anna" || got.Called != "boris" || got.Talk != 6000 {
		t.Errorf("%+v", got)
	}
	r.Outside, r.Called = true, "+4420"
	if got := cdr.Of(r, cdr.NewNumbers(cdr.Hidden, nil)); got.Called != "hidden" {
		t.Errorf("called %q", got.Called)
	}
}

// No cell begins as a formula does, and rows stay rows that any reader of CSV takes.
func FuzzCellsAreInert(f *testing.F) {
	for _, s := range []string{"", "=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "\r=1", "a\nb", `"`, "'", ",;|", "＝1", "\x00", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		cell := cdr.Inert(s)
		if first, _ := utf8.DecodeRuneInString(cell); cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
			t.Errorf("%q begins a formula", cell)
		}
		rows, err := csv.NewReader(bytes.NewReader(append(cdr.Header(), cdr.Record{Call: s, Agent: s}.CSV()...))).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][0] != cell {
			t.Errorf("%v: %q gives %q", err, s, rows)
		}
	})
}
