package main

import (
	"context"
	"net"
	"slices"
	"testing"
	"testing/synctest"

	"google.golang.org/grpc/test/bufconn"

	"github.com/callward/callward/internal/conformance"
)

func TestTheEngineConforms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := bufconn.Listen(1 << 16)
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- serve(ctx, l) }()
		report, err := conformance.Run(t.Context(), conformance.Options{
			Service: conformance.TTS, Address: "engine:1",
			Dial: func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) },
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range report.Results {
			if r.State == conformance.Failed {
				t.Error(r.Line())
			} else {
				t.Log(r.Line())
			}
		}
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

func TestWhatIsSpokenAtOnce(t *testing.T) {
	for _, x := range []struct {
		name string
		text text
		want []string
	}{
		{"complete sentences, and no more", text{waiting: "One. Two! Thr"}, []string{"One. ", "Two! "}},
		{"a sentence that is all there is", text{waiting: "One. "}, []string{"One. "}},
		{"the rest, once it is the last", text{waiting: "One. Two", last: true}, []string{"One. ", "Two"}},
		{"what was flushed", text{waiting: "One more", flush: 3}, []string{"One"}},
		{"no blanks", text{waiting: "  ", last: true}, nil},
		{"no number in two", text{waiting: "It is 1.5 now", last: true}, []string{"It is 1.5 now"}},
	} {
		var got []string
		for s := x.text.sentence(); s != ""; s = x.text.sentence() {
			got = append(got, s)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %q", x.name, got)
		}
	}
}

func TestTextsAreNotMixed(t *testing.T) {
	one, two := &text{id: "1", waiting: "One. "}, &text{id: "2", waiting: "Two.", last: true}
	s := &stream{texts: []*text{one, two}}
	if got, _, _ := s.next(); got != one {
		t.Fatal("the second text comes first")
	}
	if got, _, _ := s.next(); got != nil {
		t.Error("the second text comes before the first has ended")
	}
	s.drop(one) // it was cancelled
	if got, _, _ := s.next(); got != two {
		t.Error("the second text does not come once the first is cancelled")
	}
}
