package console

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console/access"
)

// written are ended calls whose every text a spreadsheet might take for a formula.
func written(t *testing.T) records {
	t.Helper()
	rs := records{}
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for i, text := range []string{"=HYPERLINK(1)", "+1+1", "-1", "@SUM(A1)", "\tx", "\rx", "a,\"b\"\nc"} {
		r := call.Record{
			Tenant: "default", Call: call.ID("c" + string(rune('0'+i))), Caller: "+33155500142", Started: at.Add(time.Duration(i) * time.Minute),
			Ended: at.Add(time.Hour), Cause: text, Queue: text, Agent: text, Assistant: text, Language: text, Trust: text, Intent: &call.Scored{Name: text, Confidence: 0.5},
		}
		if err := rs.Put(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	return rs
}

func TestNoCellOfAnExportIsAFormula(t *testing.T) {
	b := newBench(t, 8, func(c *Config) {
		c.Records = written(t)
		c.Alias = func(*call.Record) string { return "=pseudonym" }
	})
	resp, body := b.ask(t, "GET", "/api/v1/records.csv")
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) != 8 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/csv") || !strings.Contains(resp.Header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%v, %d rows, %v", err, len(rows), resp.Header)
	}
	for _, row := range rows {
		for i, cell := range row {
			if strings.ContainsAny(cell, "\r\n") || cell != "" && strings.ContainsAny(cell[:1], "=+-@\t") {
				t.Errorf("%s is %q", rows[0][i], cell)
			}
		}
	}
	if strings.Contains(body, "55500142") {
		t.Error("a number left by the export")
	}
	if got := b.audit.took(); !strings.Contains(got, "export-search: 7 calls") {
		t.Errorf("audit: %s", got)
	}
}

func TestAnExportHoldsWhatItsReaderMaySee(t *testing.T) {
	b := newBench(t, 64, towns)
	who := access.Grant{Role: access.Supervisor, Tenant: "acme", Queues: []string{"billing"}}
	code, body := b.serve(t, map[string]string{}, asked{who, access.ReadCalls, "GET", "/api/v1/records.csv"})
	if code != http.StatusOK || !strings.Contains(body, "old-acme-billing") || strings.Count(body, "\n") != 2 {
		t.Errorf("a supervisor of one queue: %d %s", code, body)
	}
}

func TestACallerIsFoundByNumberHoweverItIsWrittenAndByPseudonym(t *testing.T) {
	rs := records{}
	for id, number := range map[call.ID]string{"a": "+33155500142", "b": "+33155500177"} {
		_ = rs.Put(t.Context(), call.Record{Tenant: "default", Call: id, Caller: number})
	}
	b := newBench(t, 8, func(c *Config) {
		c.Records = rs
		c.Alias = func(r *call.Record) string { return "p" + string(r.Call) }
	})
	for query, want := range map[string]string{"%2B33155500142": "a", "%2B33%201.55-50%2001%2042": "a", "pb": "b", "p": "", "33155500142": ""} {
		_, body := b.ask(t, "GET", "/api/v1/records?caller="+query)
		got := ""
		for _, c := range decode[Found](t, body).Calls {
			got += c.Call
			if c.Alias != "p"+c.Call {
				t.Errorf("%s is named %q", c.Call, c.Alias)
			}
		}
		if got != want {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
}
