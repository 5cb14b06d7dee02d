package asr_test

import (
	"context"
	"log/slog"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/redact"
)

// A call opens a stream, writes what it hears and takes what was understood.
func Example() {
	client, err := asr.Dial("unix:/run/callward/speech.sock")
	if err != nil {
		slog.Error("recognizer", slog.Any("error", err))
		return
	}
	defer client.Close()
	stream, err := client.Recognize(context.Background(), asr.Config{
		Tenant: "acme", Call: "c1", Language: "en", Expect: asr.YesNo,
	})
	if err != nil {
		slog.Error("recognizer", slog.Any("error", err))
		return
	}
	defer stream.Close()
	go stream.Write(make([]int16, 160)) // from the packet path, frame by frame
	safe := redact.New("en")
	for ev := range stream.Events() {
		switch ev.Kind {
		case asr.Final:
			slog.Info("understood", slog.Any("text", safe.Final(ev.Utterance, ev.Words).Text))
		case asr.Failed:
			slog.Warn("recognizer failed", slog.Any("error", ev.Err))
		default:
		}
	}
}
