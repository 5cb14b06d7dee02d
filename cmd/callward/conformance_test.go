package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/internal/fake"
)

// serveEngine serves on loopback and gives its address.
func serveEngine(t *testing.T, e *fake.Engine) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- e.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func exitCode(err error) int {
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.code
	}
	if err != nil {
		return 1
	}
	return 0
}

// A build that asks for an exit code must not take a typing error for a faulty engine.
func TestAWrongCommandLineIsNoVerdictOnAnEngine(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"unknown flag":            {"asr", "127.0.0.1:1", "--langs", "en"},
		"invalid argument":        {"asr", "127.0.0.1:1", "--timeout", "soon"},
		"accepts 1 arg":           {"asr"},
		"unknown command":         {"asrs", "127.0.0.1:1"},
		"there is no check":       {"asr", "127.0.0.1:1", "--only", "asr.everything"},
		"--audio":                 {"asr", "127.0.0.1:1", "--audio", "en"},
		"--token-file: open":      {"asr", "127.0.0.1:1", "--token-file", token + "s"},
		"give one of them":        {"asr", "127.0.0.1:1", "--token-file", token, "--token", "hunter2"},
		"want one token":          {"asr", "127.0.0.1:1", "--token-file", "conformance_test.go"},
		"over the network in cle": {"asr", "192.0.2.2:7070", "--token-file", token},
		"use TLS":                 {"tts", "192.0.2.2:7070", "--token", "hunter2"},
	} {
		_, err := execute(t, append([]string{"conformance"}, args...)...)
		if err == nil || !strings.Contains(err.Error(), want) || exitCode(err) != exitNoVerdict || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: exit code %d, %v", args, exitCode(err), err)
		}
	}
}

func TestTheExitCodeIsTheVerdict(t *testing.T) {
	if _, err := execute(t, "conformance", "asr", "127.0.0.1:1", "--timeout", "200ms"); exitCode(err) != exitUnreachable {
		t.Errorf("nobody answers: %v", err)
	}
	good := serveEngine(t, fake.NewASR(nil))
	if out, err := execute(t, "conformance", "asr", good, "--only", "asr.config.first"); err != nil || !strings.Contains(out, "\nconforms: the engine at "+good) {
		t.Errorf("%v\n%s", err, out)
	}
	bad := serveEngine(t, fake.NewASR(nil, fake.Fault{Name: "never-ready"}))
	if out, err := execute(t, "conformance", "asr", bad, "--timeout", "1s"); exitCode(err) != exitFailed || !strings.Contains(out, "\ndoes not conform: ") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestATokenIsReadFromAFile(t *testing.T) {
	ca := certstest.New(t)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address := serveGuarded(t, ca, "secret", false)
	if out, err := execute(t, "conformance", "asr", address, "--timeout", "30s", "--only", "asr.config.first",
		"--ca", ca.File, "--server-name", "localhost", "--token-file", token); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	// This machine does not trust that authority: it was asked, by TLS.
	_, err := execute(t, "conformance", "asr", address, "--timeout", "2s", "--only", "asr.config.first", "--tls", "--token-file", token)
	if exitCode(err) != exitUnreachable || !strings.Contains(err.Error(), "TLS: ") {
		t.Errorf("%v", err)
	}
}

func TestABuildHasAVersion(t *testing.T) {
	if got := versionOf("v1.2"); got != "v1.2" {
		t.Errorf("the build says v1.2, it is %q", got)
	}
	if got := versionOf(""); got == "" || strings.Contains(got, "unknown") {
		t.Errorf("a build by go build is %q", got)
	}
}
