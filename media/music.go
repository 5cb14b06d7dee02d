package media

import (
	"math"
	"sync"
)

// holdMusic is eight bars of a slow broken-chord tune, some 18 s. It is made
// once, when first asked for: 290 kB.
var holdMusic = sync.OnceValue(composeHold) //nolint:gochecknoglobals // computed once, only read

// NewHoldMusic plays a quiet tune of our own for ever.
func NewHoldMusic() Source { return NewLoop(holdMusic()) }

// note is a string that is plucked at a beat.
type note struct {
	beat  float64
	key   int     // as MIDI counts
	level float64 // of full scale
	decay float64 // seconds until it has fallen to a third
}

const (
	beatLength = Rate * 55 / 100 // samples
	beatsOfBar = 4
	musicPeak  = 8000 // -12 dB under full scale: mild on the ear, clear of clipping
)

// composeHold writes the tune: C, Am, F, G, Em, Am, Dm and G, each as a bass
// note, a broken chord that goes up and down, and a line of melody above.
func composeHold() []int16 {
	chords := [][]int{
		{48, 60, 64, 67, 72},
		{45, 60, 64, 69, 72},
		{41, 60, 65, 69, 72},
		{43, 59, 62, 67, 71},
		{40, 59, 64, 67, 71},
		{45, 60, 64, 69, 72},
		{50, 62, 65, 69, 74},
		{43, 59, 62, 65, 71},
	}
	melody := [][]int{{79, 76}, {72, 76}, {77, 81}, {79, 74}, {76, 79}, {81, 76}, {77, 74}, {74, 71}}
	var notes []note
	for bar, chord := range chords {
		at := float64(bar * beatsOfBar)
		notes = append(notes, note{at, chord[0], 0.5, 1.4})
		for i, step := range []int{1, 2, 3, 4, 3, 2, 3, 2} {
			notes = append(notes, note{at + float64(i)/2, chord[step], 0.28, 0.6})
		}
		for i, key := range melody[bar] {
			notes = append(notes, note{at + float64(i*2), key, 0.4, 0.9})
		}
	}
	return render(notes, len(chords)*beatsOfBar*beatLength)
}

// render plucks the notes into a loop of n samples: what sounds on after its end
// sounds at its beginning.
func render(notes []note, n int) []int16 {
	mix := make([]float64, n)
	for _, k := range notes {
		pluck(mix, k)
	}
	loudest := 0.0
	for _, s := range mix {
		loudest = max(loudest, math.Abs(s))
	}
	pcm := make([]int16, n)
	for i, s := range mix {
		pcm[i] = int16(s / loudest * musicPeak)
	}
	return pcm
}

// pluck adds a note: three partials, the higher the shorter, with a soft attack.
func pluck(mix []float64, k note) {
	const attack = Rate / 100
	hz := 440 * math.Exp2(float64(k.key-69)/12)
	start := int(k.beat * beatLength)
	for i := range int(4 * k.decay * Rate) {
		t := float64(i) / Rate
		envelope := k.level * math.Min(1, float64(i)/attack)
		s := 0.0
		for partial, share := range []float64{1, 0.35, 0.12} {
			p := float64(partial + 1)
			if hz*p < 3400 {
				s += share * math.Exp(-t*p/k.decay) * math.Sin(2*math.Pi*hz*p*t)
			}
		}
		mix[(start+i)%len(mix)] += envelope * s
	}
}
