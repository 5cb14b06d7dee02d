package main

import (
	"strings"
	"testing"
)

func TestAnAdapterSaysWhatItIsNotTold(t *testing.T) {
	for want, args := range map[string][]string{
		"--listen is missing": {"vosk"},
		"--recognizer":        {"google", "--listen", "127.0.0.1:0"},
		"only a loopback":     {"vosk", "--listen", "0.0.0.0:7071"},
		"--serve":             {"riva", "--listen", "127.0.0.1:0", "--serve", "both"},
		"--voice fr=anna":     {"openai", "--listen", "127.0.0.1:0", "--lang", "en", "--voice", "fr=anna"},
		"use https":           {"openai", "--listen", "127.0.0.1:0", "--to", "http://example.com/v1", "--token-file", "x"},
		"use TLS":             {"riva", "--listen", "127.0.0.1:0", "--to", "example.com:50051", "--token-file", "x"},
		"want NAME=VALUE":     {"riva", "--listen", "127.0.0.1:0", "--metadata", "hunter2"},
	} {
		_, err := execute(t, append([]string{"adapt"}, args...)...)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v: %v", args, err)
		}
	}
}
