package asrtest

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// A Turn is what the engine makes of one utterance.
type Turn struct {
	Partials   []string      // told on the way, one every 200 ms of speech
	Text       string        // of the final; empty: nothing understood
	Confidence float32       // 0 means 0.9
	After      time.Duration // speak up after this much audio, whatever it holds; 0: upon speech
	Repeat     bool          // send the final twice, as a faulty engine would
	Late       bool          // send a partial after the final, as a faulty engine would
	Withhold   bool          // never send the final, as an engine that is far behind
}

// Say makes a script of finals.
func Say(texts ...string) []Turn {
	turns := make([]Turn, len(texts))
	for i, t := range texts {
		turns[i].Text = t
	}
	return turns
}

// ReadScript reads a text of one utterance a line. Partials may come before the
// final, parted by "|". Empty lines and lines that start with # are skipped.
func ReadScript(r io.Reader) ([]Turn, error) {
	var turns []Turn
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		turns = append(turns, turn(line))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read script: %w", err)
	}
	return turns, nil
}

func turn(line string) Turn {
	parts := strings.Split(line, "|")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	last := len(parts) - 1
	return Turn{Partials: parts[:last], Text: parts[last]}
}
