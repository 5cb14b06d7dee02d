package media

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The ports of these tests lie below those that the kernel hands out, and beside those that
// other tests take.
func TestPortsRestBeforeTheyAreUsedAgain(t *testing.T) {
	p := newPool(Address{Bind: netip.MustParseAddr("127.0.0.1")}, 31000, 31003, 10*time.Second)
	now := time.Unix(0, 0)
	p.now = func() time.Time { return now }
	a, err := p.take()
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.take()
	if err != nil {
		t.Fatal(err)
	}
	defer p.put(b, true)
	if a.port%2 != 0 || b.port%2 != 0 || a.port == b.port {
		t.Errorf("ports %d and %d, want two even ones", a.port, b.port)
	}
	p.put(a, true)
	now = now.Add(9 * time.Second)
	if _, err := p.take(); !errors.Is(err, ErrNoPorts) {
		t.Errorf("after 9 s: %v", err)
	}
	if used, resting, free := p.count(); used != 1 || resting != 1 || free != 0 {
		t.Errorf("%d used, %d resting, %d free", used, resting, free)
	}
	now = now.Add(time.Second)
	again, err := p.take()
	if err != nil || again.port != a.port {
		t.Fatalf("after 10 s: port %d, %v", again.port, err)
	}
	p.put(again, false)
	if again, err = p.take(); err != nil {
		t.Fatalf("a port that nobody was told of rests: %v", err)
	}
	p.put(again, true)
}

func TestAPortOfAnotherProcessIsPassedOver(t *testing.T) {
	host := netip.MustParseAddr("127.0.0.1")
	other, err := openSocket(netip.AddrPortFrom(host, 31101), rtcpBuffer) // the RTCP port of the first pair
	if err != nil {
		t.Fatal(err)
	}
	defer other.close()
	if _, err := openSocket(netip.AddrPortFrom(host, 31101), rtcpBuffer); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("bound twice: %v", err)
	}
	p := newPool(Address{Bind: host}, 31100, 31103, time.Second)
	got, err := p.take()
	if err != nil || got.port != 31102 {
		t.Fatalf("took %d, %v", got.port, err)
	}
	defer p.put(got, true)
	if _, err := p.take(); !errors.Is(err, ErrNoPorts) {
		t.Errorf("took a pair of which one is taken: %v", err)
	}
}

// Who knows one port of ours does not know the next.
func TestPortsAreHandedOutAtRandom(t *testing.T) {
	pool := func() []uint16 {
		return newPool(Address{Bind: netip.MustParseAddr("127.0.0.1")}, 31200, 31399, time.Second).free
	}
	first, second := pool(), pool()
	if len(first) != 100 || slices.IsSorted(first) || slices.Equal(first, second) {
		t.Errorf("%d pairs, in the order %v and then %v", len(first), first, second)
	}
}

func TestTheLatch(t *testing.T) {
	peer := netip.MustParseAddrPort("192.0.2.1:4000")
	port := netip.MustParseAddrPort("192.0.2.1:4444")
	third := netip.MustParseAddrPort("192.0.2.1:5555")
	other := netip.MustParseAddrPort("198.51.100.66:4000")
	var none netip.Addr
	type try struct {
		from      netip.AddrPort
		tick      int64
		ok, locks bool
	}
	for name, c := range map[string]struct {
		source netip.Addr
		tries  []try
	}{
		"the negotiated address locks at once": {none, []try{
			{other, 0, false, false},
			{peer, 1, true, true},
			{port, 2, false, false},
			{peer, 3, true, false},
		}},
		"another port of the host is taken after the grace": {none, []try{
			{port, 0, true, false},
			{port, 9, true, false},
			{other, 9, false, false},
			{port, 10, true, true},
			{third, 11, false, false},
			{port, 12, true, false},
			{peer, 13, false, false},
			{port, 19, true, false},
			{peer, 28, false, false},
		}},
		"where it was negotiated it is heard once that falls silent": {none, []try{
			{port, 0, true, false},
			{port, 5, true, false},
			{port, 10, true, true},
			{peer, 100, true, true},
			{port, 101, false, false},
			{peer, 102, true, false},
		}},
		"who sends once and is silent is none": {none, []try{
			{third, 0, true, false},
			{port, 9, false, false},
			{port, 20, true, false},
			{third, 25, false, false},
			{port, 29, true, false},
			{port, 30, true, true},
		}},
		"nor who sends now and then": {none, []try{
			{third, 0, true, false},
			{third, 50, true, false},
			{port, 60, true, false},
			{port, 69, true, false},
			{port, 70, true, true},
		}},
		"within the grace the negotiated port wins": {none, []try{
			{port, 0, true, false},
			{peer, 5, true, true},
			{port, 6, false, false},
		}},
		"a stranger never is": {none, []try{
			{other, 0, false, false},
			{other, 50, false, false},
		}},
		"behind an address translator it sends from where it signals": {other.Addr(), []try{
			{other, 0, true, false},
			{port, 5, false, false},
			{netip.MustParseAddrPort("203.0.113.9:4000"), 6, false, false},
			{other, 9, true, false},
			{other, 12, true, true},
		}},
	} {
		l := latch{negotiated: peer, translated: c.source}
		for i, tr := range c.tries {
			if ok, locks := l.admit(tr.from, tr.tick); ok != tr.ok || locks != tr.locks {
				t.Errorf("%s: packet %d: %v %v, want %v %v", name, i, ok, locks, tr.ok, tr.locks)
			}
		}
	}
	held := latch{translated: other.Addr()}
	if ok, _ := held.admit(other, 1); ok {
		t.Error("a packet was admitted while nothing was negotiated")
	}
}

func TestOnlyAnAddressOfAPrivateNetworkIsTranslated(t *testing.T) {
	source := netip.MustParseAddr("203.0.113.9")
	for named, want := range map[string]bool{
		"192.168.1.5": true, "10.0.0.1": true, "172.31.2.3": true, "100.64.9.9": true, "169.254.3.4": true, "fd00::1": true,
		"192.0.2.1": false, "127.0.0.1": false, "100.128.0.1": false, "2001:db8::1": false, "203.0.113.9": false,
	} {
		if got := translated(netip.MustParseAddr(named), source); got.IsValid() != want {
			t.Errorf("%s: %v", named, got)
		}
	}
	inside := netip.MustParseAddr("10.0.0.1")
	if got := translated(inside, inside); got.IsValid() {
		t.Errorf("a phone of our own network: %v", got)
	}
}

func TestARingGivesBackWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRing(64)
		var in, out []int16
		for i := range rapid.IntRange(1, 100).Draw(t, "steps") {
			n := rapid.IntRange(0, 80).Draw(t, "n")
			if i%2 == 0 {
				pcm := make([]int16, n)
				for k := range pcm {
					pcm[k] = int16(len(in) + k)
				}
				in = append(in, pcm[:r.write(pcm)]...)
				continue
			}
			pcm := make([]int16, n)
			out = append(out, pcm[:r.take(pcm)]...)
		}
		rest := make([]int16, 64)
		out = append(out, rest[:r.take(rest)]...)
		if !slices.Equal(in, out) {
			t.Fatalf("wrote %v, read %v", in, out)
		}
	})
}

func TestLiveSoundDropsItsOldest(t *testing.T) {
	l := newLive()
	l.due = FrameSamples // it was read in the tick before
	for i := range 10 {
		l.write(&Frame{PCM: slices.Repeat([]int16{int16(i)}, FrameSamples), Rate: Rate})
	}
	f := &Frame{PCM: make([]int16, FrameSamples, wideSamples), Rate: Rate, At: FrameSamples}
	if !l.read(f) || f.PCM[0] != 8 {
		t.Errorf("read frame %d, want the last but one", f.PCM[0])
	}
	if n := l.dropped.Load(); n != 8*FrameSamples {
		t.Errorf("%d samples dropped", n)
	}
	if f.At += FrameSamples; !l.read(f) || l.read(f) {
		t.Error("want one more frame and no other")
	}
}

// What was lost is made up from both sides, if both are there: the onset of a word, too.
func TestALostPacketIsMadeUpFromBothSides(t *testing.T) {
	for scale := 1; scale <= 2; scale++ {
		frame := 160 * scale
		voice := func(hz float64, level int, from int) []int16 {
			pcm := make([]int16, frame)
			for i := range pcm {
				at := float64(from+i) / float64(Rate*scale)
				pcm[i] = int16(float64(level) * (math.Sin(2*math.Pi*hz*at) + 0.5*math.Sin(4*math.Pi*hz*at)))
			}
			return pcm
		}
		c := concealer{scale: scale}
		for range 4 {
			c.heard(make([]int16, frame))
		}
		after := voice(150, 6000, 0)
		made := make([]int16, frame)
		c.conceal(made, after)
		if l := level(made[frame/2:]); l < level(after)/8 {
			t.Errorf("scale %d: the onset is at %.0f, what follows at %.0f", scale, l, level(after))
		}
		// the voice itself goes up to 1,400 from sample to sample
		if step := int(after[0]) - int(made[frame-1]); step > 2800 || step < -2800 {
			t.Errorf("scale %d: a step of %d into what follows", scale, step)
		}
		want := slices.Clone(after)
		if c.heard(after); !slices.Equal(after, want) {
			t.Errorf("scale %d: what follows was changed", scale)
		}
	}
}

func TestALostPacketOfAToneIsHardlyHeard(t *testing.T) {
	c := concealer{scale: 1}
	wave := func(from, n int) []int16 {
		pcm := make([]int16, n)
		for i := range pcm {
			pcm[i] = int16(8000 * math.Sin(2*math.Pi*170*float64(from+i)/Rate))
		}
		return pcm
	}
	c.heard(wave(0, 800))
	made := make([]int16, 160)
	c.conceal(made, nil)
	off := 0.0
	for i, v := range wave(800, 80) {
		off = max(off, math.Abs(float64(v-made[i])))
	}
	if off > 800 {
		t.Errorf("the first 10 ms are off by %v of 8000", off)
	}
	for range 3 {
		c.conceal(made, nil)
	}
	if slices.Max(made) != 0 {
		t.Error("after 60 ms it still sounds")
	}
	back := wave(0, 160)
	c.heard(back)
	if back[0] != 0 || back[159] != wave(159, 1)[0] {
		t.Error("the real sound does not come back smoothly")
	}
}

func read(t *testing.T, src Source, limit int) (pcm []int16, done bool) {
	t.Helper()
	for len(pcm) < limit {
		f := Frame{PCM: make([]int16, FrameSamples), Rate: Rate}
		ok, end := src.ReadFrame(&f)
		if ok {
			pcm = append(pcm, f.PCM...)
		}
		if end {
			return pcm, true
		}
		if !ok {
			return pcm, false
		}
	}
	return pcm, false
}

func TestSourcesLastAsLongAsTheyShould(t *testing.T) {
	for name, c := range map[string]struct {
		src  Source
		want int // samples; 0 means for ever
	}{
		"clip":            {NewClip(make([]int16, 1234)), 1234},
		"empty clip":      {NewClip(nil), -1},
		"loop":            {NewLoop(make([]int16, 77)), 0},
		"empty loop":      {NewLoop(nil), -1},
		"tone":            {NewTone(440, 100*time.Millisecond), 800},
		"endless tone":    {NewTone(440, 0), 0},
		"silence":         {NewSilence(50 * time.Millisecond), 400},
		"endless silence": {NewSilence(0), 0},
		"ringback":        {NewRingback(), 0},
		"hold music":      {NewHoldMusic(), 0},
		"echo of nothing": {NewEcho(), 0},
	} {
		pcm, done := read(t, c.src, 20*Rate)
		if done != (c.want != 0) || c.want > 0 && len(pcm) != c.want {
			t.Errorf("%s: %d samples, done %v", name, len(pcm), done)
		}
	}
}

func TestALoopHasNoSeam(t *testing.T) {
	pcm, _ := read(t, NewLoop([]int16{1, 2, 3, 4, 5, 6, 7}), 2000)
	for i, v := range pcm {
		if int(v) != i%7+1 {
			t.Fatalf("sample %d is %d", i, v)
		}
	}
}

func TestRingbackHasItsCadence(t *testing.T) {
	pcm, _ := read(t, NewRingback(), 10*Rate)
	for i := 0; i < 10*Rate; i += Rate / 10 {
		sounds := slices.Max(pcm[i:i+Rate/10]) > 1000
		if want := i%(5*Rate) < Rate*3/2; sounds != want {
			t.Errorf("at %d ms: sounds %v", i/8, sounds)
		}
	}
}

func TestHoldMusicIsMildAndHasNoHole(t *testing.T) {
	pcm, _ := read(t, NewHoldMusic(), 40*Rate)
	if top := slices.Max(pcm); top > 10000 || top < 6000 {
		t.Errorf("its peak is %d", top)
	}
	for i := 0; i+Rate/2 <= len(pcm); i += Rate / 2 {
		if slices.Max(pcm[i:i+Rate/2]) < 800 {
			t.Errorf("a hole at %d ms", i/8)
		}
	}
	step := 0
	for i := 1; i < len(pcm); i++ {
		step = max(step, int(math.Abs(float64(pcm[i])-float64(pcm[i-1]))))
	}
	if step > 9000 {
		t.Errorf("a click: a step of %d", step)
	}
}

func TestAKeyCannotBePrinted(t *testing.T) {
	ev := Event{Kind: Digit, Key: NewKey('7')}
	nested := struct{ hidden any }{&ev}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("event", slog.Any("event", ev), slog.Any("key", ev.Key))
	_, logged, _ := strings.Cut(log.String(), "msg=") // what stands before it is the time
	for _, text := range []string{
		fmt.Sprint(ev), fmt.Sprintf("%+v %#v %d %c %q %x", ev.Key, ev.Key, ev.Key, ev.Key, ev.Key, ev.Key),
		fmt.Sprintf("%v", nested), logged,
	} {
		if text = regexp.MustCompile(`0x[0-9a-f]+`).ReplaceAllString(text, "address"); strings.Contains(text, "7") || strings.Contains(text, "55") {
			t.Errorf("printed %s", text) // as a character, or its number
		}
	}
	if !strings.Contains(log.String(), "[key]") {
		t.Errorf("logged %s", log.String())
	}
	if ev.Key.Byte() != '7' || (Key{}).Byte() != 0 {
		t.Error("the redactor cannot read it")
	}
}

func TestConfigSaysWhatIsWrong(t *testing.T) {
	for _, c := range []Config{
		{Addresses: []Address{{Bind: netip.IPv4Unspecified()}}},
		{Addresses: []Address{{Bind: netip.MustParseAddr("::1"), Advertise: netip.MustParseAddr("192.0.2.1")}}},
		{Addresses: []Address{{Advertise: netip.MustParseAddr("192.0.2.1")}}},
		{PortMin: 20000, PortMax: 20000},
		{Jitter: time.Second},
		{Shards: -1},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
}

func TestAStallIsCaughtUp(t *testing.T) {
	o := stepped(t)
	sh := o.shard
	sh.admit()
	sh.slots[0], sh.slots[1] = []*Session{o.Session}, nil
	origin := time.Now().Add(-2 * FrameTime)
	ticks := func(origin time.Time) uint64 { return uint64(time.Since(origin) / FrameTime) } // a busy machine makes it more
	next := sh.catchUp(origin, 1)
	if sent := o.Stats().Sent; sent < 2 || sent > ticks(origin) {
		t.Errorf("%d packets in %d ticks", sent, ticks(origin))
	}
	origin = origin.Add(-200 * time.Millisecond)
	next = sh.catchUp(origin, next)
	if sent := o.Stats().Sent; sent < 12 || sent > ticks(origin) {
		t.Errorf("%d packets in %d ticks, after a stall of 200 ms", sent, ticks(origin))
	}
	before := o.Stats().Sent
	sh.catchUp(origin.Add(-time.Hour), next)
	if sent := o.Stats().Sent - before; sent > 33 {
		t.Errorf("%d packets after a stall of an hour", sent)
	}
	if sh.skipped.Load() < 180_000 {
		t.Errorf("%d ticks skipped", sh.skipped.Load())
	}
}

func TestAWaitingWriterIsWokenForHalfASecondOfRoom(t *testing.T) {
	st := NewStream()
	if n := st.ring.write(make([]int16, streamLength)); n != streamLength {
		t.Fatalf("%d samples fit", n)
	}
	var pcm [FrameSamples]int16
	frames := 0
	for len(st.room) == 0 {
		frames++
		if ok, done := st.ReadFrame(&Frame{PCM: pcm[:], Rate: Rate}); !ok || done {
			t.Fatalf("frame %d: played %v, done %v", frames, ok, done)
		}
	}
	if want := (streamRoom + FrameSamples - 1) / FrameSamples; frames != want {
		t.Errorf("woken after %d frames, want %d", frames, want)
	}
}
