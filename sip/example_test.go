package sip_test

import (
	"context"
	"fmt"

	"github.com/callward/callward/sip"
)

// One server answers, another calls it.
func Example() {
	loopback := []sip.Listener{{Network: "udp", Address: "127.0.0.1:0"}}
	line, err := sip.Listen(sip.Config{
		Listeners: loopback,
		Handler: sip.HandlerFunc(func(ctx context.Context, leg *sip.Leg) {
			if err := leg.Answer(ctx, leg.Offer()); err != nil {
				return
			}
			<-leg.Done()
			fmt.Println("the line was called as", leg.Called(), "and ended with", leg.Cause())
		}),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	caller, err := sip.Listen(sip.Config{Listeners: loopback})
	if err != nil {
		fmt.Println(err)
		return
	}
	ended := make(chan error, 2)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, s := range []*sip.Server{line, caller} {
		go func() { ended <- s.Run(ctx) }()
	}

	at, _ := line.Addr("udp")
	leg, err := caller.Dial(ctx, sip.Invite{To: fmt.Sprintf("sip:echo@%s", at), SDP: []byte("v=0\r\n")}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("answered with %q\n", leg.Remote())
	_ = leg.Hangup(ctx, sip.Normal)
	_ = line.Drain(ctx) // until the line has heard of it
	cancel()
	<-ended
	<-ended
	// Output:
	// answered with "v=0\r\n"
	// the line was called as echo and ended with normal clearing
}
