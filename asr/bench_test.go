package asr_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/asr/asrtest"
)

// BenchmarkUplink is what a second of audio costs the process, frame by frame from Hear
// to an engine in the same process that counts it: about twice what the client does.
func BenchmarkUplink(b *testing.B) {
	for _, encoding := range []asr.Encoding{asr.Linear16, asr.Mulaw} {
		for _, chunk := range []time.Duration{20, 40, 60, 100} {
			name := map[asr.Encoding]string{asr.Linear16: "linear16", asr.Mulaw: "mulaw"}[encoding]
			b.Run(fmt.Sprintf("%s/%dms", name, chunk), func(b *testing.B) { uplink(b, encoding, chunk*time.Millisecond) })
		}
	}
}

func uplink(b *testing.B, encoding asr.Encoding, chunk time.Duration) {
	b.Helper()
	server := &asrtest.Server{Discard: true}
	s, err := asrtest.Start(b, server).Recognize(b.Context(), asr.Config{Language: "en", Encoding: encoding, Chunk: chunk})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	<-s.Events() // ready
	frame := make([]int16, 160)
	b.ReportAllocs()
	frames, perChunk := int64(0), int64(chunk/(20*time.Millisecond))
	for b.Loop() {
		for range 50 {
			s.Hear(frame, true)
			if frames++; frames%perChunk == 0 {
				for server.Samples() < frames*160 { // as it would be, chunk by chunk
					runtime.Gosched()
				}
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e7, "%core/call")
}

// BenchmarkWrite is what a frame costs the packet path alone.
func BenchmarkWrite(b *testing.B) {
	server := &asrtest.Server{}
	server.Stall()
	defer server.Resume()
	client := asrtest.Start(b, server)
	s, err := client.Recognize(b.Context(), asr.Config{Language: "en", ReadyWithin: 1 << 40})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	frame := make([]int16, 160)
	b.ReportAllocs()
	for b.Loop() {
		s.Write(frame)
	}
}
