package asr_test

import (
	"runtime"
	"testing"

	"github.com/callward/callward/asr"
	"github.com/callward/callward/asr/asrtest"
)

// BenchmarkBatch is what 60 ms of audio cost the process, from Write to an
// engine in the same process that counts it: about twice what the client does.
func BenchmarkBatch(b *testing.B) {
	for name, encoding := range map[string]asr.Encoding{"linear16": asr.Linear16, "mulaw": asr.Mulaw} {
		b.Run(name, func(b *testing.B) {
			server := &asrtest.Server{Discard: true}
			s, err := asrtest.Start(b, server).Recognize(b.Context(), asr.Config{Language: "en", Encoding: encoding})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			<-s.Events() // ready
			audio := make([]int16, 480)
			b.ReportAllocs()
			for n := int64(480); b.Loop(); n += 480 {
				s.Write(audio)
				for server.Samples() < n {
					runtime.Gosched()
				}
			}
		})
	}
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
