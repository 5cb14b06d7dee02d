package app

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/apitoken"
)

// post sends a document to the API; into takes the reply, whatever its status.
func (s *server) post(path string, from, into any) int {
	s.tb.Helper()
	body, err := json.Marshal(from)
	if err != nil {
		s.tb.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.tb.Context(), http.MethodPost, "http://"+s.HTTP().String()+path, bytes.NewReader(body))
	if err != nil {
		s.tb.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	apitoken.Authorize(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		s.tb.Fatalf("%v in %s", err, text)
	}
	return resp.StatusCode
}

// A workshop is a server whose assistant and scenarios are files that a test changes.
type workshop struct {
	*server

	file, scenarios, text string
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join(small(t), "energy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	w := &workshop{file: filepath.Join(dir, "energy.yaml"), scenarios: filepath.Join(dir, scenarioDir, "s.yaml"), text: string(text)}
	if err := os.Mkdir(filepath.Dir(w.scenarios), 0o700); err != nil {
		t.Fatal(err)
	}
	w.put(w.file, w.text)
	w.server = serveApp(t, "", "--test-numbers", "--assistants", dir)
	return w
}

func (w *workshop) put(file, text string) {
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		w.tb.Fatal(err)
	}
}

// problem is a refusal, as far as its reader is told why.
type problem struct {
	Detail string
	Errors []struct{ Message string }
}

func TestAnAssistantIsChangedFromThePageAsByAReload(t *testing.T) {
	w := newWorkshop(t)
	const path = "/api/v1/assistants/energy/version"
	compared := func() (c console.Comparison) {
		w.get(path, &c)
		return c
	}
	if c := compared(); c.Diff != "" || c.Running != c.OnDisk || c.File != w.file {
		t.Fatalf("unchanged: %+v", c)
	}
	w.put(w.file, strings.Replace(w.text, "What do you want?", "What is it?", 1))
	w.write("call: {silence_budget: 2s}\n") // and the configuration
	began := compared()
	if !strings.Contains(began.Diff, "\n-  greeting: {en: What do you want?") || !strings.Contains(began.Diff, "\n+  greeting: {en: What is it?") || len(began.Faults) > 0 || len(began.Settings) != 1 {
		t.Fatalf("changed: %+v", began)
	}
	looked := map[string]string{"version": began.OnDisk}

	w.put(w.file, w.text+"answer: x\n")
	var p problem
	if code := w.post(path, looked, &p); code != http.StatusUnprocessableEntity || len(p.Errors) == 0 || !strings.Contains(p.Errors[0].Message, w.file+":") {
		t.Errorf("a file with a fault: %d %+v", code, p)
	}
	if c := compared(); len(c.Faults) == 0 || !strings.HasPrefix(c.Faults[0], w.file+":") || c.Diff == "" {
		t.Errorf("a file with a fault, compared: %+v", c)
	}
	w.put(w.file, strings.Replace(w.text, "What do you want?", "Well?", 1))
	if code := w.post(path, looked, &p); code != http.StatusConflict {
		t.Errorf("not what was looked at: %d %+v", code, p)
	}
	after := compared()
	if after.Running != began.Running {
		t.Error("what was refused runs")
	}
	var done console.Reloaded
	if code := w.post(path, map[string]string{"version": after.OnDisk}, &done); code != http.StatusOK || len(done.Changed) != 2 || done.Changed[0] != "assistant energy" {
		t.Errorf("activated: %d %+v", code, done)
	}
	if c := compared(); c.Running != after.OnDisk || c.Diff != "" {
		t.Errorf("after: %+v", c)
	}
	var audit []console.AuditEvent
	w.get("/api/v1/audit", &audit)
	if told, _ := json.Marshal(audit); strings.Count(string(told), `"result":"refused"`) != 2 || !strings.Contains(string(told), "changed: assistant energy") {
		t.Errorf("audit: %s", told)
	}
}

func TestScenariosArePlayedAgainstWhatRunsOrTheFile(t *testing.T) {
	w := newWorkshop(t)
	const path = "/api/v1/assistants/rehearsals"
	play := console.Rehearse{Tenant: DefaultTenant, Assistant: "energy"}
	var p problem
	if code := w.post(path, play, &p); code != http.StatusNotFound {
		t.Errorf("without scenarios: %d %+v", code, p)
	}
	w.put(w.scenarios, "version: 1\nassistant: ../energy.yaml\nlanguage: en\nscenarios:\n  it asks:\n    opening: {bot: What do you want}\n    turns: [silence: true]\n")
	var r console.Rehearsal
	if code := w.post(path, play, &r); code != http.StatusOK || r.Failed != 0 || len(r.Scenarios) != 1 || r.By == "" {
		t.Fatalf("what runs: %d %+v", code, r)
	}
	running := r.Version
	w.put(w.file, strings.Replace(w.text, "What do you want?", "Well?", 1))
	play.File = true
	r = console.Rehearsal{}
	if code := w.post(path, play, &r); code != http.StatusOK || r.Failed != 1 || r.Version == running || r.Scenarios[0].Fault == nil || r.Scenarios[0].Fault.At != "s.yaml:6" || len(r.Scenarios[0].Fault.Story) == 0 {
		t.Errorf("the file: %d %+v", code, r)
	}
	var all []console.Rehearsal
	if w.get(path, &all); len(all) != 1 || !all[0].File {
		t.Errorf("kept: %+v", all)
	}
	w.put(w.scenarios, "version: 1\nassistant: ../energy.yaml\nscenario: {}\n")
	if code := w.post(path, play, &p); code != http.StatusUnprocessableEntity || len(p.Errors) != 2 || !strings.Contains(p.Errors[1].Message, "s.yaml:3: unknown key") {
		t.Errorf("scenarios with a fault: %d %+v", code, p)
	}
}

func TestTheScenariosOfTheExampleComeWithIt(t *testing.T) {
	l, err := loadArgs(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := scenariosOf("", BundledAssistant, l.assistants[BundledAssistant])
	if err != nil || len(files) != 2 || len(files[0].Scenarios) < 10 {
		t.Errorf("%d files, %v", len(files), err)
	}
}
