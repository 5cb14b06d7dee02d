package adapttest

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/tts"
)

// patient is what tests allow that are not about time.
const patient = 20 * time.Second

// Say has the client that serves calls speak a text at an adapter, and gives the
// sound at 8 kHz.
func Say(t *testing.T, to grpc.DialOption, language, text string) ([]int16, error) {
	t.Helper()
	client, err := tts.Dial("passthrough:adapter", tts.Config{FirstAudio: patient, StallAfter: patient}, to)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	stream, err := client.Speak(ctx, redact.Authored(text), tts.Voice{Language: language})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	var all []int16
	for pcm := make([]int16, 800); ; {
		n, err := stream.Read(pcm)
		all = append(all, pcm[:n]...)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}

// Samples reads bytes as samples.
func Samples(raw []byte) []int16 {
	out := make([]int16, len(raw)/2)
	for i := range out {
		out[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
	}
	return out
}
