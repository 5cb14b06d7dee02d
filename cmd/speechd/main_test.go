package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/speechd/voice"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// asProgram makes the test binary be the program: what is tested is main.
const asProgram = "SPEECHD_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A program is a speechd that runs.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	socket string
	stderr *log
	exited chan error
}

// speechd prepares the program; it is killed with the test.
func speechd(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	// The race detector would wait a second at the end of each.
	cmd.Env = append(os.Environ(), asProgram+"=1", "GORACE=atexit_sleep_ms=0")
	return cmd
}

// failing runs the program, which must fail, and gives what it says.
func failing(t *testing.T, args ...string) string {
	t.Helper()
	out, err := speechd(t, args...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("speechd %q ends with %v", args, err)
	}
	return string(out)
}

// oneLine sees that a failure is told in one line that has these words.
func oneLine(t *testing.T, out string, words ...string) {
	t.Helper()
	if strings.Count(out, "\n") != 1 || !strings.HasPrefix(out, "speechd: ") {
		t.Errorf("not one line of speechd: %q", out)
	}
	for _, w := range words {
		if !strings.Contains(out, w) {
			t.Errorf("%q is missing in %q", w, out)
		}
	}
}

// start runs the program on a socket of its own, or on this one.
func start(t *testing.T, socket string, args ...string) *program {
	t.Helper()
	if socket == "" {
		socket = filepath.Join(t.TempDir(), "speechd.sock")
	}
	p := &program{t: t, socket: socket, stderr: &log{}, exited: make(chan error, 1)}
	p.cmd = speechd(t, append([]string{"--listen", "unix:" + socket}, args...)...)
	p.cmd.Stderr = p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.exited <- p.cmd.Wait() }()
	return p
}

// dial gives a connection that waits until the program answers.
func (p *program) dial() *grpc.ClientConn {
	p.t.Helper()
	quick := backoff.Config{BaseDelay: 20 * time.Millisecond, Multiplier: 1, MaxDelay: 20 * time.Millisecond}
	conn, err := grpc.NewClient("unix:"+p.socket, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.WaitForReady(true)), grpc.WithConnectParams(grpc.ConnectParams{Backoff: quick}))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// health asks for a service and waits until the program answers, or ends.
func (p *program) health(service string) (healthv1.HealthCheckResponse_ServingStatus, error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	answer, err := healthv1.NewHealthClient(p.dial()).Check(ctx, &healthv1.HealthCheckRequest{Service: service})
	return answer.GetStatus(), err
}

func (p *program) ready() *program {
	p.t.Helper()
	if got, err := p.health(""); err != nil || got != healthv1.HealthCheckResponse_SERVING {
		p.t.Fatalf("health is %v, %v; the program says:\n%s", got, err, p.stderr)
	}
	return p
}

// stop sends a signal and waits for a good end.
func (p *program) stop(signal os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	if err := <-p.exited; err != nil {
		p.t.Errorf("after %v it ends with %v:\n%s", signal, err, p.stderr)
	}
}

// log is what a program writes.
type log struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

func TestEveryCommandShowsAnExample(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if !strings.Contains(c.Example, c.CommandPath()) {
			t.Errorf("%s --help shows no example of it", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(command())
}

func TestHelpShowsTheFlagsAndExamples(t *testing.T) {
	out, err := speechd(t, "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Examples:\n  speechd --listen unix:", "--asr-model", "--drain duration", "capabilities"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestAWrongCommandLineIsRefusedInOneLine(t *testing.T) {
	regular := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(regular, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, words []string }{
		{[]string{"--lisen", "x"}, []string{"unknown flag: --lisen"}},
		{[]string{"serve"}, []string{`unknown command "serve"`}},
		{[]string{"--listen", "nowhere"}, []string{`--listen "nowhere"`, "want unix:PATH or tcp:HOST:PORT"}},
		{[]string{"--listen", "unix:"}, []string{`--listen "unix:"`, "want unix:PATH or tcp:HOST:PORT"}},
		{[]string{"--listen", "tcp:0.0.0.0:0"}, []string{"only a loopback address"}},
		{[]string{"--listen", "tcp::0"}, []string{"only a loopback address"}},
		{[]string{"--listen", "tcp:example.com:0"}, []string{"only a loopback address"}},
		{[]string{"--listen", "unix:" + regular}, []string{"listen on unix:" + regular}},
		{[]string{"--listen", "unix:" + regular + "/sub.sock"}, []string{"sub.sock"}},
		{[]string{"--log-level", "loud"}, []string{`--log-level "loud"`, "debug, info, warn or error"}},
		{[]string{"--log-format", "xml"}, []string{`--log-format "xml"`, "text or json"}},
		{[]string{"--asr-model", "fr"}, []string{`--asr-model "fr"`, "LANGUAGE=PATH"}},
		{[]string{"--asr-model", "fr=/nowhere"}, []string{"/nowhere"}},
		{[]string{"--without", "hints,grammar"}, []string{`--without "grammar"`, "want grammars, hints or both"}},
		{[]string{"--drain", "soon"}, []string{`"soon"`, "--drain"}},
	} {
		out := failing(t, append([]string{"--log-level", "error"}, c.args...)...)
		oneLine(t, out, c.words...)
	}
	if data, err := os.ReadFile(regular); err != nil || string(data) != "mine" {
		t.Errorf("a file in the place of the socket now holds %q, %v", data, err)
	}
}

func TestItServesOnAUnixSocketUntilItIsTold(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p := start(t, "").ready()
		info, err := os.Stat(p.socket)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the socket may be used by others: %v, %v", info, err)
		}
		p.stop(signal)
		if _, err := os.Stat(p.socket); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket is left: %v", err)
		}
	}
}

// If it waited for the watcher, it would for the whole time that streams have to end.
func TestWhoWatchesTheHealthDoesNotHoldUpTheStop(t *testing.T) {
	p := start(t, "", "--drain", "1h").ready()
	watch, err := healthv1.NewHealthClient(p.dial()).Watch(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := watch.Recv(); err != nil || m.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Fatalf("health is %v, %v", m, err)
	}
	p.stop(syscall.SIGTERM)
	if m, err := watch.Recv(); err != nil || m.GetStatus() != healthv1.HealthCheckResponse_NOT_SERVING {
		t.Errorf("the watcher was told %v, %v", m, err)
	}
}

func TestItSaysWhatItCanDo(t *testing.T) {
	p := start(t, "").ready()
	conn := p.dial()
	tts, err := ttsv1.NewTtsServiceClient(conn).GetCapabilities(t.Context(), &ttsv1.GetCapabilitiesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	asr, err := asrv1.NewAsrServiceClient(conn).GetCapabilities(t.Context(), &asrv1.GetCapabilitiesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, caps := range map[string]*speechv1.Capabilities{
		ttsv1.TtsService_ServiceDesc.ServiceName: tts.GetCapabilities(),
		asrv1.AsrService_ServiceDesc.ServiceName: asr.GetCapabilities(),
	} {
		if caps.GetApiVersion() != "v1" || len(caps.GetFormats()) == 0 {
			t.Errorf("%s: capabilities %v", name, caps)
		}
		for _, code := range []string{"en", "fr"} {
			got, err := p.health(name + "/" + code)
			serves := got == healthv1.HealthCheckResponse_SERVING
			if err != nil || serves != slices.Contains(caps.GetLanguages(), code) {
				t.Errorf("%s: health in %s is %v, %v, but its languages are %v", name, code, got, err, caps.GetLanguages())
			}
		}
	}
	if _, err := p.health("nosuch"); status.Code(err) != codes.NotFound {
		t.Errorf("health of a service that is not there: %v", err)
	}
	p.stop(syscall.SIGTERM)
}

func TestItSpeaksOverTheSocket(t *testing.T) {
	if missing := voice.New(voice.Config{}).Missing(); len(missing) > 0 {
		t.Skipf("SKIPPED: %v are not here: apt-get install flite espeak-ng", missing)
	}
	p := start(t, "", "--drain", "100ms").ready()
	rpc := synthesize(t, p)
	in := &ttsv1.Input{ContextId: "a", Content: &ttsv1.Input_Text{Text: "Hello there."}, Last: true}
	if err := rpc.Send(&ttsv1.StreamingSynthesizeRequest{Request: &ttsv1.StreamingSynthesizeRequest_Input{Input: in}}); err != nil {
		t.Fatal(err)
	}
	size := 0
	for {
		m, err := rpc.Recv()
		if err != nil {
			t.Fatal(err)
		}
		size += len(m.GetAudio().GetData())
		if done := m.GetDone(); done != nil {
			if done.GetTotalSamples() != int64(size) || size < 4000 {
				t.Errorf("%d bytes, %v", size, done)
			}
			break
		}
	}
	p.stop(syscall.SIGTERM) // the stream is open: it is cut off after the drain
	if _, err := rpc.Recv(); err == nil {
		t.Error("the stream goes on")
	}
}

// synthesize opens a stream and waits until it is ready.
func synthesize(t *testing.T, p *program) ttsv1.TtsService_StreamingSynthesizeClient {
	t.Helper()
	rpc, err := ttsv1.NewTtsServiceClient(p.dial()).StreamingSynthesize(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cfg := &ttsv1.Config{
		Session: &speechv1.Session{LanguageCode: "en"},
		Format:  &speechv1.AudioFormat{Encoding: speechv1.Encoding_ENCODING_MULAW, SampleRateHz: 8000},
	}
	if err := rpc.Send(&ttsv1.StreamingSynthesizeRequest{Request: &ttsv1.StreamingSynthesizeRequest_Config{Config: cfg}}); err != nil {
		t.Fatal(err)
	}
	if m, err := rpc.Recv(); err != nil || m.GetReady() == nil {
		t.Fatalf("not ready: %v, %v", m, err)
	}
	return rpc
}

func TestASecondOneOnTheSameSocketSaysSo(t *testing.T) {
	first := start(t, "").ready()
	oneLine(t, failing(t, "--log-level", "error", "--listen", "unix:"+first.socket), first.socket, "another process answers there")
	first.ready().stop(syscall.SIGTERM)
}

func TestTheSocketOfOneThatWasKilledIsTakenOver(t *testing.T) {
	first := start(t, "").ready()
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-first.exited
	if _, err := os.Stat(first.socket); err != nil {
		t.Fatalf("a killed program has no time to remove its socket: %v", err)
	}
	start(t, first.socket).ready().stop(syscall.SIGTERM)
}

func TestReflectionIsServedOnlyWhenAskedFor(t *testing.T) {
	for _, c := range []struct {
		args []string
		code codes.Code
	}{{nil, codes.Unimplemented}, {[]string{"--reflection"}, codes.OK}} {
		p := start(t, "", c.args...).ready()
		rpc, err := reflectionv1.NewServerReflectionClient(p.dial()).ServerReflectionInfo(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		list := &reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}}
		_ = rpc.Send(list) // Recv says what comes of it
		if _, err := rpc.Recv(); status.Code(err) != c.code {
			t.Errorf("%v: reflection gives %v", c.args, err)
		}
		_ = rpc.CloseSend()
		p.stop(syscall.SIGTERM)
	}
}

func TestCapabilitiesSayWhatIsMissingAndWhatToDo(t *testing.T) {
	cmd := speechd(t, "capabilities", "--json")
	cmd.Env = append(cmd.Env, "PATH="+t.TempDir()) // without the speech programs
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var found Survey
	if err := json.Unmarshal(out, &found); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(found.Synthesis.Voices) != 0 || found.Synthesis.Voices == nil {
		t.Errorf("voices %v", found.Synthesis.Voices)
	}
	for _, program := range voice.Programs() {
		want := Gap{What: program + " is not installed", Remedy: "apt-get install " + program}
		if !slices.Contains(found.Missing, want) {
			t.Errorf("%v does not list %s", found.Missing, program)
		}
	}
	text, err := speechd(t, "capabilities").Output()
	if err != nil || !strings.Contains(string(text), "understands  ") || !strings.Contains(string(text), "remedy     ") {
		t.Errorf("%v\n%s", err, text)
	}
}
