package app

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/apitoken"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
	"github.com/callward/callward/tts/ttstest"
)

// TestMain lets more tests run at once than there are cores: calls take real time, most of
// it idle. Where it is measured how soon people hear each other, each runs alone.
func TestMain(m *testing.M) {
	flag.Parse()
	atOnce := 2 * runtime.NumCPU()
	if alone() {
		atOnce = 1
	}
	_ = flag.Set("test.parallel", strconv.Itoa(atOnce)) // fails only if there is no such flag
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

// A server is an App that runs for a test, and what a user would hold of it.
type server struct {
	*App

	tb    testing.TB
	file  string // its callward.yaml
	ports string // for sound
	kept  *lately
	out   printed
	stop  context.CancelFunc
	hurry chan struct{}
	over  chan error
	once  sync.Once
	err   error
}

// printed is what people read.
type printed struct {
	mu sync.Mutex
	b  strings.Builder
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

// nowhere is a speech backend that does not answer.
const nowhere = "unix:/nonexistent/speech.sock"

// small is a folder with a bundled assistant that is quick to train.
func small(tb testing.TB) string {
	tb.Helper()
	path, err := filepath.Abs("testdata/assistants")
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// serveApp starts a server on free ports and stops it at the end of the test.
func serveApp(tb testing.TB, yaml string, args ...string) *server {
	tb.Helper()
	return serveTimed(tb, sip.Timers{}, yaml, args...)
}

// soundPorts gives each server ports of its own, below those that the kernel gives to
// whoever connects: what comes late for one is not heard by the next.
func soundPorts() string {
	const first, each, blocks = 20000, 400, 27
	from := first + each*int(served.Add(1)%blocks)
	return fmt.Sprintf("%d-%d", from, from+each-1)
}

var served atomic.Uint32

// serveTimed does so with other clocks of signalling.
func serveTimed(tb testing.TB, timers sip.Timers, yaml string, args ...string) *server {
	tb.Helper()
	s := &server{
		tb: tb, file: filepath.Join(tb.TempDir(), "callward.yaml"), ports: soundPorts(), hurry: make(chan struct{}), over: make(chan error, 1),
	}
	s.write(yaml)
	read := func() (Loaded, error) {
		return loadArgs(tb, append([]string{
			"--config", s.file, "--sip", "127.0.0.1:0", "--http", "127.0.0.1:0", "--rtp-ports", s.ports, "--speech", nowhere, "--drain-timeout", "1h",
			"--assistants", small(tb), // so that training takes no time
		}, args...))
	}
	l, err := read()
	if err != nil {
		tb.Fatal(err)
	}
	if s.App, err = Open(tb.Context(), l, Options{Version: "test", Load: read, Out: &s.out, Timers: timers}); err != nil {
		tb.Fatal(err)
	}
	s.audit = slowly{s.audit}
	s.kept = &lately{Records: s.records.Records}
	s.records.Records = s.kept
	s.strain.most = math.MaxInt // other tests load this machine: a call is refused where a test says so
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go func() { s.over <- s.Run(ctx, s.hurry) }()
	tb.Cleanup(func() {
		s.hurryUp()
		if err := s.ended(); err != nil {
			tb.Errorf("the server ended with %v", err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	<-s.Started()
	return s
}

func (s *server) write(yaml string) {
	if err := os.WriteFile(s.file, []byte("version: 1\n"+yaml), 0o600); err != nil {
		s.tb.Fatal(err)
	}
}

func (s *server) hurryUp() {
	s.stop()
	s.once.Do(func() { close(s.hurry) })
}

// ended waits for the end of Run and gives its error.
func (s *server) ended() error {
	if s.over == nil {
		return s.err
	}
	select {
	case s.err = <-s.over:
		s.over = nil
	case <-time.After(30 * time.Second): //nolint:forbidigo // a test's last resort
		s.tb.Fatal("the server does not end")
	}
	return s.err
}

func (s *server) get(path string, into any) int {
	s.tb.Helper()
	req, err := http.NewRequestWithContext(s.tb.Context(), http.MethodGet, "http://"+s.HTTP().String()+path, http.NoBody)
	if err != nil {
		s.tb.Fatal(err)
	}
	apitoken.Authorize(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.tb.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.tb.Fatal(err)
	}
	if text, ok := into.(*string); ok {
		*text = string(body)
	} else if into != nil {
		if err := json.Unmarshal(body, into); err != nil {
			s.tb.Fatalf("%v in %s", err, body)
		}
	}
	return resp.StatusCode
}

// metric waits until a line of /metrics is there.
func (s *server) metric(line string) {
	s.tb.Helper()
	s.eventually("metric "+line, func() bool {
		var text string
		s.get("/metrics", &text)
		return strings.Contains(text, "\n"+line+"\n")
	})
}

func (s *server) eventually(what string, ok func() bool) {
	s.tb.Helper()
	siptest.Eventually(s.tb, what, ok)
}

func (s *server) uri(number string) string {
	return "sip:" + number + "@" + s.SIP("udp").String()
}

// refused dials and gives the code of the refusal, 0 if the call was taken, and heard.
func (s *server) refused(p *siptest.Phone, number string) int {
	s.tb.Helper()
	session, heard := farSession(s.tb)
	defer func() { _ = session.Close() }()
	offer, err := session.Offer()
	if err != nil {
		s.tb.Fatal(err)
	}
	leg, err := p.Dial(s.tb.Context(), sip.Invite{To: s.uri(number), SDP: offer}, nil)
	if r, ok := errors.AsType[*sip.Rejected](err); ok {
		return r.Code
	}
	if err != nil {
		s.tb.Fatal(err)
	}
	defer func() { _ = leg.Hangup(s.tb.Context(), sip.Normal) }()
	if err := session.SetAnswer(leg.Remote()); err != nil {
		s.tb.Fatal(err)
	}
	if number == "echo" {
		echoes(s.tb, session, heard)
	} else {
		hears(s.tb, heard)
	}
	return 0
}

// engine serves both speech contracts on a socket until it is told to stop.
func engine(tb testing.TB, socket string) (stop func()) {
	tb.Helper()
	l, err := net.Listen("unix", socket) //nolint:noctx // a bind does not wait
	if err != nil {
		tb.Fatal(err)
	}
	g := grpc.NewServer()
	asrv1.RegisterAsrServiceServer(g, &asrtest.Server{})
	ttsv1.RegisterTtsServiceServer(g, &ttstest.Tone{})
	healthv1.RegisterHealthServer(g, health.NewServer())
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = g.Serve(l)
	}()
	stop = sync.OnceFunc(func() {
		g.Stop()
		<-served
	})
	tb.Cleanup(stop)
	return stop
}

func TestTheTestNumbersAnswerAndLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	s := serveApp(t, "", "--test-numbers")
	p := siptest.NewPhone(t, "caller", nil)
	for _, number := range []string{"echo", "music"} {
		leg, session, heard := speaking(t, p, s.uri(number))
		if number == "echo" {
			echoes(t, session, heard)
		} else {
			plays(t, heard)
		}
		var calls console.Calls
		s.get("/api/v1/calls?tenant=default", &calls)
		if len(calls.Live) != 1 || calls.Live[0].Called != number || calls.Live[0].Tenant != DefaultTenant {
			t.Errorf("%s: live calls %+v", number, calls.Live)
		}
		s.metric(`callward_calls_active{tenant="default"} 1`)
		if err := leg.Hangup(t.Context(), sip.Normal); err != nil {
			t.Fatal(err)
		}
		s.metric(`callward_calls_active{tenant="default"} 0`)
		s.eventually("its port to rest", func() bool {
			var text string
			s.get("/metrics", &text)
			return !strings.Contains(text, "\ncallward_media_ports_quarantined 0\n")
		})
	}
	for _, line := range []string{
		"callward_media_ports_in_use 0", "callward_sip_dialogs 0", "callward_sip_strangers_total 0",
		`callward_queue_redis_leftovers{kind="calls",tenant="default"} 0`,
		`callward_queue_redis_leftovers{kind="offers",tenant="default"} 0`,
		`callward_queue_redis_leftovers{kind="timers",tenant="default"} 0`,
	} {
		s.metric(line)
	}
	var calls console.Calls
	s.get("/api/v1/calls", &calls)
	if len(calls.Recent) != 2 || calls.Recent[0].Called != "music" {
		t.Errorf("recent calls %+v", calls.Recent)
	}
}

func TestOnlyTrunksMayCallAndOnlyKnownNumbersAnswer(t *testing.T) {
	t.Parallel()
	p := siptest.NewPhone(t, "caller", nil)
	open := serveApp(t, "", "--test-numbers")
	if code := open.refused(p, "nobody"); code != 404 {
		t.Errorf("unknown number: %d", code)
	}
	if code := open.refused(p, "echo"); code != 0 {
		t.Errorf("a number that is there: %d", code)
	}
	closed := serveApp(t, "trunks: {carrier: {from: [192.0.2.0/24]}}\n", "--test-numbers")
	if code := closed.refused(p, "echo"); code != 403 {
		t.Errorf("a stranger: %d", code)
	}
}

func TestWithoutTestNumbersThereAreNone(t *testing.T) {
	t.Parallel()
	s := serveApp(t, "")
	if code := s.refused(siptest.NewPhone(t, "caller", nil), "echo"); code != 404 {
		t.Errorf("echo: %d", code)
	}
}

func TestReadinessFollowsTheEngines(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "s.sock")
	s := serveApp(t, "", "--speech", "unix:"+socket)
	speech := func() console.Check {
		var h console.Health
		code := s.get("/readyz", &h)
		for _, c := range h.Checks {
			if c.Name == "speech" {
				if c.Ready != (code == http.StatusOK) {
					t.Errorf("speech is %v, but the status is %d", c.Ready, code)
				}
				return c
			}
		}
		t.Fatalf("no check of speech in %+v", h)
		return console.Check{}
	}
	if c := speech(); c.Ready || c.Reason == "" || strings.Contains(c.Reason, "\n") {
		t.Errorf("without an engine: %+v", c)
	}
	stop := engine(t, socket)
	s.eventually("speech to be ready", func() bool { return speech().Ready })
	stop()
	s.eventually("speech to be down", func() bool { return !speech().Ready })
	engine(t, socket)
	s.eventually("speech to be back", func() bool { return speech().Ready })
}

func TestACallOnALineIsServedAndForgottenByAllButItsRecord(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "s.sock")
	engine(t, socket)
	s := serveApp(t, "", "--speech", "unix:"+socket)
	s.eventually("speech to be ready", s.speech.isReady)
	leg, _, heard := speaking(t, siptest.NewPhone(t, "caller", nil), s.uri("line-en"))
	var calls console.Calls
	s.eventually("the bot to speak", func() bool {
		s.get("/api/v1/calls", &calls)
		return len(calls.Live) == 1 && calls.Live[0].State == call.StateOpening.String()
	})
	if err := heard.Hears(siptest.Patience, 300*time.Millisecond, 440); err != nil { // as ttstest speaks
		t.Errorf("the bot: %v", err)
	}
	if err := leg.Hangup(t.Context(), sip.Normal); err != nil {
		t.Fatal(err)
	}
	s.metric(`callward_calls_active{tenant="default"} 0`)
	s.metric(`callward_asr_streams_open{engine="backend"} 0`)
	var r call.Record
	s.eventually("the record", func() bool {
		return s.get("/api/v1/calls/"+string(calls.Live[0].Call), &r) == http.StatusOK && !r.Ended.IsZero()
	})
	if r.Tenant != DefaultTenant || r.Called != "line-en" || len(r.Journal) < 3 {
		t.Errorf("record %+v", r)
	}
}

func TestAnOccupiedPortIsNamedInOneLine(t *testing.T) {
	for _, tc := range []struct{ network, flag string }{{"udp", "--sip"}, {"tcp", "--sip"}, {"tcp", "--http"}} {
		t.Run(tc.network+tc.flag, func(t *testing.T) {
			address := occupy(t, tc.network)
			args := []string{"--sip", "127.0.0.1:0", "--http", "127.0.0.1:0", "--speech", nowhere, "--assistants", small(t), tc.flag, address}
			if tc.flag == "--sip" {
				args = args[2:] // a list flag would add to the first
			}
			l, err := loadArgs(t, args)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Open(t.Context(), l, Options{})
			if err == nil || !strings.Contains(err.Error(), address) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error: %v", err)
			}
		})
	}
}

func occupy(t *testing.T, network string) string {
	t.Helper()
	if network == "udp" {
		c, err := net.ListenPacket("udp", "127.0.0.1:0") //nolint:noctx // a bind does not wait
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c.LocalAddr().String()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a bind does not wait
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

func TestADrainRefusesNewCallsAndWaitsForThoseInProgress(t *testing.T) {
	t.Parallel()
	s := serveApp(t, "", "--test-numbers")
	p := siptest.NewPhone(t, "caller", nil)
	leg, _, heard := speaking(t, p, s.uri("music"))
	plays(t, heard)
	s.stop()
	s.eventually("readiness to say so", func() bool {
		var text string
		return s.get("/readyz", &text) == http.StatusServiceUnavailable && strings.Contains(text, "draining")
	})
	s.eventually("new calls to be refused", func() bool { return s.refused(p, "echo") == 503 })
	select {
	case <-leg.Done():
		t.Fatal("the call in progress was hung up")
	default:
		plays(t, heard)
	}
	if err := leg.Hangup(t.Context(), sip.Normal); err != nil {
		t.Fatal(err)
	}
	if err := s.ended(); err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestASecondRequestToStopHangsUp(t *testing.T) {
	t.Parallel()
	s := serveApp(t, "", "--test-numbers")
	leg := siptest.NewPhone(t, "caller", nil).Call(s.uri("music"))
	s.hurryUp()
	if err := s.ended(); err != nil {
		t.Errorf("ended with %v", err)
	}
	siptest.Ended(t, leg)
}

func TestADrainEndsWithItsTimeout(t *testing.T) {
	t.Parallel()
	s := serveApp(t, "", "--test-numbers", "--drain-timeout", "50ms")
	leg := siptest.NewPhone(t, "caller", nil).Call(s.uri("music"))
	s.stop()
	if err := s.ended(); err != nil {
		t.Errorf("ended with %v", err)
	}
	siptest.Ended(t, leg)
}

const acme = `
tenants:
  acme:
    numbers: {"100": {language: en}}
    queues: {billing: {}, technical: {}, emergency: {skills: [gas]}}
    agents: {ann: {password: secret, queues: [billing], skills: [gas]}}
`

func TestAReloadTakesWhatIsGoodAndRefusesWhatIsNot(t *testing.T) {
	t.Parallel()
	s := serveApp(t, acme)
	p := siptest.NewPhone(t, "caller", nil)
	if code := s.refused(p, "200"); code != 404 {
		t.Fatalf("200 before: %d", code)
	}
	s.write(strings.Replace(acme, `{"100"`, `{"200": {}, "100"`, 1))
	done, err := AskReload(t.Context(), s.HTTP().String())
	if err != nil {
		t.Fatal(err)
	}
	if len(done.Changed) != 1 || done.Changed[0] != "tenants[acme].numbers" || len(done.Restart) != 0 {
		t.Errorf("reload: %+v", done)
	}
	if code := s.refused(p, "200"); code != 0 {
		t.Errorf("200 after: %d", code)
	}

	s.write("redis: nowhere\nlog: {level: loud}\n")
	_, err = AskReload(t.Context(), s.HTTP().String())
	if err == nil || !strings.Contains(err.Error(), "nothing was changed") || !strings.Contains(err.Error(), "callward.yaml:3: log.level") {
		t.Errorf("bad reload: %v", err)
	}
	if code := s.refused(p, "200"); code != 0 {
		t.Errorf("200 after a bad reload: %d", code)
	}
	var audit []console.AuditEvent
	s.get("/api/v1/audit", &audit)
	if len(audit) != 3 || audit[0].Result != "refused" || audit[1].Result != "changed: tenants[acme].numbers" || audit[2].Action != "start" {
		t.Errorf("audit: %+v", audit)
	}
}

func TestAReloadSaysWhatNeedsARestart(t *testing.T) {
	t.Parallel()
	s := serveApp(t, "records: {calls: 5}\ntenants: {acme: {wrap_up: 1s}, gone: {}}\n")
	s.write("records: {calls: 6}\ncall: {silence_budget: 2s}\ntenants: {acme: {wrap_up: 2s, rona: 3, rona_pause: 1m, zone: UTC, queues: {new: {}}}}\n")
	done, err := s.Reload(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	const changed = "call.silence_budget|records.calls|tenants[acme].queues|tenants[acme].rona|tenants[acme].rona_pause|tenants[acme].wrap_up|tenants[acme].zone|tenants[gone] (gone)"
	if got := strings.Join(done.Changed, "|"); got != changed {
		t.Errorf("changed: %s", got)
	}
	if got := strings.Join(done.Restart, "|"); got != "records.calls|tenants[acme].rona|tenants[acme].rona_pause|tenants[acme].wrap_up|tenants[acme].zone|tenants[gone] (gone)" {
		t.Errorf("needs a restart: %s", got)
	}
	s.write("records: {calls: 5}\ntenants: {acme: {wrap_up: 1s}, gone: {}}\n")
	if done, err = s.Reload(t.Context(), "test"); err != nil || len(done.Changed) == 0 || len(done.Restart) != 0 {
		t.Errorf("back to what runs: %v, changed %v, needs a restart: %v", err, done.Changed, done.Restart)
	}
}

func TestAReloadOfATenantOpensItsQueues(t *testing.T) {
	t.Parallel()
	s := serveApp(t, acme)
	s.write(acme + "  other:\n    queues: {sales: {}, spare: {}}\n    agents: {bob: {password: x, queues: [sales]}}\n")
	if _, err := s.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	var agents []console.Agent
	s.get("/api/v1/agents?tenant=other", &agents)
	if len(agents) != 1 || agents[0].Name != "bob" || agents[0].State != "offline" {
		t.Errorf("agents: %+v", agents)
	}
	var queues []console.Queue
	s.get("/api/v1/queues?tenant=other", &queues)
	if len(queues) != 2 || queues[0].Name != "sales" || queues[1].Name != "spare" { // nobody works for that one
		t.Errorf("queues: %+v", queues)
	}
}

func TestAnAgentIsAvailableWhileTheirPhoneIsRegistered(t *testing.T) {
	t.Parallel()
	s := serveApp(t, acme)
	state := func() string {
		var agents []console.Agent
		s.get("/api/v1/agents?tenant=acme", &agents)
		if len(agents) != 1 || agents[0].Name != "ann" || len(agents[0].Skills) != 1 {
			t.Fatalf("agents: %+v", agents)
		}
		return agents[0].State
	}
	if got := state(); got != "offline" {
		t.Errorf("before: %s", got)
	}
	p := siptest.NewPhone(t, "ann", nil)
	err := p.Register(t.Context(), sip.Registration{Registrar: s.uri("ann"), User: "ann", Password: "wrong"})
	if r, ok := errors.AsType[*sip.Rejected](err); !ok || r.Code != 403 {
		t.Errorf("a wrong password: %v", err)
	}
	forget := p.Login(s.sip, "udp", "secret")
	s.eventually("ann to be available", func() bool { return state() == "available" })
	forget()
	s.eventually("ann to be offline", func() bool { return state() == "offline" })
}

func TestTheGreetingNamesEveryAddress(t *testing.T) {
	t.Parallel()
	s := serveApp(t, "", "--test-numbers")
	s.eventually("the greeting", func() bool { return strings.Contains(s.out.String(), "Ctrl-C") })
	for _, want := range []string{s.SIP("udp").String(), s.SIP("tcp").String(), s.HTTP().String(), s.ports, "echo music", "callgen call", "token --http " + s.HTTP().String()} {
		if !strings.Contains(s.out.String(), want) {
			t.Errorf("no %q in\n%s", want, s.out.String())
		}
	}
}
