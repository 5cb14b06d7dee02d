package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhereAServerIsAskedIsReadWithoutItsSecretsAndAssistants(t *testing.T) {
	dir := t.TempDir()
	const yaml = `version: 1
listeners:
  http: 127.0.0.1:8913
  https: {certificate: line.pem}
  ice_servers: {relay: {urls: ["turn:turn.example.com"], secret: env:NOBODY_HAS_THIS}}
redis: file:/nowhere/redis
assistants: nowhere
tenants:
  default: {numbers: {line: {assistant: mine}}}
`
	if err := os.WriteFile(filepath.Join(dir, "callward.yaml"), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := Reach(Sources{Dir: dir})
	if err != nil || cfg.Listeners.HTTP.Local() != "127.0.0.1:8913" || cfg.Listeners.HTTPS.Certificate != filepath.Join(dir, "line.pem") {
		t.Errorf("%v: %+v", err, cfg.Listeners)
	}
	if cfg, err = Reach(Sources{Dir: dir, Environ: []string{"CALLWARD_HTTP=127.0.0.1:8914"}}); err != nil || cfg.Listeners.HTTP.Local() != "127.0.0.1:8914" {
		t.Errorf("%v: %+v", err, cfg.Listeners)
	}
	if _, err = Load(Sources{Dir: dir}); err == nil {
		t.Error("the server takes it")
	}
}

func TestAnAddressThatIsNoneIsNamedToWhoAsksTheServer(t *testing.T) {
	_, err := Reach(Sources{Dir: t.TempDir(), Environ: []string{"CALLWARD_HTTP=8080"}})
	if err == nil || !strings.HasPrefix(err.Error(), "CALLWARD_HTTP: listeners.http") {
		t.Error(err)
	}
}
