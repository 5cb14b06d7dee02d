package app

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const exampleFile = "../../callward.example.yaml"

// The example is the reference that users read: it must hold every key, and the
// values it calls defaults must be the defaults.
func TestTheExampleFileHoldsEveryKeyWithItsDefault(t *testing.T) {
	data, err := os.ReadFile(filepath.Clean(exampleFile))
	if err != nil {
		t.Fatal(err)
	}
	fromFile := mustLoad(t, string(data), nil, nil)
	if want := mustLoad(t, "", nil, nil); !sameConfig(fromFile, want) {
		t.Errorf("the example gives\n%+v\nbut the defaults are\n%+v", fromFile, want)
	}
	_, doc, err := parseYAML("callward.example.yaml", data, configType(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range settings() {
		if doc.lines[s.key] == 0 {
			t.Errorf("the example does not mention %s", s.key)
		}
		if !strings.Contains(string(data), "--"+s.flag) || !strings.Contains(string(data), s.env()) {
			t.Errorf("the example does not name --%s and %s", s.flag, s.env())
		}
	}
}

// sameConfig compares all but secrets, which are funcs.
func sameConfig(a, b Config) bool {
	if a.Redis.Reveal() != b.Redis.Reveal() {
		return false
	}
	a.Redis, b.Redis = Secret{}, Secret{}
	if len(a.Speech.Models) == 0 && len(b.Speech.Models) == 0 {
		a.Speech.Models, b.Speech.Models = nil, nil
	}
	if len(a.Speech.Providers)+len(b.Speech.Providers) == 0 {
		a.Speech.Providers, b.Speech.Providers = nil, nil
	}
	for _, t := range a.Tenants {
		if len(t.Agents) > 0 {
			return false
		}
	}
	return reflect.DeepEqual(a, b)
}
