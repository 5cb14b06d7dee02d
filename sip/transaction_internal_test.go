package sip

import (
	"context"
	"testing"
	"time"
)

// Transactions outlive their calls by half a minute, to absorb repeats: they must not
// keep the calls for as long.
func TestTransactionsDoNotKeepWhatHasEnded(t *testing.T) {
	var servers [2]*Server
	for i := range servers {
		s, err := Listen(Config{
			Listeners: []Listener{{Network: "udp", Address: "127.0.0.1:0"}},
			Handler:   HandlerFunc(func(ctx context.Context, l *Leg) { _ = l.Answer(ctx, []byte("v=0\r\n")) }),
		})
		if err != nil {
			t.Fatal(err)
		}
		ran := make(chan struct{})
		go func() { defer close(ran); _ = s.Run(context.Background()) }()
		defer func() { _ = s.Close(); <-ran }()
		servers[i] = s
	}
	at, _ := servers[1].Addr("udp")
	for _, answererEnds := range []bool{false, true} {
		l, err := servers[0].Dial(t.Context(), Invite{To: "sip:bob@" + at.String(), SDP: []byte("v=0\r\n")}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if answererEnds {
			for _, theirs := range servers[1].legsNow() {
				<-theirs.acked
				_ = theirs.Hangup(t.Context(), Normal)
			}
		} else {
			_ = l.Hangup(t.Context(), Normal)
		}
		<-l.Done()
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		open, kept := servers[1].kept()
		if open > 0 && kept == 0 && len(servers[1].legsNow()) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("of %d transactions %d keep a leg", open, kept)
		}
	}
}

func (s *Server) legsNow() (legs []*Leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.legs {
		legs = append(legs, l)
	}
	return legs
}

// kept counts the transactions of requests, and those that keep a leg.
func (s *Server) kept() (open, kept int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, tx := range s.servers {
		open++
		if tx.waiting() != nil {
			kept++
		}
	}
	return open, kept
}
