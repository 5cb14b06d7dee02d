package story

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/callward/callward/call"
)

const oneRecord = `{"call":"a","tenant":"default","caller":"1","called":"2","assistant":"Line","state":"ended","started":"2026-01-05T10:00:00Z",
"journal":[{"seq":1,"time":"2026-01-05T10:00:01Z","tenant":"default","call":"a","kind":"call.answered"}]}`

func TestRecordsAreReadInEveryShapeThatTheyAreExportedIn(t *testing.T) {
	line := strings.ReplaceAll(oneRecord, "\n", "")
	for what, tc := range map[string]struct {
		text string
		from []string
	}{
		"one":           {oneRecord, []string{"r.json:1"}},
		"one, indented": {"\n\n" + oneRecord + "\n", []string{"r.json:3"}},
		"a list":        {"[\n" + line + ",\n" + line + "\n]", []string{"r.json:2", "r.json:3"}},
		"lines":         {line + "\n" + line + "\n", []string{"r.json:1", "r.json:2"}},
		"a later field": {strings.Replace(oneRecord, `"call"`, `"later":{"a":[1]},"call"`, 1), []string{"r.json:1"}},
	} {
		t.Run(what, func(t *testing.T) {
			got, err := Read("r.json", strings.NewReader(tc.text))
			if err != nil || len(got) != len(tc.from) {
				t.Fatalf("%d records, %v", len(got), err)
			}
			for i, r := range got {
				if r.Source != tc.from[i] || r.Call != "a" || len(r.Journal) != 1 || r.Journal[0].Kind != call.KindAnswered {
					t.Errorf("record %d: %+v", i, r)
				}
			}
		})
	}
}

func TestWhatIsNoRecordIsRefusedWithItsField(t *testing.T) {
	entry := func(field string) string { return `{"call":"a","journal":[{"kind":"decision"},{` + field + `}]}` }
	for what, tc := range map[string]struct{ text, want string }{
		"empty":              {"", "r.json:1: there is no record in it"},
		"an empty list":      {"[]", "r.json:1: there is no record in it"},
		"no JSON":            {"version: 1", "r.json:1: this is no JSON: "},
		"cut off":            {oneRecord[:120], "r.json:1: the JSON ends too early"},
		"a comma too many":   {"{\n\"call\":\"a\",\n}", "r.json:3: this is no JSON: "},
		"a text":             {`"abc"`, "r.json:1: want an object, it is a string"},
		"null":               {"null", "r.json:1: call: missing"},
		"another object":     {`{"a":1}`, "r.json:1: call: missing"},
		"the second of two":  {oneRecord + "\n{}", "r.json:3: call: missing"},
		"a list of calls":    {`{"live":[],"recent":[]}`, "this is a list of calls, which has no journals"},
		"a server's problem": {`{"title":"Not Found","status":404,"detail":"no such call"}`, "a server's answer: no such call"},
		"a call of digits":   {`{"call":12}`, "call: want a text, it is a number"},
		"a journal of text":  {`{"call":"a","journal":"x"}`, "journal: want a list, it is a string"},
		"an entry of text":   {`{"call":"a","journal":["x"]}`, "journal[0]: want an object, it is a string"},
		"no kind":            {entry(""), "journal[1].kind: missing"},
		"a kind of digits":   {entry(`"kind":3`), "journal[1].kind: want a text, it is a number"},
		"seq":                {entry(`"kind":"x","seq":-1`), "journal[1].seq: want a whole number, it is the number -1"},
		"text":               {entry(`"kind":"x","text":{}`), "journal[1].text: want a text, it is an object"},
		"confidence":         {entry(`"kind":"x","intent":{"confidence":"high"}`), "journal[1].intent.confidence: want a number, it is a string"},
		"waterfall":          {entry(`"kind":"turn","waterfall":{"total_ms":0.5}`), "journal[1].waterfall.total_ms: want a whole number, it is the number 0.5"},
		"outcome":            {entry(`"kind":"decision","outcome":[]`), "journal[1].outcome: want an object, it is an array"},
		"a value":            {entry(`"kind":"decision","outcome":{"values":{"reading":4}}`), "want a text, it is a number"},
		"time of an entry":   {entry(`"kind":"x","time":"yesterday"`), "journal[1].time: want a time, such as"},
		"time of the call":   {`{"call":"a","started":12}`, "started: want a time, such as"},
		"heard":              {`{"call":"a","heard":"en"}`, "heard: want a list, it is a string"},
		"deep":               {strings.Repeat("[", 100000), "r.json:1: nested too deeply"},
		"deep in a field":    {`{"call":"a",` + "\n" + `"x":` + strings.Repeat(`{"x":`, 50000), "r.json:2: nested too deeply"},
		"many entries":       {`{"call":"a","journal":[` + strings.Repeat("{},", maxEntries) + "{}]}", "journal: 20001 entries; 20000 at most"},
		"many records":       {strings.Repeat(`{"call":"a"}`, maxRecords+1), "more than 10000 records"},
	} {
		t.Run(what, func(t *testing.T) {
			got, err := Read("r.json", strings.NewReader(tc.text))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got  %v (%d records)\nwant %s", err, len(got), tc.want)
			}
		})
	}
}

func TestAFileThatIsTooLargeIsNotReadToItsEnd(t *testing.T) {
	zeros := &endless{}
	if _, err := Read("r.json", zeros); err == nil || !strings.Contains(err.Error(), "larger than 64 MB") {
		t.Errorf("got %v", err)
	}
	if zeros.read > maxFile+1<<20 {
		t.Errorf("%d bytes were read", zeros.read)
	}
}

type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	e.read += len(b)
	return len(b), nil
}

// FuzzRead looks for panics, for errors that do not say where, and for stories that hold
// what a terminal would obey. What is read comes out the same when it is read again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(oneRecord))
	f.Add([]byte(`[{"call":"\u001b[2J","caller":"\u202e","journal":[{"kind":"bot.said","text":"\u001b]0;x\u0007"}]}]`))
	f.Add([]byte(`{"call":"a","languages":["en"],"journal":[{"kind":"decision","outcome":{"input":"said","does":"ask","values":{"a":"1"}}},{"kind":"turn","waterfall":{}}]}`))
	f.Add([]byte(`{"call":"a","disclosure":[{"samples":-9223372036854775808}],"cards":[{"last_four":"é"}],"sound":{},"journal":[{"kind":"intent","top":[{}],"rivals":[{}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, err := Read("r.json", strings.NewReader(string(data)))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "r.json:") {
				t.Fatalf("the error does not say where: %v", err)
			}
			return
		}
		for _, r := range records {
			for _, language := range []string{"en", "fr"} {
				for _, style := range []Style{{}, {Width: 20}, {Width: 100}} {
					harmless(t, Tell(r.Record, language), style)
				}
			}
			again, err := json.Marshal(r.Record)
			if err != nil {
				continue // a year that JSON has no form for
			}
			if _, err := Read("again", strings.NewReader(string(again))); err != nil {
				t.Fatalf("%v\n%s", err, again)
			}
		}
	})
}

func harmless(t *testing.T, s Story, style Style) {
	t.Helper()
	var b strings.Builder
	if err := Print(&b, s, style); err != nil {
		t.Fatal(err)
	}
	for _, r := range b.String() {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			t.Fatalf("%q is printed: %s", r, fmt.Sprintf("%q", b.String()))
		}
	}
}
