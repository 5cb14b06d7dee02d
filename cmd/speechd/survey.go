package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/voice"
)

// A Survey is what works on this machine; `callward doctor` reads it as JSON.
type Survey struct {
	Recognition Recognition `json:"recognition"`
	Synthesis   Synthesis   `json:"synthesis"`
	Missing     []Gap       `json:"missing"`
}

// Recognition lists what is understood.
type Recognition struct {
	Engine    string            `json:"engine"`
	Languages []string          `json:"languages"`
	Models    map[string]string `json:"models"`
}

// Synthesis lists what can be spoken.
type Synthesis struct {
	Languages []string `json:"languages"`
	Voices    []string `json:"voices"`
}

// A Gap is something that is missing and what to do about it.
type Gap struct {
	What   string `json:"what"`
	Remedy string `json:"remedy"`
}

// models lists the usable models, English by itself, and the gaps.
func models(o *options) ([]recog.ModelConfig, []Gap) {
	var out []recog.ModelConfig
	var gaps []Gap
	dirs, err := byLanguage("asr-model", o.models)
	if err != nil {
		return nil, []Gap{{What: err.Error(), Remedy: "correct the flag"}}
	}
	dicts, err := byLanguage("asr-dict", o.dicts)
	if err != nil {
		return nil, []Gap{{What: err.Error(), Remedy: "correct the flag"}}
	}
	if dirs["en"] == "" {
		dirs["en"] = recog.EnglishDir
	}
	for _, code := range slices.Sorted(maps.Keys(dirs)) {
		m := recog.ModelConfig{Language: code, Dir: dirs[code], Dict: dicts[code]}
		if err := usable(m); err != nil {
			gaps = append(gaps, Gap{What: err.Error(), Remedy: remedy(code)})
			continue
		}
		out = append(out, m)
	}
	if dirs["fr"] == "" {
		gaps = append(gaps, Gap{What: "French is not understood by voice: no package holds a French model", Remedy: remedy("fr")})
	}
	return out, gaps
}

func usable(m recog.ModelConfig) error {
	if err := recog.CheckDir(m.Dir); err != nil {
		return err
	}
	dict, err := recog.FindDict(m)
	if err != nil {
		return err
	}
	if _, err := os.Stat(dict); err != nil {
		return fmt.Errorf("dictionary of %s: %w", m.Language, err)
	}
	return nil
}

func remedy(code string) string {
	if code == "en" {
		return "apt-get install pocketsphinx-en-us"
	}
	return "name a folder in pocketsphinx's layout with its dictionary in it or beside it: callward --speech-model " + code + "=DIR, speechd --asr-model " + code + "=DIR"
}

// survey looks at the machine.
func survey(o *options) Survey {
	found, gaps := models(o)
	s := Survey{
		Recognition: Recognition{Engine: "pocketsphinx 5prealpha", Languages: []string{}, Models: make(map[string]string)},
		Synthesis:   Synthesis{Languages: []string{}, Voices: []string{}},
		Missing:     []Gap{},
	}
	for _, m := range found {
		s.Recognition.Languages = append(s.Recognition.Languages, m.Language)
		s.Recognition.Models[m.Language] = m.Dir
	}
	speaker := voice.New(voice.Config{})
	s.Synthesis.Languages = append(s.Synthesis.Languages, speaker.Languages()...)
	for _, v := range speaker.Voices("") {
		s.Synthesis.Voices = append(s.Synthesis.Voices, v.Name)
	}
	for _, program := range speaker.Missing() {
		gaps = append(gaps, Gap{What: program + " is not installed", Remedy: "apt-get install " + program})
	}
	s.Missing = append(s.Missing, gaps...)
	return s
}

// String is the survey for people.
func (s Survey) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "understands  %s\n", list(s.Recognition.Languages))
	for _, code := range slices.Sorted(maps.Keys(s.Recognition.Models)) {
		fmt.Fprintf(&b, "  %s         %s\n", code, s.Recognition.Models[code])
	}
	fmt.Fprintf(&b, "speaks       %s\n", list(s.Synthesis.Languages))
	fmt.Fprintf(&b, "  voices     %s\n", list(s.Synthesis.Voices))
	for _, g := range s.Missing {
		fmt.Fprintf(&b, "missing      %s\n  remedy     %s\n", g.What, g.Remedy)
	}
	return b.String()
}

func list(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}
