package mediatest

import (
	"math"
	"slices"
	"sync"

	"github.com/callward/callward/media"
)

// Coded audio tells which part of it one hears: each frame of 20 ms bears its
// number, in tones that survive G.711, resampling and any alignment.
//
// A frame has ten tones at once, one of four in each of ten groups: two bits of
// a code each. Eight groups are the number, spread so that neighbours differ in
// many tones; two are a check. The tones are whole periods of the core of a frame,
// 16 ms, and go on for 2 ms before it and after it, so that a decoder need not hit it
// exactly.
const (
	// CodedFrame is the samples of a frame, at 8 kHz.
	CodedFrame = media.Rate / 50
	// CodedFrames is how many frames there are before numbers come again: 21 minutes.
	CodedFrames = 1 << 16

	codedCore   = 128
	codedGuard  = (CodedFrame - codedCore) / 2
	codedFirst  = 8 // bin of the first tone: 500 Hz
	codedGroups = 10
	codedTones  = 4 * codedGroups
	codedLoud   = 1300.0
	codedSpread = 40503 // odd: a bijection of 16 bits
	codedStep   = 8     // samples, of the search for a frame
	codedClear  = 4.0   // by how much a tone is stronger than the next of its group
	codedShare  = 0.8   // of the energy that the ten tones have
)

// Coded fills pcm, of CodedFrame samples, with a frame.
func Coded(number int, pcm []int16) {
	code := codeOf(number)
	for i := range pcm[:CodedFrame] {
		sum := 0.0
		for g := range codedGroups {
			tone := 4*g + int(code>>(2*g))&3
			phase := math.Pi * float64(tone*tone) / codedTones
			sum += math.Sin(2*math.Pi*float64((codedFirst+tone)*(i-codedGuard))/codedCore + phase)
		}
		pcm[i] = int16(codedLoud * sum)
	}
}

// CodedAudio gives frames in a row.
func CodedAudio(first, frames int) []int16 {
	pcm := make([]int16, frames*CodedFrame)
	for i := range frames {
		Coded(first+i, pcm[i*CodedFrame:])
	}
	return pcm
}

// codeOf gives the 20 bits of a number.
func codeOf(number int) uint32 {
	spread := uint32(uint16(number) * codedSpread)
	return spread | check(spread)<<16
}

// check is four bits of 16.
func check(spread uint32) uint32 {
	x := spread * 0x9E3779B1
	return x >> 28
}

// numberOf is the opposite of codeOf; ok is false if the check does not hold.
func numberOf(code uint32) (number int, ok bool) {
	spread := code & 0xFFFF
	return int(uint16(spread) * unspread()), code>>16 == check(spread)
}

// unspread is the inverse of codedSpread modulo 2^16, by Newton.
func unspread() uint16 {
	x := uint16(codedSpread)
	for range 4 {
		x *= 2 - codedSpread*x
	}
	return x
}

// A Range is frames in a row, both ends included.
type Range struct{ First, Last int }

// AddTo appends a frame to ranges in the order in which they were heard.
func AddTo(ranges []Range, number int) []Range {
	if n := len(ranges); n > 0 && (ranges[n-1].Last+1)%CodedFrames == number {
		ranges[n-1].Last = number
		return ranges
	}
	return append(ranges, Range{number, number})
}

// A CodedDecoder hears coded audio at 8 kHz, from any sample on. The zero value
// is ready.
type CodedDecoder struct {
	pcm    []int16
	synced bool
}

// Write gives the frames that the audio completes, in the order in which they are
// heard. What is no frame is passed over.
func (d *CodedDecoder) Write(pcm []int16) []int {
	d.pcm = append(d.pcm, pcm...)
	var out []int
	for {
		if d.synced && len(d.pcm) >= CodedFrame {
			if n, _, ok := decodeFrame(d.pcm); ok {
				out = append(out, n)
				d.drop(CodedFrame)
				continue
			}
			d.synced = false
		}
		if d.synced || len(d.pcm) < 2*CodedFrame {
			return out
		}
		if !d.search() {
			d.drop(CodedFrame)
		}
	}
}

// Flush looks at what is left once no more audio comes.
func (d *CodedDecoder) Flush() []int { return d.Write(make([]int16, 2*CodedFrame)) }

// search looks for the next frame, and for the alignment at which it is clearest.
func (d *CodedDecoder) search() bool {
	best, at, end := 0.0, -1, CodedFrame
	for i := 0; i < end; i += codedStep {
		if _, share, ok := decodeFrame(d.pcm[i:]); ok && share > best {
			if at < 0 {
				end = min(end, i+2*codedGuard+1) // beyond it lies the frame after it
			}
			best, at = share, i
		}
	}
	if at < 0 {
		return false
	}
	d.drop(at)
	d.synced = true
	return true
}

func (d *CodedDecoder) drop(n int) { d.pcm = slices.Delete(d.pcm, 0, n) }

// decodeFrame reads the frame that begins with pcm, and tells how clear it is.
func decodeFrame(pcm []int16) (number int, share float64, ok bool) {
	core := pcm[codedGuard : codedGuard+codedCore]
	total := 0.0
	for _, v := range core {
		total += float64(v) * float64(v)
	}
	if total < codedCore*100*100 {
		return 0, 0, false
	}
	code, heard := uint32(0), 0.0
	for g := range codedGroups {
		best, second, bits := 0.0, 0.0, 0
		for b := range 4 {
			switch e := toneEnergy(core, 4*g+b); {
			case e > best:
				best, second, bits = e, best, b
			case e > second:
				second = e
			}
		}
		if best < codedClear*second {
			return 0, 0, false
		}
		code |= uint32(bits) << (2 * g)
		heard += best
	}
	share = heard / total
	number, ok = numberOf(code)
	return number, share, ok && share >= codedShare
}

// toneEnergy is the part of the energy of a core that is a tone's.
func toneEnergy(core []int16, tone int) float64 {
	t := tables()
	re, im := 0.0, 0.0
	for i, v := range core {
		at := (codedFirst + tone) * i % codedCore
		re += float64(v) * t.cos[at]
		im += float64(v) * t.sin[at]
	}
	return 2 * (re*re + im*im) / codedCore
}

type circle struct{ cos, sin [codedCore]float64 }

// tables is one turn of the circle.
var tables = sync.OnceValue(func() *circle { //nolint:gochecknoglobals // a constant that Go cannot write
	c := &circle{}
	for i := range codedCore {
		c.sin[i], c.cos[i] = math.Sincos(2 * math.Pi * float64(i) / codedCore)
	}
	return c
})
