package sip

import (
	"net"
	"testing"
)

// What may wait for a peer grows with the calls that it has had: when they all end at
// once, each of them has something to say.
func TestAPeerWithManyCallsMayBeSentMuchAtOnce(t *testing.T) {
	for _, calls := range []int{0, 300} {
		near, far := net.Pipe() // nobody reads
		c := &stream{pipe: bytePipe{near}, out: newOutbox(), closed: make(chan struct{})}
		for range calls {
			c.hold()
		}
		for range calls {
			c.users.Add(-1)
		}
		sent := 0
		for c.send([]byte("BYE")) == nil {
			sent++
		}
		if want := streamQueue + streamOfUser*calls; sent != want {
			t.Errorf("%d calls: %d messages waited, want %d", calls, sent, want)
		}
		if !c.isClosed() {
			t.Errorf("%d calls: a peer that does not read is kept", calls)
		}
		_ = far.Close()
	}
}

func TestWhatWaitsIsWrittenInOrder(t *testing.T) {
	near, far := net.Pipe()
	c := &stream{pipe: bytePipe{near}, out: newOutbox(), closed: make(chan struct{})}
	done := make(chan struct{})
	go func() { defer close(done); c.write() }()
	go func() {
		for i := range 200 {
			_ = c.send([]byte{byte(i)})
		}
	}()
	b := make([]byte, 1)
	for i := range 200 {
		if _, err := far.Read(b); err != nil || b[0] != byte(i) {
			t.Fatalf("message %d is %d, %v", i, b[0], err)
		}
	}
	c.close()
	<-done
	_ = far.Close()
}
