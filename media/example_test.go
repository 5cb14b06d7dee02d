package media_test

import (
	"context"
	"fmt"
	"time"

	"github.com/callward/callward/media"
)

// Two sessions of one engine agree, as caller and callee do through SIP, and one
// of them plays.
func Example() {
	engine, err := media.New(media.Config{PortMin: 30000, PortMax: 39999})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- engine.Run(ctx) }()
	defer func() { cancel(); <-done }()

	caller, _ := engine.Open(media.Options{})
	defer caller.Close()
	callee, _ := engine.Open(media.Options{})
	defer callee.Close()

	offer, _ := caller.Offer()
	answer, _ := callee.Accept(offer)
	if err := caller.SetAnswer(answer); err != nil {
		fmt.Println(err)
		return
	}

	caller.Play(media.NewTone(440, 100*time.Millisecond))
	for ev := range caller.Events() {
		if ev.Kind == media.PlayDone {
			fmt.Println(ev.Samples, "samples were sent")
			return
		}
	}
	// Output: 800 samples were sent
}
