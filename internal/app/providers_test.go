package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const twoProviders = `version: 1
speech:
  tts: unix:/run/voice
  providers:
    cloud: {kind: asr, target: "dns:///speech.example:443", languages: fr, class: premium, streams: 20, token_file: token, stall: 1s, tls: {enabled: true}}
    ours: {target: bundled, kind: asr, priority: 1, weight: 3}
`

func TestProvidersTakeTheBackendsPlaceForWhatTheyDo(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"callward.yaml": twoProviders, "token": "t\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l, err := Load(Sources{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	hear := l.Config.Speech.providers(kindASR)
	if got := names(hear); !slices.Equal(got, []string{"cloud", "ours"}) {
		t.Fatalf("%v recognise", got)
	}
	cloud := hear["cloud"]
	if cloud.TokenFile != filepath.Join(dir, "token") || cloud.Stall != time.Second || cloud.Weight != 1 || cloud.Streams != 20 || !cloud.credentials().Secure() {
		t.Errorf("cloud is %+v", cloud)
	}
	speak := l.Config.Speech.providers(kindTTS)
	if len(speak) != 1 || speak["backend"].Target != "unix:/run/voice" {
		t.Errorf("%+v synthesise", speak)
	}
}

func TestWithoutProvidersTheBackendDoesBoth(t *testing.T) {
	s := mustLoad(t, "", nil, nil).Speech
	for _, kind := range []string{kindASR, kindTTS} {
		if got := s.providers(kind); len(got) != 1 || got["backend"].Target != bundled {
			t.Errorf("%s: %+v", kind, got)
		}
	}
}

func TestATokenGoesInClearToThisMachineAlone(t *testing.T) {
	for target, near := range map[string]bool{
		"unix:/run/a": true, "bundled": true, "127.0.0.1:9000": true, "dns:///localhost:9000": true, "dns:localhost:9000": true,
		"[::1]:9000": true, "dns:///speech:9000": false, "10.0.0.1:9000": false, "speech": false, "dns://127.0.0.1:53/speech:9000": false,
	} {
		if isNear(target) != near {
			t.Errorf("%s: near is %v", target, !near)
		}
	}
}

func TestOtherProvidersNeedNoRestart(t *testing.T) {
	before, after := Loaded{Config: mustLoad(t, "", nil, nil)}, Loaded{Config: mustLoad(t, "version: 1\nspeech: {providers: {a: {target: 'unix:/run/a'}}}", nil, nil)}
	changed := differences(before, after)
	if !slices.Equal(changed, []string{"speech.providers"}) || len(needRestart(changed)) != 0 {
		t.Errorf("%v changed, %v need a restart", changed, needRestart(changed))
	}
}

func TestALineThatNoEngineIsForIsWarnedOf(t *testing.T) {
	const one = "version: 1\nspeech: {providers: {a: {target: 'unix:/run/a', languages: [de], kind: KIND}}}"
	for kind, want := range map[string][]string{
		"asr":  {"in en, and no recognizer", "in fr, and no recognizer"},
		"tts":  {"in en, and no synthesizer", "in fr, and no synthesizer"},
		"both": {"in en, and no recognizer", "in fr, and no recognizer", "in en, and no synthesizer", "in fr, and no synthesizer"},
	} {
		l, err := load(t, strings.ReplaceAll(one, "KIND", kind), nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Warnings) != len(want) {
			t.Errorf("%s: warnings %q", kind, l.Warnings)
		}
		for i := range min(len(want), len(l.Warnings)) {
			if !strings.Contains(l.Warnings[i], want[i]) {
				t.Errorf("%s: %q, want %q", kind, l.Warnings[i], want[i])
			}
		}
	}
	if l, err := load(t, "", nil, nil); err != nil || len(l.Warnings) != 0 {
		t.Errorf("the bundled engines: %q, %v", l.Warnings, err)
	}
}
