package app

import (
	"context"
	"log/slog"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callward/callward/dialog/dialogtest"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
	"github.com/callward/callward/sip/siptest"
)

// serveDialog serves s on a socket until the test ends, and gives its target.
func serveDialog(t *testing.T, s *dialogtest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dialog.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = s.Serve(ctx, l)
	}()
	t.Cleanup(func() { cancel(); <-served })
	return "unix:" + path
}

// scrape gives what is seen of one metric: the counts by label, and how many were timed.
func scrape(t *testing.T, c prometheus.Collector) (counts map[string]float64, timed uint64) {
	t.Helper()
	r := prometheus.NewRegistry()
	r.MustRegister(c)
	all, err := r.Gather()
	if err != nil || len(all) != 1 {
		t.Fatalf("%d metrics, %v", len(all), err)
	}
	counts = map[string]float64{}
	for _, m := range all[0].GetMetric() {
		timed += m.GetHistogram().GetSampleCount()
		for _, label := range m.GetLabel() {
			counts[label.GetName()+"="+label.GetValue()] += m.GetCounter().GetValue()
		}
	}
	return counts, timed
}

func testLine(t *testing.T) line {
	t.Helper()
	c, err := intent.Train(t.Context(), []intent.Example{
		{Intent: "billing", Text: "my bill is wrong"}, {Intent: "emergency", Text: "there is a gas leak"},
	}, intent.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return line{tenant: "acme", name: "energy", classifiers: map[string]*intent.Classifier{"en": c}}
}

func TestATenantsServiceUnderstandsItsCallersAndOthersDoNot(t *testing.T) {
	s := &dialogtest.Server{Words: map[string]string{"leak": "billing"}}
	d := newDialogs(slog.New(slog.DiscardHandler))
	tenants := map[string]Tenant{"acme": {Dialog: Dialog{Target: serveDialog(t, s), Classify: siptest.Patience}}, "other": {}}
	if err := d.apply(tenants); err != nil {
		t.Fatal(err)
	}
	defer d.close()
	l := testLine(t)
	ask := func(tenant string) intent.Result {
		t.Helper()
		u, leave := d.take(tenant)
		defer leave()
		r, err := u.qualifiers("c1", l)["en"].Classify(t.Context(), redact.Authored("there is a gas leak"))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := ask("acme"); r.Name != "billing" || r.Reason != "understood by the dialog service of acme" {
		t.Errorf("%+v", r)
	}
	if r := ask("other"); r.Name != "emergency" || r.Reason != "" {
		t.Errorf("%+v", r)
	}
	if q := s.Asked()[0].GetSession(); q.GetCallId() != "c1" || q.GetTenant() != "acme" || len(s.Asked()) != 1 {
		t.Errorf("asked for %v", q)
	}
	s.Break(dialogtest.Refuse)
	for range 4 {
		if r := ask("acme"); r.Name != "emergency" {
			t.Errorf("%+v", r)
		}
	}
	counts, _ := scrape(t, d.fallbacks)
	if want := map[string]float64{"tenant=acme": 4, "cause=Unavailable": 3, "cause=resting": 1}; !maps.Equal(counts, want) {
		t.Errorf("fell back %v", counts)
	}
	if _, timed := scrape(t, d.seconds); timed != 4 {
		t.Errorf("%d questions timed", timed)
	}
}

func TestACallKeepsTheServiceThatItBeganWith(t *testing.T) {
	first, second := &dialogtest.Server{Words: map[string]string{"bill": "billing"}}, &dialogtest.Server{}
	d := newDialogs(slog.New(slog.DiscardHandler))
	at := func(s *dialogtest.Server) map[string]Tenant {
		return map[string]Tenant{"acme": {Dialog: Dialog{Target: serveDialog(t, s), Classify: siptest.Patience}}}
	}
	before := at(first)
	if err := d.apply(before); err != nil {
		t.Fatal(err)
	}
	defer d.close()
	u, leave := d.take("acme")
	if err := d.apply(before); err != nil || d.all["acme"].service != u {
		t.Errorf("what is as before was dialled again: %v", err)
	}
	if err := d.apply(at(second)); err != nil {
		t.Fatal(err)
	}
	l := testLine(t)
	if r, _ := u.qualifiers("c1", l)["en"].Classify(t.Context(), redact.Authored("my bill")); !strings.HasPrefix(r.Reason, "understood by") {
		t.Errorf("%+v", r)
	}
	leave()
	if r, _ := u.qualifiers("c1", l)["en"].Classify(t.Context(), redact.Authored("my bill")); !strings.HasPrefix(r.Reason, "understood here") {
		t.Errorf("the client of a service that is gone is not closed: %+v", r)
	}
	if len(first.Asked()) != 1 || len(second.Asked()) != 0 {
		t.Errorf("%d and %d asked", len(first.Asked()), len(second.Asked()))
	}
}

const withDialog = "version: 1\ntenants: {acme: {numbers: {line: {}}, queues: {billing: {}, technical: {}, emergency: {}}, dialog: {%}}}\n"

func TestADialogServiceIsChecked(t *testing.T) {
	for settings, fault := range map[string]string{
		`target: "dns:///d:9000", classify: 400ms`:      "",
		`target: "dns:///d:9000", tls: {enabled: true}`: "",
		`target: bundled`:                                             "there is no bundled one",
		`classify: 400ms`:                                             "missing",
		`target: "dns:///d:9000", classify: 3s`:                       "50ms to 2s",
		`target: "dns:///d:9000", token_file: callward.example`:       "in clear",
		`target: "dns:///d:9000", tls: {ca: nobody.pem}`:              "nobody.pem",
		`target: "dns:///d:9000", tls: {certificate: a.pem, key: ""}`: "go together",
	} {
		_, err := load(t, strings.Replace(withDialog, "%", settings, 1), nil, nil)
		if fault == "" && err != nil || fault != "" && (err == nil || !strings.Contains(err.Error(), fault)) {
			t.Errorf("%s: %v", settings, err)
		}
	}
}

func TestAnotherDialogServiceNeedsNoRestart(t *testing.T) {
	at := func(target string) Loaded {
		return Loaded{Config: mustLoad(t, strings.Replace(withDialog, "%", `target: "unix:`+target+`"`, 1), nil, nil)}
	}
	changed := differences(at("/run/a"), at("/run/b"))
	if !slices.Equal(changed, []string{"tenants[acme].dialog"}) || len(needRestart(changed)) != 0 {
		t.Errorf("%v changed, %v need a restart", changed, needRestart(changed))
	}
}
