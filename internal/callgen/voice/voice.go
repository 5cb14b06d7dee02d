// Package voice makes a synthetic caller speak: it runs flite or espeak-ng as a
// process and gives what a telephone would carry of it, PCM16 at 8 kHz. Render
// blocks until the process has ended; nothing is written to a disk.
package voice

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/callward/callward/internal/callgen/wav"
)

// A Voice is one of an engine's voices, written ENGINE:NAME.
type Voice struct{ engine, name string }

// Examples name voices of the engines, for help texts.
const Examples = "flite:slt, flite:rms, flite:awb, espeak:en, espeak:en-gb+f3, espeak:fr, espeak:fr+f2"

// Parse reads "flite:slt", "espeak:fr" and the like.
func Parse(s string) (Voice, error) {
	engine, name, _ := strings.Cut(s, ":")
	if (engine != "flite" && engine != "espeak") || name == "" || strings.ContainsAny(name, " -/") && engine == "flite" {
		return Voice{}, fmt.Errorf("voice %q is not known; voices are %s", s, Examples)
	}
	return Voice{engine, name}, nil
}

// Default gives the best voice for a language: flite for English, where it is
// installed, and espeak-ng for all others.
func Default(language string) Voice {
	language, _, _ = strings.Cut(language, "-")
	if _, err := exec.LookPath("flite"); err == nil && (language == "en" || language == "") {
		return Voice{"flite", "slt"}
	}
	if language == "" {
		language = "en"
	}
	return Voice{"espeak", language}
}

// String gives the form that Parse reads.
func (v Voice) String() string { return v.engine + ":" + v.name }

// Render speaks text.
func (v Voice) Render(ctx context.Context, text string) ([]int16, error) {
	out, err := v.command(ctx, text).Output()
	if err != nil {
		return nil, fmt.Errorf("voice %s: %w", v, err)
	}
	sound, err := wav.Read(bytes.NewReader(out))
	if err != nil {
		return nil, fmt.Errorf("voice %s: %w", v, err)
	}
	return Telephone(sound), nil
}

func (v Voice) command(ctx context.Context, text string) *exec.Cmd {
	if v.engine == "flite" {
		//nolint:gosec // the name was checked by Parse, and no shell is involved
		return exec.CommandContext(ctx, "flite", "-voice", v.name, "-t", text, "-o", "/dev/stdout")
	}
	//nolint:gosec // the name is one argument, and no shell is involved
	cmd := exec.CommandContext(ctx, "espeak-ng", "-v", v.name, "--stdout", "--stdin")
	cmd.Stdin = strings.NewReader(text)
	return cmd
}
