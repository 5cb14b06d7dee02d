package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/callward/callward/"

// arrows says what each room may import of ours. A room is the longest key that
// is a prefix of the package; every package needs one, so that a new room is
// placed on purpose.
var arrows = map[string][]string{
	"redact":               {},
	"proto":                {"proto"},
	"sip":                  {},
	"sip/siptest":          {"sip"},
	"sip/stir":             {},
	"media":                {"media"},
	"media/sdp":            {},
	"media/jitter":         {},
	"media/g711":           {},
	"media/g722":           {},
	"media/resample":       {},
	"media/dtmf":           {},
	"media/quality":        {},
	"media/vad":            {},
	"media/stun":           {},
	"asr":                  {"asr", "proto", "media", "redact", "internal/engines"},
	"tts":                  {"tts", "proto", "media", "redact", "internal/engines"},
	"dialog":               {"dialog", "proto", "redact", "router/intent", "router/guard", "internal/engines"},
	"payment":              {"payment", "proto", "redact", "internal/engines"},
	"assistants":           {},
	"router":               {"router", "redact"},
	"router/intent":        {"redact"},
	"router/entity":        {"redact"},
	"router/guard":         {"redact"},
	"router/assistant":     {"router/intent", "router/entity", "router/guard", "redact", "internal/yamlfile"},
	"router/queue":         {"router/queue", "redact"},
	"call":                 {"asr", "tts", "payment", "router", "sip", "media", "redact"},
	"console":              {"call", "router", "media", "redact", "sip", "console/pages", "internal/webcall", "internal/cdr", "internal/yamlfile", "console"},
	"console/pages":        {},
	"internal/webcall":     {"call", "media", "sip"},
	"console/access":       {},
	"console/signin":       {"console/access"},
	"internal/apitoken":    {},
	"internal/records":     {"call"},
	"internal/certs":       {"internal/certs"},
	"internal/engines":     {"internal/certs"},
	"internal/outbound":    {"internal/outbound"},
	"internal/telemetry":   {},
	"internal/app":         {""},
	"internal/bench":       {"internal/callgen/voice", "sip", "media", "asr", "tts", "proto", "router", "assistants", "internal/engines"},
	"internal/callgen":     {"internal/callgen", "internal/apitoken", "sip", "media", "call", "asr", "tts", "proto", "redact", "router"},
	"internal/speechd":     {"internal/speechd", "proto", "media/vad", "media/g711"},
	"internal/filter":      {"redact"},
	"internal/appraise":    {"router/intent", "redact"},
	"internal/webhook":     {"router/assistant", "redact", "internal/certs", "internal/engines"},
	"internal/yamlfile":    {},
	"internal/cdr":         {"call"},
	"internal/facts":       {"call", "router/queue"},
	"internal/ledger":      {},
	"internal/notify":      {"internal/facts"},
	"internal/queuelog":    {"internal/facts", "router/queue"},
	"internal/learnt":      {"router/assistant", "router/intent"},
	"internal/story":       {"internal/apitoken", "call", "router/assistant", "redact"},
	"internal/rehearsal":   {"internal/callgen", "internal/learnt", "internal/story", "internal/webhook", "internal/yamlfile", "call", "payment", "router/assistant", "router/guard", "router/intent", "media", "redact"},
	"internal/fake":        {"asr", "dialog", "payment", "proto", "media", "internal/engines"},
	"internal/conformance": {"internal/callgen/wav", "proto", "media/g711"},
	"internal/archtest":    {},
	"internal/reference":   {},
	"internal/e2e":         {""},
	"cmd":                  {""},
	"examples":             {"proto"},
	"internal/adapt":       {"internal/adapt", "internal/conformance", "internal/speechd/audio", "internal/speechd/contract", "internal/speechd/endpoint", "proto", "media/vad", "asr", "tts", "redact", "internal/engines"},
}

type pkg struct {
	ImportPath string
	Imports    []string
	CgoFiles   []string
}

func TestPackagesImportOnlyToTheirRight(t *testing.T) {
	for _, p := range packages(t) {
		path := strings.TrimPrefix(p.ImportPath, module)
		allowed, ok := rule(path)
		if !ok {
			t.Errorf("%s has no room: give it one in arrows and in docs/architecture.md", path)
			continue
		}
		for _, imp := range p.Imports {
			ours, isOurs := strings.CutPrefix(imp, module)
			if isOurs && !within(ours, allowed) {
				t.Errorf("%s imports %s; it may import %v", path, ours, allowed)
			}
		}
	}
}

func TestCgoStaysInTheSpeechBackend(t *testing.T) {
	for _, p := range packages(t) {
		path := strings.TrimPrefix(p.ImportPath, module)
		if len(p.CgoFiles) > 0 && !strings.HasPrefix(path, "internal/speechd/") {
			t.Errorf("%s uses cgo; only the speech backend may", path)
		}
	}
}

func TestTheServerDoesNotLinkTheSpeechBackend(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+"cmd/callward").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	pure := []string{module + "internal/speechd/audio", module + "internal/speechd/contract", module + "internal/speechd/endpoint"} // for the adapters too
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, module+"internal/speechd/") && !slices.Contains(pure, line) {
			t.Errorf("callward links %s", line)
		}
	}
}

func rule(path string) (allowed []string, ok bool) {
	best := -1
	for room, to := range arrows {
		if within(path, []string{room}) && len(room) > best {
			best, allowed, ok = len(room), to, true
		}
	}
	return allowed, ok
}

func within(path string, rooms []string) bool {
	for _, r := range rooms {
		if r == "" || path == r || strings.HasPrefix(path, r+"/") {
			return true
		}
	}
	return false
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,CgoFiles", module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
