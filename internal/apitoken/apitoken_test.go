package apitoken

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// alone gives a test a place of its own.
func alone(t *testing.T) {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	t.Setenv(Env, "")
}

func leave(t *testing.T, port uint16) *File {
	t.Helper()
	f, err := Leave(port)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAProgramOfTheSameUserFindsTheToken(t *testing.T) {
	alone(t)
	f := leave(t, 8080)
	for _, address := range []string{"127.0.0.1:8080", "localhost:8080", "[::1]:8080", "http://127.0.0.1:8080"} {
		if got := For(address); got != f.Token || len(got) < 32 {
			t.Errorf("%s: %q", address, got)
		}
	}
	for _, address := range []string{"127.0.0.1:8081", "192.0.2.1:8080", "example.com:8080", "127.0.0.1:../x", ""} {
		if got := For(address); got != "" {
			t.Errorf("%s is told %q", address, got)
		}
	}
	info, err := os.Stat(f.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the token: %v, %v", info.Mode(), err)
	}
	if err := f.Close(); err != nil || For("127.0.0.1:8080") != "" {
		t.Errorf("the token outlives its server: %v", err)
	}
}

func TestAServerLeavesAloneTheTokenOfTheNext(t *testing.T) {
	alone(t)
	first, second := leave(t, 8080), leave(t, 8080)
	if err := first.Close(); err != nil || For("127.0.0.1:8080") != second.Token {
		t.Errorf("the second server's token is gone: %v", err)
	}
}

func TestAFolderThatOthersMayEnterIsNotUsed(t *testing.T) {
	alone(t)
	if err := os.Mkdir(folder(), 0o755); err != nil { //nolint:gosec // that is the point
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder(), "api-8080.token"), []byte("planted"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := For("127.0.0.1:8080"); got != "" {
		t.Errorf("a planted token is believed: %q", got)
	}
	if _, err := Leave(8080); err == nil {
		t.Error("a token is left where others may read it")
	}
}

func TestTheEnvironmentWins(t *testing.T) {
	alone(t)
	leave(t, 8080)
	t.Setenv(Env, "mine")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:8080/x", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if Authorize(r); r.Header.Get("Authorization") != "Bearer mine" {
		t.Errorf("%q", r.Header.Get("Authorization"))
	}
}
