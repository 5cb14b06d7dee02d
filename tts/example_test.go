package tts_test

import (
	"context"
	"log/slog"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/tts"
)

// A call speaks a text of the operator and hands the audio on as it comes.
func Example() {
	client, err := tts.Dial("unix:/run/callward/speech.sock", tts.Config{})
	if err != nil {
		slog.Error("synthesizer", slog.Any("error", err))
		return
	}
	defer client.Close()
	stream, err := client.Speak(context.Background(), redact.Authored("Hello."),
		tts.Voice{Language: "en", Cacheable: true})
	if err != nil {
		slog.Error("synthesizer", slog.Any("error", err))
		return
	}
	defer stream.Close()
	pcm := make([]int16, 160)
	for err == nil {
		var n int
		n, err = stream.Read(pcm)
		_ = pcm[:n] // goes to the caller
	}
}
