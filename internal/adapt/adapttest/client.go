package adapttest

import (
	"context"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/redact"
)

// Hear has the client that serves calls listen to sound at an adapter, and gives
// the texts of the finals. Nothing may be lost or dropped on the way.
func Hear(t *testing.T, to grpc.DialOption, pieces ...[]int16) []string {
	t.Helper()
	client, err := asr.Dial("passthrough:adapter", to)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	stream, err := client.Recognize(ctx, asr.Config{Call: "c1", Language: "en", ReadyWithin: patient, StallAfter: patient})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	go func() {
		for p := range slices.Chunk(slices.Concat(pieces...), 160) {
			stream.Write(p)
			time.Sleep(time.Millisecond) // much faster than real time, but not all at once
		}
		stream.Finish()
	}()
	var finals []string
	safe := redact.New("en")
	for ev := range stream.Events() {
		switch ev.Kind {
		case asr.Final:
			finals = append(finals, safe.Final(ev.Utterance, ev.Words).Text.String())
		case asr.Failed:
			t.Errorf("the stream failed: %v", ev.Err)
		default:
		}
	}
	if got := client.Stats(); len(got.Dropped) > 0 || got.Lost > 0 || got.Failed > 0 {
		t.Errorf("the client counts %+v", got)
	}
	return finals
}
