package sip

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func newTestLimiter(trusted func(netip.Addr) bool) (*limiter, *time.Time) {
	now := time.Unix(1_000_000, 0)
	l := newLimiter(Config{Trusted: trusted, Limits: Limits{}.withDefaults()}, func(netip.Addr) bool { return false })
	l.now = func() time.Time { return now }
	return l, &now
}

func nobody(netip.Addr) bool { return false }

func numbered4(n int) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(n)+11<<24)
	return netip.AddrFrom4(b)
}

// However many addresses somebody makes up, what is remembered is bounded, what
// all of them may say too, and nothing of it is left when they fall silent.
func TestAFloodOfAddressesIsBounded(t *testing.T) {
	l, now := newTestLimiter(nobody)
	admitted := 0
	for n := range 50_000 {
		*now = now.Add(100 * time.Microsecond)
		if l.admits(numbered4(n)) {
			admitted++
		}
		if len(l.sources) > maxSources {
			t.Fatalf("%d sources are remembered", len(l.sources))
		}
	}
	if most := 4*1000 + 5*1000; admitted > most+1 { // the burst, and five seconds
		t.Errorf("%d messages were admitted, %d may be", admitted, most)
	}
	for n := range 1000 {
		l.judge(numbered4(n), false)
	}
	*now = now.Add(silenceFor)
	l.sweep(*now)
	if len(l.sources) != 0 {
		t.Errorf("%d sources are remembered after a while", len(l.sources))
	}
}

func TestAStrangerHasItsRateAndATrunkNone(t *testing.T) {
	trunk := netip.MustParseAddr("192.0.2.1")
	l, now := newTestLimiter(func(a netip.Addr) bool { return a == trunk })
	count := func(from string, n int) (admitted int) {
		for range n {
			if l.admits(netip.MustParseAddr(from)) {
				admitted++
			}
		}
		return admitted
	}
	if n := count("192.0.2.9", 1000); n != 200 {
		t.Errorf("%d at once of a stranger, want the burst of 200", n)
	}
	if n := count("2001:db8::1", 150) + count("2001:db8::ffff", 150); n != 200 {
		t.Errorf("%d at once of one /64, want 200", n)
	}
	if n := count("192.0.2.1", 5000); n != 5000 {
		t.Errorf("%d of a trunk, want all", n)
	}
	*now = now.Add(time.Second)
	if n := count("192.0.2.9", 1000); n != 50 {
		t.Errorf("%d a second later, want 50", n)
	}
}

func TestWhoIsNeverRightIsSilencedForAWhile(t *testing.T) {
	l, now := newTestLimiter(nobody)
	scanner, clumsy := numbered4(1), numbered4(2)
	for n := range 2 * patienceWith {
		l.judge(scanner, false)
		l.judge(clumsy, n%10 == 9) // gets it right now and then
	}
	if l.admits(scanner) || !l.admits(clumsy) || l.silenced() != 1 {
		t.Errorf("scanner heard: %v, clumsy heard: %v, %d silenced", l.admits(scanner), l.admits(clumsy), l.silenced())
	}
	*now = now.Add(silenceFor)
	if !l.admits(scanner) || l.silenced() != 0 {
		t.Error("the scanner is silenced for good")
	}
}

// Who falls silent is forgotten, also if nobody else comes.
func TestStrangersAreForgottenThoughNobodyComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := newTestLimiter(nobody)
		l.now = time.Now
		defer l.stop()
		for n := range 5000 {
			l.admits(numbered4(n))
		}
		for range patienceWith {
			l.judge(numbered4(1), false)
		}
		left := func() int {
			l.mu.Lock()
			defer l.mu.Unlock()
			return len(l.sources)
		}
		time.Sleep(tidyEvery + time.Second)
		if n := left(); n != 1 {
			t.Errorf("%d are remembered, want the silenced one", n)
		}
		time.Sleep(silenceFor + tidyEvery)
		if n := left(); n != 0 {
			t.Errorf("%d are remembered after the silence", n)
		}
	})
}
