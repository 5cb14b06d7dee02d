// Package voice speaks text through programs that are installed on the machine:
// espeak-ng and flite. They run as child processes, one for each sentence, and
// are never linked (espeak-ng is GPL). The text goes to their standard input,
// never to the command line, and the audio stays in memory.
//
// Speak runs in the caller's goroutine and blocks until the sentence is spoken,
// the context ends (the process is killed) or its time is up. At most a fixed
// number of processes run at once.
package voice

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"time"

	"github.com/callward/callward/internal/speechd/lang"
)

// ErrVoice says that there is no such voice here.
var ErrVoice = errors.New("no such voice")

// ErrSpeak says that a program failed to speak. The text is not in it.
var ErrSpeak = errors.New("speech program failed")

// A Voice is one way to speak.
type Voice struct {
	Name      string
	Languages []string // BCP 47
	Gender    string
	Rate      int // Hz

	program string
	id      string
	gain    float64 // makes all voices equally loud
}

// catalogue is what the programs offer, best first in each language. The gains
// bring each voice to a mean level of -21 dBFS over a prompt, by measurement.
func catalogue() []Voice {
	return []Voice{
		{Name: "flite-slt", Languages: []string{"en", "en-US"}, Gender: "female", Rate: 16000, program: flite, id: "slt", gain: 0.49},
		{Name: "flite-rms", Languages: []string{"en", "en-US"}, Gender: "male", Rate: 16000, program: flite, id: "rms", gain: 0.98},
		{Name: "flite-awb", Languages: []string{"en", "en-GB"}, Gender: "male", Rate: 16000, program: flite, id: "awb", gain: 0.85},
		{Name: "flite-kal", Languages: []string{"en", "en-US"}, Gender: "male", Rate: 8000, program: flite, id: "kal", gain: 0.92},
		{Name: "espeak-en-us", Languages: []string{"en", "en-US"}, Gender: "male", Rate: 22050, program: espeak, id: "en-us", gain: 1.05},
		{Name: "espeak-en-gb", Languages: []string{"en", "en-GB"}, Gender: "male", Rate: 22050, program: espeak, id: "en-gb", gain: 0.98},
		{Name: "espeak-fr", Languages: []string{"fr", "fr-FR"}, Gender: "male", Rate: 22050, program: espeak, id: "fr", gain: 1.1},
		{Name: "espeak-fr-f", Languages: []string{"fr", "fr-FR"}, Gender: "female", Rate: 22050, program: espeak, id: "fr+f2", gain: 1.1},
		{Name: "espeak-fr-be", Languages: []string{"fr", "fr-BE"}, Gender: "male", Rate: 22050, program: espeak, id: "fr-be", gain: 1.1},
		{Name: "espeak-fr-ch", Languages: []string{"fr", "fr-CH"}, Gender: "male", Rate: 22050, program: espeak, id: "fr-ch", gain: 1.1},
	}
}

// The programs, as they are called in PATH.
const (
	espeak = "espeak-ng"
	flite  = "flite"
)

// Config describes a Speaker.
type Config struct {
	Processes int           // most at once; 0 means DefaultProcesses
	Timeout   time.Duration // of one sentence; 0 means DefaultTimeout
}

// Defaults of Config.
const (
	DefaultProcesses = 8
	DefaultTimeout   = 10 * time.Second
)

// A Speaker speaks with the voices whose programs are installed.
type Speaker struct {
	voices  []Voice
	paths   map[string]string
	running chan struct{}
	timeout time.Duration
}

// New looks for the programs.
func New(cfg Config) *Speaker {
	if cfg.Processes <= 0 {
		cfg.Processes = DefaultProcesses
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	s := &Speaker{paths: make(map[string]string), running: make(chan struct{}, cfg.Processes), timeout: cfg.Timeout}
	for _, program := range Programs() {
		if path, err := exec.LookPath(program); err == nil {
			s.paths[program] = path
		}
	}
	for _, v := range catalogue() {
		if s.paths[v.program] != "" {
			s.voices = append(s.voices, v)
		}
	}
	return s
}

// Programs lists the programs that voices come from; each is also the name of
// its Debian package.
func Programs() []string { return []string{espeak, flite} }

// Missing lists the programs that are not installed.
func (s *Speaker) Missing() []string {
	return slices.DeleteFunc(Programs(), func(p string) bool { return s.paths[p] != "" })
}

// Voices lists the voices of a language, best first; all of them for "".
func (s *Speaker) Voices(language string) []Voice {
	var exact, near []Voice
	for _, v := range s.voices {
		switch {
		case slices.Contains(v.Languages, language) || language == "":
			exact = append(exact, v)
		case v.speaks(language):
			near = append(near, v)
		}
	}
	return append(exact, near...)
}

func (v Voice) speaks(language string) bool { return lang.Base(v.Languages[0]) == lang.Base(language) }

// Languages lists the languages that have a voice.
func (s *Speaker) Languages() []string {
	var out []string
	for _, v := range s.voices {
		if !slices.Contains(out, v.Languages[0]) {
			out = append(out, v.Languages[0])
		}
	}
	return out
}

// Find gives a voice by name, or the best of a language if the name is empty.
func (s *Speaker) Find(name, language string) (Voice, error) {
	if name == "" {
		if voices := s.Voices(language); language != "" && len(voices) > 0 {
			return voices[0], nil
		}
		return Voice{}, fmt.Errorf("voice for the language: %w", ErrVoice)
	}
	for _, v := range s.voices {
		if v.Name == name {
			return v, nil
		}
	}
	return Voice{}, ErrVoice
}
