package sip

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// FuzzAnswer asks of whatever comes in a datagram: who sends no request gets no
// answer; an answer is one, refuses or says 200, is not much longer than what it
// answers, and is the same if that comes again.
func FuzzAnswer(f *testing.F) {
	files, err := filepath.Glob("testdata/torture/*/*.sip")
	if err != nil || len(files) < 61 {
		f.Fatalf("%d seeds: %v", len(files), err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n")))
	}
	s, way, out := deaf()
	s.cfg.Handler, s.log = nil, nil // a panic that is caught cannot be told without a log
	s.lastDrop.Store(time.Now().Add(time.Hour).Unix())
	f.Fuzz(func(t *testing.T, b []byte) {
		msg, err := cutDatagram(b)
		for i, last := 0, []byte(nil); i < 2; i++ {
			switch {
			case err == nil:
				s.receive(t.Context(), msg, way)
			case errors.Is(err, errLength):
				s.unread(msg, way)
			}
			answer := out()
			checkAnswer(t, b, answer)
			if i > 0 && !bytes.Equal(answer, last) && !bytes.HasPrefix(answer, []byte("SIP/2.0 401")) { // a nonce is new each time
				t.Fatalf("the first answer was\n%s\nand the second\n%s", last, answer)
			}
			last = answer
		}
		if len(out()) > 0 {
			t.Fatal("more than one answer")
		}
	})
}

func checkAnswer(t *testing.T, b, answer []byte) {
	t.Helper()
	if answer == nil {
		return
	}
	if b = bytes.TrimLeft(b, "\r\n"); bytes.HasPrefix(b, []byte("SIP/")) || bytes.HasPrefix(b, []byte("ACK ")) {
		t.Fatalf("an answer:\n%s", answer)
	}
	line, _, _ := bytes.Cut(answer, []byte("\r\n"))
	msg, err := gosip.NewParser(gosip.WithHeadersParsers(gosip.HeadersParser{})).ParseSIP(answer)
	res, ok := msg.(*gosip.Response)
	if err != nil || !ok || res.StatusCode != 200 && (res.StatusCode < 400 || res.StatusCode > 599) {
		t.Fatalf("the answer is %q: %v", line, err)
	}
	if lines, ok := countLines(answer); !ok || lines != len(res.Headers())+2 {
		t.Fatalf("%d lines for %d headers:\n%s", lines, len(res.Headers()), answer)
	}
	if len(answer) > 2*len(b)+1024 {
		t.Fatalf("%d bytes for %d", len(answer), len(b))
	}
}

func TestWhatIsReadAgainToBeRefusedIsNotTakenForMore(t *testing.T) {
	s, way, out := deaf()
	head := "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nTo: <sip:a@b\r\nCall-ID: x\r\n"
	for text, want := range map[string]string{
		"OPTIONS sip:a@b SIP/2.0\r\n" + head:                        "SIP/2.0 400 Bad Request",
		"OPTIONS sip:a@b SIP/3.0\r\n" + head:                        "SIP/2.0 505 Version Not Supported",
		"OPTIONS what:a@b SIP/2.0\r\n" + head:                       "SIP/2.0 416 Unsupported URI Scheme",
		"ACK sip:a@b SIP/2.0\r\n" + head:                            "",
		"SIP/2.0 200 OK\r\n" + head:                                 "",
		"GET / HTTP/1.1\r\n" + head:                                 "",
		"OPTIONS sip:a@b SIP/2.0\r\nTo: <sip:a@b\r\nCall-ID: x\r\n": "", // no Via
		"OPTIONS sip:a@b\r\n" + head:                                "",
	} {
		s.receive(t.Context(), []byte(text+"\r\n"), way)
		got, _, _ := bytes.Cut(out(), []byte("\r\n"))
		if string(got) != want {
			t.Errorf("%q gets %q", text, got)
		}
	}
}
