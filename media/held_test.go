package media_test

import (
	"bytes"
	"testing"

	"github.com/callward/callward/media"
)

func TestASessionTellsWhetherItsPeerHoldsIt(t *testing.T) {
	e := running(t, media.Config{})
	peer, s := open(t, e), open(t, e)
	offer, err := peer.Offer()
	if err != nil {
		t.Fatal(err)
	}
	if s.Held() {
		t.Error("nobody holds what is not agreed yet")
	}
	for _, c := range []struct {
		direction string
		held      bool
	}{{"sendrecv", false}, {"sendonly", true}, {"inactive", true}, {"sendrecv", false}} {
		if _, err := s.Reply(bytes.Replace(offer, []byte("a=sendrecv"), []byte("a="+c.direction), 1)); err != nil {
			t.Fatal(err)
		}
		if s.Held() != c.held {
			t.Errorf("%s: held %t", c.direction, s.Held())
		}
	}
}
