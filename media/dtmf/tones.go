package dtmf

// Tones hears the keys of a peer that sends no events for them, in the sound itself
// (ITU-T Q.23, Q.24): each is two sines, one of four low and one of four high
// frequencies. It looks at 20 ms every 10 ms, so that a tone of 40 ms, the shortest
// that counts, shows in three. The zero value waits for the first frame. It is for
// 8 kHz, and allocates nothing.
type Tones struct {
	past    [look]int16 // the end of what was heard before
	digit   byte        // of the last look; 0: none
	same    int         // looks in a row that showed it
	pressed byte        // told, and not yet let go
	absent  int         // looks in a row without it
}

const (
	look = 160 // samples
	hop  = look / 2

	leastLooks  = 3 // that show a key: shorter is no press
	goneLooks   = 2 // that do not: shorter is a dropout, not a second press
	lowTones    = 4
	toneCount   = 8
	highestTone = toneCount - lowTones
)

// limits say what is the sound of a key.
type limits struct {
	level   float32 // mean square, at least
	purity  float32 // part of the sound that the two sines are, though they may be 1.5 % off
	group   float32 // a sine is so many times stronger than the next of its group
	twist   float32 // the high one may be so many times stronger
	reverse float32 // or the low one
}

//nolint:gochecknoglobals // read-only
var (
	counted  = limits{level: 1e4, purity: 0.57, group: 8, twist: 4, reverse: 2.6} // -45 dB of full scale; 6 and 4 dB
	screened = limits{level: 1e3, purity: 0.4, group: 4, twist: 10, reverse: 6.3} // -55 dB; 10 and 8 dB
)

// coefficients are 2·cos(2πf/8000) of 697, 770, 852, 941, 1209, 1336, 1477, 1633 Hz.
//
//nolint:gochecknoglobals // a read-only table
var coefficients = [toneCount]float32{
	1.7077378, 1.6452810, 1.5686870, 1.4782046, 1.1641040, 0.9963702, 0.7986184, 0.5685327,
}

//nolint:gochecknoglobals // a read-only table
var keys = [lowTones][highestTone]byte{{'1', '2', '3', 'A'}, {'4', '5', '6', 'B'}, {'7', '8', '9', 'C'}, {'*', '0', '#', 'D'}}

// Frame hears 20 ms and gives the key whose press it shows, once for each press.
func (t *Tones) Frame(pcm []int16) (digit byte, ok bool) {
	if len(pcm) != look {
		return 0, false
	}
	var window [look + hop]int16
	copy(window[:], t.past[hop:])
	copy(window[hop:], pcm)
	copy(t.past[:], pcm)
	for at := 0; at <= hop; at += hop {
		if d, pressed := t.look(window[at : at+look]); pressed {
			digit, ok = d, true
		}
	}
	return digit, ok
}

// look judges one window.
func (t *Tones) look(pcm []int16) (digit byte, pressed bool) {
	d := toneBy(pcm, &counted)
	if d != t.digit {
		t.digit, t.same = d, 0
	}
	t.same++
	if t.pressed != 0 {
		if d == t.pressed {
			t.absent = 0
			return 0, false
		}
		if t.absent++; t.absent < goneLooks {
			return 0, false
		}
		t.pressed = 0
	}
	if d == 0 || t.same < leastLooks {
		return 0, false
	}
	t.pressed, t.absent = d, 0
	return d, true
}

// toneBy gives the key that a window is the sound of, or 0.
func toneBy(pcm []int16, m *limits) byte {
	var total float32
	for _, s := range pcm {
		total += float32(s) * float32(s)
	}
	if total < m.level*look {
		return 0
	}
	var power [toneCount]float32 // as part of the total: 1 for a pure sine
	for i, c := range coefficients {
		var s1, s2 float32
		for _, s := range pcm {
			s1, s2 = float32(s)+c*s1-s2, s1
		}
		power[i] = (s1*s1 + s2*s2 - c*s1*s2) * 2 / (total * look)
	}
	low, lowOK := strongest(power[:lowTones], m.group)
	high, highOK := strongest(power[lowTones:], m.group)
	l, h := power[low], power[lowTones+high]
	if !lowOK || !highOK || l+h < m.purity || h > m.twist*l || l > m.reverse*h {
		return 0
	}
	return keys[low][high]
}

// strongest gives the strongest of a group, if it stands out.
func strongest(power []float32, group float32) (at int, ok bool) {
	for i, p := range power {
		if p > power[at] {
			at = i
		}
	}
	for i, p := range power {
		if i != at && p*group > power[at] {
			return at, false
		}
	}
	return at, true
}
