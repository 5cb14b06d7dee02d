package app

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/callward/callward/dialog/dialogtest"
)

func examine(t *testing.T, args ...string) Report {
	t.Helper()
	l, err := loadArgs(t, append([]string{"--http", "127.0.0.1:0", "--rtp-ports", "33000-33999", "--assistants", small(t)}, args...))
	if err != nil {
		t.Fatal(err)
	}
	return Examine(t.Context(), l.Config)
}

func find(t *testing.T, r Report, what string) Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.What == what {
			return f
		}
	}
	t.Fatalf("nothing about %s in\n%s", what, r)
	return Finding{}
}

func TestDoctorSaysWhatAnOccupiedPortNeeds(t *testing.T) {
	r := examine(t, "--sip", occupy(t, "udp"), "--speech", nowhere)
	f := find(t, r, "SIP udp")
	if f.State != Blocks || !strings.Contains(f.Detail, "in use") || !strings.Contains(f.Remedy, "--sip") {
		t.Errorf("finding %+v", f)
	}
	if err := r.Blocking(); err == nil || !strings.Contains(err.Error(), "SIP udp") {
		t.Errorf("blocking: %v", err)
	}
}

func TestDoctorExplainsWhatLanguagesNeed(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s.sock")
	engine(t, socket)
	r := examine(t, "--sip", "127.0.0.1:0", "--speech", "unix:"+socket)
	if err := r.Blocking(); err != nil {
		t.Errorf("blocking: %v", err)
	}
	if len(r.Hears) == 0 || find(t, r, "recognizer").State != Good || find(t, r, "synthesizer").State != Good {
		t.Errorf("engines:\n%s", r)
	}
	r = examine(t, "--sip", "127.0.0.1:0", "--speech", nowhere, "--speech-providers", "{mine: {target: 'unix:"+socket+"', languages: fr}, far: {target: '"+nowhere+"', kind: tts}}")
	if find(t, r, "recognizer mine").State != Good || find(t, r, "synthesizer mine").State != Good || find(t, r, "synthesizer far").State != Gap || len(r.Speaks) != 1 {
		t.Errorf("providers:\n%s", r)
	}
	if f := find(t, r, "synthesizer far"); !strings.Contains(f.Detail, "no such file") || !strings.Contains(f.Remedy, "others do its work, for: fr") {
		t.Errorf("one engine of two: %+v", f)
	}

	r = examine(t, "--sip", "127.0.0.1:0", "--speech", nowhere)
	f := find(t, r, "French")
	if f.State != Gap || !strings.Contains(f.Remedy, "--speech-model fr=DIR") || !strings.Contains(f.Remedy, "gRPC") {
		t.Errorf("French: %+v", f)
	}
	if err := r.Blocking(); err != nil {
		t.Errorf("without engines calls are still served, but: %v", err)
	}
}

func TestDoctorReadsWhatSpeechdTells(t *testing.T) {
	program := script(t, `echo '{"recognition":{"languages":["en"],"models":{"en":"/m"}},"synthesis":{"languages":["en","fr"]},"missing":[{"what":"flite is not installed","remedy":"apt-get install flite"}]}'`)
	r := examine(t, "--sip", "127.0.0.1:0", "--speechd", program)
	if find(t, r, "English").State != Good || find(t, r, "French").State != Gap {
		t.Errorf("languages:\n%s", r)
	}
	if !strings.Contains(r.String(), "apt-get install flite") {
		t.Errorf("no remedy in\n%s", r)
	}
}

func TestDoctorKnowsARunningServer(t *testing.T) {
	t.Parallel()
	s := serveApp(t, "")
	r := examine(t, "--http", s.HTTP().String(), "--sip", s.SIP("udp").String(), "--speech", nowhere)
	if f := find(t, r, "ports"); f.State != Good || !strings.Contains(f.Detail, "running") {
		t.Errorf("finding %+v", f)
	}
}

func TestDoctorWarnsOfARedisThatDoesNotAnswer(t *testing.T) {
	r := examine(t, "--sip", "127.0.0.1:0", "--speech", nowhere, "--redis", "redis://user:hunter2@127.0.0.1:1")
	if f := find(t, r, "Redis"); f.State != Blocks || strings.Contains(f.Detail, "hunter2") {
		t.Errorf("finding %+v", f)
	}
}

func TestDoctorAsksTheDialogServicesOfTenants(t *testing.T) {
	target := serveDialog(t, &dialogtest.Server{})
	l, err := loadArgs(t, []string{"--http", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--speech", nowhere, "--assistants", small(t)})
	if err != nil {
		t.Fatal(err)
	}
	l.Config.Tenants = map[string]Tenant{
		"near": {Dialog: Dialog{Target: target}}, "far": {Dialog: Dialog{Target: nowhere}}, "none": {},
	}
	r := Examine(t.Context(), l.Config)
	if f := find(t, r, "dialog service of near"); f.State != Good || f.Detail != target {
		t.Errorf("%+v", f)
	}
	if f := find(t, r, "dialog service of far"); f.State != Gap || !strings.Contains(f.Remedy, "bundled classifier") {
		t.Errorf("%+v", f)
	}
	if strings.Contains(r.String(), "dialog service of none") {
		t.Errorf("a service that is not configured:\n%s", r)
	}
	if err := r.Blocking(); err != nil {
		t.Errorf("calls do without, but: %v", err)
	}
}
