package app

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/callward/callward/router/assistant"
)

func TestTheLogSaysWhatIsLearntBeforeThatTakesItsTime(t *testing.T) {
	const name = "../../router/assistant/testdata/webhooks/orders.yaml"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	a, err := assistant.Parse(name, data)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	start := func() string {
		var log bytes.Buffer
		p := &plan{log: slog.New(slog.NewTextHandler(&log, nil)), loaded: Loaded{Config: Config{Learnt: dir}}}
		if _, err := p.classifier(t.Context(), "orders", a, "en"); err != nil {
			t.Fatal(err)
		}
		return log.String()
	}
	if first := start(); !strings.Contains(first, `msg="learning intents" assistant=orders language=en intents=`) || !strings.Contains(first, `msg="intents learnt"`) {
		t.Errorf("the first start says %q", first)
	}
	if second := start(); second != "" {
		t.Errorf("a start that has nothing to learn says %q", second)
	}
}
