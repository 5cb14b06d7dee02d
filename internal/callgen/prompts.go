package callgen

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/tts/prompts"
)

// Prompts renders every fixed text of the assistants into dir, for package
// tts/prompts to embed. What is there already is left as it is, and what nobody
// says any more is removed. It gives the number of texts and of those that were
// rendered now.
func Prompts(ctx context.Context, dir string, lines []*assistant.Assistant) (texts, made int, err error) {
	wanted := map[string]bool{}
	for _, a := range lines {
		for _, language := range a.Languages() {
			for _, text := range a.Prompts(language) {
				fresh, err := renderPrompt(ctx, dir, language, text)
				if err != nil {
					return len(wanted), made, err
				}
				wanted[prompts.Name(language, text)] = true
				if fresh {
					made++
				}
			}
		}
	}
	return len(wanted), made, removeOthers(dir, wanted)
}

func removeOthers(dir string, wanted map[string]bool) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.ulaw*"))
	if err != nil {
		return fmt.Errorf("list prompts: %w", err)
	}
	for _, f := range files {
		if wanted[filepath.Base(f)] {
			continue
		}
		if err := os.Remove(f); err != nil {
			return fmt.Errorf("remove prompt: %w", err)
		}
	}
	return nil
}

func renderPrompt(ctx context.Context, dir, language, text string) (fresh bool, err error) {
	path := filepath.Join(dir, prompts.Name(language, text))
	if _, err := os.Stat(path); err == nil {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	pcm, err := voice.Default(language).Render(ctx, text)
	if err != nil {
		return false, err
	}
	code := make([]byte, len(pcm))
	g711.PCMU.Encode(code, pcm)
	part := path + ".part"                                  // a build that is interrupted leaves no half prompt
	if err := os.WriteFile(part, code, 0o644); err != nil { //nolint:gosec // an operator's own text, for the build
		return false, fmt.Errorf("write prompt: %w", err)
	}
	if err := os.Rename(part, path); err != nil {
		return false, fmt.Errorf("write prompt: %w", err)
	}
	return true, nil
}
