package signin

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// begin keeps a sign-in that is on its way, and reports which of those before are still there.
func (d *desk) begin(name, address string) {
	d.t.Helper()
	d.at = d.at.Add(time.Millisecond)
	d.must(d.store.place(d.t.Context(), flows, hashOf(name), flow{}, d.at.Add(flowTime), d.at, address))
}

func (d *desk) left(names ...string) string {
	d.t.Helper()
	out := ""
	for _, n := range names {
		_, err := load[flow](d.t.Context(), d.store, flows, hashOf(n))
		if err != nil && !errors.Is(err, errNone) {
			d.t.Fatal(err)
		}
		if err == nil {
			out += n
		}
	}
	return out
}

func TestWhoBeginsTooManySignInsLosesTheirOwnOldest(t *testing.T) {
	d := newDesk(t)
	d.store.limits = limits{all: 100, ofNetwork: 3}
	d.begin("a", "192.0.2.1")
	for _, name := range []string{"b", "c", "d", "e"} {
		d.begin(name, "198.51.100.1")
	}
	d.begin("f", "2001:db8::1")
	d.begin("g", "2001:db8::2") // of the same network
	d.begin("h", "2001:db8::3")
	d.begin("i", "2001:db8::4")
	if got := d.left("a", "b", "c", "d", "e", "f", "g", "h", "i"); got != "acdeghi" {
		t.Errorf("left: %s", got)
	}
}

func TestWhenAllPlacesAreTakenTheOldestMakesRoomThatOfTheSameNetworkFirst(t *testing.T) {
	d := newDesk(t)
	d.store.limits = limits{all: 4, ofNetwork: 3}
	d.begin("a", "192.0.2.1")
	d.begin("b", "192.0.2.2")
	d.begin("c", "192.0.2.3")
	d.begin("d", "192.0.2.3")
	d.begin("e", "192.0.2.3") // full: c, not a
	d.begin("f", "192.0.2.4") // has none: a
	if got := d.left("a", "b", "c", "d", "e", "f"); got != "bdef" {
		t.Errorf("left: %s", got)
	}
	// what was finished leaves its place, and what has expired too
	if _, err := d.store.drop(t.Context(), flows, hashOf("d")); err != nil {
		t.Fatal(err)
	}
	d.begin("g", "192.0.2.4")
	if got := d.left("b", "d", "e", "f", "g"); got != "befg" {
		t.Errorf("left: %s", got)
	}
	d.at = d.at.Add(flowTime)
	d.begin("h", "192.0.2.5")
	if got := d.left("b", "e", "f", "g", "h"); got != "h" {
		t.Errorf("left after their time: %s", got)
	}
	for _, order := range []string{":networks", ":ends"} {
		if n := d.client.ZCard(t.Context(), prefix+flows+order).Val(); n != 1 {
			t.Errorf("%d members are left in %s", n, order)
		}
	}
}

func TestWhatIsCountedByAddressIsCountedByNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "::ffff:192.0.2.1": "192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
		"127.0.0.1": "", "::1": "", "::ffff:127.0.0.9": "", "nowhere": "nowhere", "": "",
	} {
		if got := networkOf(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}

// Behind a tunnel, or a proxy that says nothing, everybody has the address of this machine:
// what some fail there must not shut the others out.
func TestTriesFromThisMachineCountByAccountAlone(t *testing.T) {
	d := newDesk(t)
	d.open("jean")
	try := func(name, passphrase, address string) error {
		_, err := d.SignIn(t.Context(), Attempt{Name: name, Passphrase: passphrase, Address: address})
		return err
	}
	for i := range 2 * freeOfNetwork {
		if err := try(fmt.Sprint("nobody", i), "wrong", "127.0.0.1"); !errors.Is(err, ErrRefused) {
			t.Fatal(err)
		}
	}
	if err := try("jean", phrase, "127.0.0.1"); err != nil {
		t.Errorf("others' failures: %v", err)
	}
	for i := range freeOfNetwork + 1 {
		_ = try(fmt.Sprint("nobody", i), "wrong", fmt.Sprintf("2001:db8::%d", i))
	}
	if _, ok := errors.AsType[Wait](try("jean", phrase, "2001:db8::ffff")); !ok {
		t.Error("a network may try for ever")
	}
	if err := try("jean", phrase, "2001:db8:0:1::1"); err != nil {
		t.Errorf("from another network: %v", err)
	}
}
