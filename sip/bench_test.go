package sip

import (
	"context"
	"fmt"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
)

// BenchmarkCall is INVITE, 200, ACK, BYE, 200 between two servers of one process:
// both ends are in the figure.
func BenchmarkCall(b *testing.B) {
	for _, network := range []string{"udp", "tcp"} {
		b.Run(network, func(b *testing.B) {
			var servers [2]*Server
			for i := range servers {
				s, err := Listen(Config{
					Listeners: []Listener{{Network: "udp", Address: "127.0.0.1:0"}, {Network: "tcp", Address: "127.0.0.1:0"}},
					Handler:   HandlerFunc(func(ctx context.Context, l *Leg) { _ = l.Answer(ctx, []byte("v=0\r\n")) }),
				})
				if err != nil {
					b.Fatal(err)
				}
				go func() { _ = s.Run(context.Background()) }()
				defer func() { _ = s.Close() }()
				servers[i] = s
			}
			at, _ := servers[1].Addr(network)
			to := fmt.Sprintf("sip:bob@%s;transport=%s", at, network)
			b.ReportAllocs()
			for b.Loop() {
				l, err := servers[0].Dial(b.Context(), Invite{To: to, SDP: []byte("v=0\r\n")}, nil)
				if err != nil {
					b.Fatal(err)
				}
				_ = l.Hangup(b.Context(), Normal)
			}
		})
	}
}

// BenchmarkHostileMessage is the cost of the dearest messages that pass the guard.
func BenchmarkHostileMessage(b *testing.B) {
	s := &Server{parser: gosip.NewParser()}
	s.cfg, _ = Config{Listeners: []Listener{{Network: "udp"}}}.withDefaults()
	via := "Via: SIP/2.0/UDP h;branch=z9hG4bK1"
	rest := "\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n"
	for name, extra := range map[string]string{
		"parameters": strings.Repeat("Via: SIP/2.0/UDP h"+strings.Repeat(";a", 60)+"\r\n", 110),
		"contacts":   strings.Repeat("Contact: <sip:a@b>"+strings.Repeat(",<sip:a@b>", 60)+"\r\n", 24),
		"headers":    strings.Repeat("X: y\r\n", 240),
		"folds":      "X: y\r\n" + strings.Repeat(" z\r\n", 240),
		"long":       strings.Repeat("X: "+strings.Repeat("y", 4000)+"\r\n", 3),
	} {
		msg := []byte("OPTIONS sip:a@b SIP/2.0\r\n" + via + rest + extra + "\r\n")
		b.Run(fmt.Sprintf("%s-%dB", name, len(msg)), func(b *testing.B) {
			for b.Loop() {
				cut, err := cutDatagram(msg)
				if err != nil {
					b.Fatal(err)
				}
				m, err := s.parser.ParseSIP(cut)
				if err != nil {
					b.Fatal(err)
				}
				req, ok := m.(*gosip.Request)
				if !ok || checkRequest(req) != 0 {
					b.Fatal("not taken")
				}
				if _, err := encode(s.reply(req, 200, "t")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
