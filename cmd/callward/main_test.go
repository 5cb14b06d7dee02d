package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestMain gives commands a cache folder of the tests' own.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "callward")
	if err != nil {
		panic(err)
	}
	_ = os.Setenv("XDG_CACHE_HOME", dir)
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func execute(t *testing.T, args ...string) (string, error) {
	t.Helper()
	c := root()
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetErr(&out)
	c.SetArgs(args)
	err := c.ExecuteContext(t.Context())
	return out.String(), err
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
	walk(root())
}

func TestConfigCheckNamesFileAndLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "callward.yaml")
	if err := os.WriteFile(path, []byte("version: 1\nlisteners:\n  spi: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := execute(t, "config", "check", "--config", path)
	if err == nil || !strings.HasPrefix(err.Error(), `callward.yaml:3: unknown key "spi" in listeners; allowed: `) {
		t.Errorf("error: %v", err)
	}
}

func TestConfigCheckSaysWhatIsGood(t *testing.T) {
	out, err := execute(t, "config", "check", "--config", "../../callward.example.yaml")
	if err != nil || !strings.Contains(out, "assistants: energy; tenants: default (3 numbers, 3 queues, 0 agents)") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestReloadSaysThatNobodyAnswers(t *testing.T) {
	_, err := execute(t, "reload", "--http", "127.0.0.1:1")
	if err == nil || !strings.Contains(err.Error(), "no server answers on http://127.0.0.1:1") {
		t.Errorf("error: %v", err)
	}
}

func TestServeRefusesToListenBeyondLoopback(t *testing.T) {
	_, err := execute(t, "serve", "--http", "0.0.0.0:8080")
	if err == nil || !strings.Contains(err.Error(), "not encrypted") {
		t.Errorf("error: %v", err)
	}
}

func TestVersionIsPrinted(t *testing.T) {
	out, err := execute(t, "version")
	if err != nil || !strings.HasPrefix(out, "callward devel go") {
		t.Errorf("%v %q", err, out)
	}
}
