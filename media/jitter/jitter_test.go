package jitter

import (
	"encoding/binary"
	"reflect"
	"slices"
	"sort"
	"testing"

	"pgregory.net/rapid"
)

const frame = 160

// packet is number i of a source that began at sequence and timestamp base.
func packet(base, i int) Packet {
	payload := make([]byte, frame)
	binary.BigEndian.PutUint32(payload, uint32(i))
	return Packet{
		SSRC: 1, Sequence: uint16(base + i), Timestamp: uint32(base+i) * frame,
		Samples: frame, Payload: payload, Marker: i == 0,
	}
}

// number is the i of a packet made above.
func number(p Piece) int { return int(binary.BigEndian.Uint32(p.Payload)) }

// play pops one frame and says which packet it was, or minus its kind.
func play(b *Buffer) int {
	p := b.Pop(frame)
	if p.Kind != Sound {
		return -int(p.Kind)
	}
	return number(p)
}

func fill(b *Buffer, base, n int) {
	for i := range n {
		b.Push(packet(base, i))
	}
}

func TestNothingPlaysUntilTheDepthIsHeld(t *testing.T) {
	b := New(Config{Depth: 3 * frame})
	b.Push(packet(0, 0))
	b.Push(packet(0, 1))
	if got := b.Pop(frame).Kind; got != Idle {
		t.Fatalf("popped kind %d with 40 ms held, want idle", got)
	}
	b.Push(packet(0, 2))
	for want := range 3 {
		if got := play(b); got != want {
			t.Fatalf("played %d, want %d", got, want)
		}
	}
}

func TestAShortBurstPlaysAfterTheDepthHasPassed(t *testing.T) {
	b := New(Config{Depth: 3 * frame})
	fill(b, 0, 2)
	var got []int
	for range 5 {
		got = append(got, play(b))
	}
	if want := []int{0, 0, 0, 0, 1}; !slices.Equal(got, want) {
		t.Errorf("played %v, want %v", got, want)
	}
}

func TestOnePacketIsNoSource(t *testing.T) {
	b := New(Config{Depth: frame})
	if v := b.Push(packet(0, 0)); v != Probation {
		t.Errorf("the first packet is %d, want on probation", v)
	}
	for range 5 {
		if got := b.Pop(frame).Kind; got != Idle {
			t.Fatalf("popped kind %d, want idle", got)
		}
	}
	if v := b.Push(packet(0, 1)); v != Adopted {
		t.Errorf("the second packet is %d, want adopted", v)
	}
}

func TestDuplicatesAreDroppedBeforeAndAfterTheyPlayed(t *testing.T) {
	b := New(Config{Depth: 2 * frame})
	fill(b, 0, 3)
	if v := b.Push(packet(0, 2)); v != Duplicate {
		t.Errorf("held twice: %d", v)
	}
	play(b)
	if v := b.Push(packet(0, 0)); v != Duplicate {
		t.Errorf("played twice: %d", v)
	}
}

func TestALatePacketIsDropped(t *testing.T) {
	b := New(Config{Depth: 2 * frame})
	fill(b, 0, 2)
	b.Push(packet(0, 3))
	got := []int{play(b), play(b), play(b), play(b)}
	if want := []int{0, 1, -int(Hole), 3}; !slices.Equal(got, want) {
		t.Fatalf("played %v, want %v", got, want)
	}
	if v := b.Push(packet(0, 2)); v != Late {
		t.Errorf("verdict %d, want late", v)
	}
	if s := b.Stats(); s.Lost != 1 {
		t.Errorf("%d lost, want 1", s.Lost)
	}
}

func TestAPacketThatIsNextButLateStretchesTheDelay(t *testing.T) {
	b := New(Config{Depth: 2 * frame})
	fill(b, 0, 2)
	got := []int{play(b), play(b), play(b)}
	for i := 2; i < 5; i++ {
		if v := b.Push(packet(0, i)); v != Kept {
			t.Fatalf("packet %d: verdict %d", i, v)
		}
		got = append(got, play(b))
	}
	if want := []int{0, 1, -int(Hole), 2, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("played %v, want %v", got, want)
	}
}

func TestALeapOfSequenceNeedsTwoPackets(t *testing.T) {
	b := New(Config{Depth: frame})
	fill(b, 0, 3)
	play(b)
	if v := b.Push(packet(30000, 0)); v != Probation {
		t.Errorf("leap: verdict %d, want probation", v)
	}
	if got := play(b); got != 1 {
		t.Errorf("the old source was interrupted: played %d", got)
	}
	if v := b.Push(packet(30000, 1)); v != Adopted {
		t.Errorf("second after leap: verdict %d, want adopted", v)
	}
	if got := play(b); got != 0 {
		t.Errorf("played %d, want the first of the new row", got)
	}
}

// What is a leap, RFC 3550 A.1 says: 3000 ahead, or 100 back.
func TestALeapIsOf3000AheadOr100Back(t *testing.T) {
	for step, leaps := range map[int]bool{1: false, 2999: false, 3000: true, 30000: true, -99: false, -100: true, -30000: true} {
		b := New(Config{Depth: frame})
		fill(b, 60000, 3)
		if v := b.Push(packet(60000, 2+step)); (v == Probation) != leaps {
			t.Errorf("%d on: verdict %d", step, v)
		}
		if step < 0 {
			step -= 4
		}
		if v := b.Push(packet(60000, 2+step+2)); leaps && v != Probation { // not the next of the one before
			t.Errorf("then %d on: verdict %d", step+2, v)
		}
	}
}

func TestAStrayPacketDoesNotResync(t *testing.T) {
	b := New(Config{Depth: frame})
	fill(b, 0, 3)
	b.Push(packet(30000, 0))
	b.Push(packet(0, 3))
	if v := b.Push(packet(30000, 1)); v != Probation {
		t.Errorf("verdict %d, want probation again", v)
	}
	for want := range 4 {
		if got := play(b); got != want {
			t.Errorf("played %d, want %d", got, want)
		}
	}
}

func TestANewSSRCTakesOverAfterTwoPackets(t *testing.T) {
	b := New(Config{Depth: frame})
	fill(b, 0, 2)
	play(b)
	other := packet(500, 7)
	other.SSRC = 2
	if v := b.Push(other); v != Probation {
		t.Errorf("verdict %d, want probation", v)
	}
	other = packet(500, 8)
	other.SSRC = 3 // in sequence, but of a third
	if v := b.Push(other); v != Probation {
		t.Errorf("one packet each of two others: verdict %d, want probation", v)
	}
	for i, want := range []Verdict{Probation, Adopted} {
		other = packet(500, 7+i)
		other.SSRC = 2
		if v := b.Push(other); v != want {
			t.Errorf("verdict %d, want %d", v, want)
		}
	}
	if got := play(b); got != 7 {
		t.Errorf("played %d, want 7", got)
	}
}

func TestSequenceAndTimestampWrap(t *testing.T) {
	b := New(Config{Depth: 8 * frame})
	base := 65533
	for i := range 8 {
		p := packet(base, i)
		p.Timestamp = uint32(i)*frame - 3*frame
		b.Push(p)
	}
	for want := range 8 {
		if got := play(b); got != want {
			t.Fatalf("played %d, want %d", got, want)
		}
	}
}

func TestSilenceThatWasNotSentIsNotLost(t *testing.T) {
	b := New(Config{Depth: 2 * frame})
	fill(b, 0, 2)
	for i := 2; i < 4; i++ { // sequence goes on, time has a hole of 3 packets
		p := packet(0, i)
		p.Timestamp += 3 * frame
		b.Push(p)
	}
	var got []int
	for range 7 {
		got = append(got, play(b))
	}
	pause := -int(Pause)
	if want := []int{0, 1, pause, pause, pause, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("played %v, want %v", got, want)
	}
	if s := b.Stats(); s.Lost != 0 {
		t.Errorf("%d lost, want none", s.Lost)
	}
}

func TestEventsFillSequenceNumbersOnly(t *testing.T) {
	b := New(Config{Depth: frame})
	fill(b, 0, 2)
	b.Push(Packet{SSRC: 1, Sequence: 2, Timestamp: 2 * frame})
	b.Push(Packet{SSRC: 1, Sequence: 3, Timestamp: 2 * frame})
	p := packet(0, 2)
	p.Sequence = 4
	b.Push(p)
	for want := range 3 {
		if got := play(b); got != want {
			t.Errorf("played %d, want %d", got, want)
		}
	}
	if s := b.Stats(); s.Lost != 0 {
		t.Errorf("%d lost, want none", s.Lost)
	}
}

func TestALeapOfTimestampsBeginsAgain(t *testing.T) {
	b := New(Config{Depth: frame})
	fill(b, 0, 2)
	for i := 2; i < 5; i++ {
		p := packet(0, i)
		p.Timestamp += 1 << 30
		b.Push(p)
	}
	var got []int
	for range 6 {
		got = append(got, play(b))
	}
	if want := []int{0, 1, 0, 2, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("played %v, want %v", got, want)
	}
}

func TestAPathThatBecameSlowerIsFollowed(t *testing.T) {
	b := New(Config{Depth: 2 * frame})
	fill(b, 0, 2)
	for range 30 { // 600 ms without a packet
		play(b)
	}
	kept := 0
	for i := 2; i < 30; i++ {
		if v := b.Push(packet(0, i)); v == Kept {
			kept++
		}
		play(b)
	}
	if kept < 20 {
		t.Errorf("kept %d of 28 packets after the path changed", kept)
	}
}

func TestABurstAfterAStallLeavesNoDelay(t *testing.T) {
	b := New(Config{Depth: 3 * frame})
	next := 0
	push := func() { b.Push(packet(0, next)); next++ }
	for range 50 {
		push()
		play(b)
	}
	for range 10 { // nobody pops for 200 ms, and then is not caught up
		push()
	}
	for range 250 {
		push()
		play(b)
	}
	if delay := next - 1 - play(b); delay > 5 {
		t.Errorf("still %d packets behind", delay)
	}
}

// A sender whose clock is off by 100 ppm for an hour: the delay stays.
func TestClockDriftDoesNotAddUp(t *testing.T) {
	fixed, following := Config{Depth: 3 * frame}, Config{Depth: 3 * frame, Least: frame, Most: 10 * frame}
	for i, ppm := range []int{-100, 0, 100, -100, 0, 100} {
		b := New([]Config{fixed, following}[i/3])
		sent, last := 0, 0
		for tick := range 180_000 {
			for sent*1_000_000 <= tick*(1_000_000+ppm) {
				b.Push(packet(0, sent))
				sent++
			}
			if got := play(b); got > 0 {
				last = got
			}
		}
		if behind := sent - 1 - last; behind < 0 || behind > 5 {
			t.Errorf("%d ppm: %d packets behind after an hour", ppm, behind)
		}
		// 100 ppm of an hour is 18 packets: no more than these may go.
		if s := b.Stats(); s.Skipped+s.Lost+s.Stretched > 25 {
			t.Errorf("%d ppm: %+v", ppm, s)
		}
	}
}

// Whatever order and however often packets come, if each comes within the depth
// then all are played, once, in order, without a hole.
func TestReorderingWithinTheDepthIsHealed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const depth = 4
		n := rapid.IntRange(10, 120).Draw(t, "packets")
		base := rapid.IntRange(0, 70000).Draw(t, "base")
		type arrival struct{ at, i int }
		var line []arrival
		for i := range n {
			late := 0
			if i > 1 { // the first two make the source
				late = rapid.IntRange(0, (depth-2)*20).Draw(t, "late ms")
			}
			line = append(line, arrival{i*20 + late, i})
			if i > 1 && rapid.IntRange(0, 9).Draw(t, "twice") == 0 {
				line = append(line, arrival{i*20 + late + 20, i})
			}
		}
		sort.SliceStable(line, func(i, j int) bool { return line[i].at < line[j].at })
		b := New(Config{Depth: depth * frame})
		want := 0
		for now := 10; want < n && now < n*20+1000; now += 20 {
			for len(line) > 0 && line[0].at <= now {
				b.Push(packet(base, line[0].i))
				line = line[1:]
			}
			p := b.Pop(frame)
			switch {
			case p.Kind == Idle && want == 0:
			case p.Kind != Sound:
				t.Fatalf("kind %d when packet %d was due", p.Kind, want)
			case number(p) != want:
				t.Fatalf("played %d, want %d", number(p), want)
			default:
				want++
			}
		}
		if want < n {
			t.Fatalf("played %d of %d", want, n)
		}
	})
}

// Whatever comes, Pop gives time without end, no packet twice, and within a source no
// sound that is not after what was played before it.
func FuzzBuffer(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add([]byte{0, 1, 200, 201, 3, 3, 2, 250, 251, 255, 0, 128, 129})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, cfg := range []Config{{Depth: 3 * frame}, {Depth: 3 * frame, Least: frame, Most: 10 * frame}} {
			l := listener{t: t, b: New(cfg)}
			seq, ts := uint16(0), uint32(0)
			for _, op := range data {
				p, pops := Packet{SSRC: 1, Samples: frame, Marker: op&64 != 0}, 1
				switch op >> 6 {
				case 0: // a step on
					seq, ts = seq+uint16(op&7), ts+uint32(op&7)*frame
				case 1: // a step back
					seq, ts = seq-uint16(op&7), ts-uint32(op&7)*frame
				case 2: // a leap
					seq, ts = seq+uint16(op)*300, ts+uint32(op)*100_000
				case 3: // another source, or an event; then nothing for up to a second
					p.SSRC, p.Samples = uint32(op&3), uint32(op&4)*40
					pops += int(op>>3&7) * 8
				}
				p.Sequence, p.Timestamp = seq, ts
				l.push(p)
				for range pops {
					l.pop()
				}
			}
		}
	})
}

// A listener holds a buffer to what it promises.
type listener struct {
	t *testing.T
	b *Buffer

	pushed []Packet // of which the payload is the index
	played []bool   // by the same
	kept   int      // packets that the buffer took
	sounds int      // that it gave back
	begun  bool     // something of this source was played
	end    uint32   // RTP time up to which it was
}

func (l *listener) push(p Packet) {
	p.Payload = make([]byte, frame)
	binary.BigEndian.PutUint32(p.Payload, uint32(len(l.pushed)))
	l.pushed, l.played = append(l.pushed, p), append(l.played, false)
	lates := l.b.lates
	switch l.b.Push(p) {
	case Adopted:
		l.begun = false
		l.kept += 2
	case Kept:
		l.kept++
		// The third late packet in a row begins the source anew, further back.
		if lates == lateInARow-1 && l.begun && !later(p.Timestamp+p.Samples, l.end) {
			l.begun = false
		}
	default:
	}
}

func (l *listener) pop() {
	t, b := l.t, l.b
	t.Helper()
	before := b.Stats()
	piece := b.Pop(frame)
	if piece.Samples == 0 || piece.Samples > frame {
		t.Fatalf("%d samples of time passed, of %d", piece.Samples, frame)
	}
	if piece.Kind == Sound {
		l.sound(piece)
	}
	after := b.Stats()
	if b.held < 0 || b.held > slots || l.sounds+b.held+int(after.Skipped) > l.kept {
		t.Fatalf("of %d packets %d were played, %d left out, and %d wait", l.kept, l.sounds, after.Skipped, b.held)
	}
	if lost := after.Lost - before.Lost; lost > maxDropout+slots {
		t.Fatalf("%d packets were lost at once", lost)
	}
	if after.Depth < b.config.Least || after.Depth > b.config.Most {
		t.Fatalf("a depth of %d, not of %d to %d", after.Depth, b.config.Least, b.config.Most)
	}
}

// sound checks that a packet is one that was pushed, not played yet, and next in time.
func (l *listener) sound(piece Piece) {
	n := int(binary.BigEndian.Uint32(piece.Payload))
	p := l.pushed[n]
	switch {
	case len(piece.Payload) != len(p.Payload) || piece.Samples != p.Samples || p.SSRC != l.b.ssrc:
		l.t.Fatalf("packet %d came out as %d samples of %d bytes, while source %d played", n, piece.Samples, len(piece.Payload), l.b.ssrc)
	case l.played[n]:
		l.t.Fatalf("packet %d was played twice", n)
	case l.begun && later(l.end, p.Timestamp):
		l.t.Fatalf("packet %d, of time %d, was played after time %d", n, p.Timestamp, l.end)
	}
	l.played[n], l.begun, l.end = true, true, p.Timestamp+p.Samples
	l.sounds++
}

// Before a talkspurt the buffer fills up again: what comes then and is older than what was
// played has missed its turn, as it would have a moment before.
func TestAPacketOfBeforeDoesNotComeBackAfterAPause(t *testing.T) {
	b := New(Config{Depth: 2 * frame})
	for _, i := range []int{0, 1, 3} {
		b.Push(packet(0, i))
	}
	for range 6 { // 0, 1, what is missing, 3, and nothing
		b.Pop(frame)
	}
	next := packet(0, 4)
	next.Marker = true
	b.Push(next)
	if v := b.Push(packet(0, 2)); v != Late {
		t.Errorf("the missing packet is judged %d after the one that follows it, want %d", v, Late)
	}
	b.Push(packet(0, 5))
	for want := 4; want < 6; want++ {
		if got := play(b); got != want {
			t.Errorf("played %d, want %d", got, want)
		}
	}
}

// A path that became slower is the same source: a copy of what it played stays one.
func TestAPathThatBecameSlowerRepeatsNothing(t *testing.T) {
	b := New(Config{Depth: 2 * frame})
	fill(b, 0, 2)
	for range 20 {
		b.Pop(frame)
	}
	for i := range lateInARow {
		b.Push(packet(0, 2+i))
	}
	if v := b.Push(packet(0, 1)); v != Late {
		t.Errorf("a packet that was played is judged %d, want %d", v, Late)
	}
	b.Push(packet(0, 5))
	if got := play(b); got != 4 {
		t.Errorf("played %d, want 4", got)
	}
}

func TestNothingIsAllocatedForAPacket(t *testing.T) {
	b := New(Config{Depth: 3 * frame})
	i, p := 0, packet(0, 0)
	n := testing.AllocsPerRun(1000, func() {
		p.Sequence, p.Timestamp = uint16(i), uint32(i)*frame
		b.Push(p)
		b.Pop(frame)
		i++
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPacket(b *testing.B) {
	buf := New(Config{Depth: 3 * frame})
	p := packet(0, 0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Sequence, p.Timestamp = uint16(i), uint32(i)*frame
		buf.Push(p)
		buf.Pop(frame)
	}
}

// A buffer that is used again for another call is as a new one.
func TestARenewedBufferIsANewOne(t *testing.T) {
	b := New(Config{Depth: 480})
	for i := range 200 {
		if i%7 != 3 {
			b.Push(packet(1000, i))
		}
		b.Pop(frame)
	}
	if b.Stats() == (Stats{}) {
		t.Fatal("nothing happened to it")
	}
	b.Renew(Config{Depth: 480})
	if fresh := New(Config{Depth: 480}); !reflect.DeepEqual(b, fresh) {
		t.Error("something of the call before is left")
	}
}

// A buffer for short packets takes long ones too, and keeps what it held.
func TestLongPacketsAreTakenAmongShortOnes(t *testing.T) {
	b := New(Config{Depth: 2 * frame})
	long := func(i, samples int) Packet {
		p := packet(0, i)
		p.Payload = make([]byte, samples)
		p.Samples = uint32(samples)
		binary.BigEndian.PutUint32(p.Payload, uint32(i))
		p.Payload[samples-1] = byte(i)
		return p
	}
	b.Push(long(0, frame))
	b.Push(long(1, frame))
	b.Push(long(2, MaxPayload))
	for i, want := range []int{frame, frame, MaxPayload} {
		p := b.Pop(frame)
		if p.Kind != Sound || len(p.Payload) != want || number(p) != i || p.Payload[want-1] != byte(i) {
			t.Errorf("packet %d is of kind %d, %d bytes", i, p.Kind, len(p.Payload))
		}
	}
}
