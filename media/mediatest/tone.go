package mediatest

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/callward/callward/media"
)

// MostGap is the longest silence that a caller does not take for a fault.
const MostGap = 60 * time.Millisecond

// A Gap is a stretch in which a tone is missing, whatever sounds instead.
type Gap struct{ At, Length time.Duration }

const (
	gapWindow = media.Rate / 100   // 10 ms
	gapStep   = gapWindow / 2      // so that gaps are exact to 5 ms
	missing   = 0.25               // part of the tone's own amplitude below which it is not there: -12 dB
	inaudible = 8                  // amplitude: -72 dB of full scale
	quietest  = -40.0              // dB of full scale that a tone of a test must have,
	loudest   = -3.0               // and may have
	purest    = 0.9                // part of the energy that must be the tone's
	stepTime  = time.Second / 200  // of gapStep
	fullScale = math.MaxInt16 + 1. // amplitude
)

// Continuity looks for a tone of hz, of 300 Hz or more, between where it begins in pcm,
// at 8 kHz, and where it ends. It gives where it is missing meanwhile, and its level in
// dB of a sine at full scale; without any tone that is minus infinity.
func Continuity(pcm []int16, hz float64) (gaps []Gap, level float64) {
	var amplitudes []float64
	for i := 0; i+gapWindow <= len(pcm); i += gapStep {
		amplitudes = append(amplitudes, amplitude(pcm[i:i+gapWindow], hz))
	}
	if len(amplitudes) == 0 {
		return nil, math.Inf(-1)
	}
	sorted := slices.Sorted(slices.Values(amplitudes))
	usual := sorted[len(sorted)*9/10] // so that gaps of most of the time are found, and a click is not the measure
	if usual < inaudible {
		return nil, math.Inf(-1)
	}
	run, begun := 0, false
	for i, a := range amplitudes {
		switch {
		case a < missing*usual:
			run++
			continue
		case run > 0 && begun:
			gaps = append(gaps, Gap{At: time.Duration(i-run) * stepTime, Length: time.Duration(run) * stepTime})
		}
		run, begun = 0, true
	}
	return gaps, 20 * math.Log10(usual/fullScale)
}

// amplitude is that of the part of pcm which is a sine of hz.
func amplitude(pcm []int16, hz float64) float64 {
	return math.Sqrt(goertzel(pcm, hz)*2) * Level(pcm)
}

// Whole says what is wrong with pcm, if it should be a tone of hz from its first sample to
// its last: too much of something else, too quiet or too loud, or a gap of more than
// MostGap, at the ends too.
func Whole(pcm []int16, hz float64) error {
	gaps, level := Continuity(pcm, hz)
	if level < quietest || level > loudest {
		return fmt.Errorf("in %d samples %.0f Hz has a level of %.0f dB", len(pcm), hz, level)
	}
	for _, g := range gaps {
		if g.Length > MostGap {
			return fmt.Errorf("of %.0f Hz, %v are missing after %v", hz, g.Length, g.At)
		}
	}
	edge := min(len(pcm), int(MostGap*media.Rate/time.Second)+gapWindow)
	for _, end := range [][]int16{pcm[:edge], pcm[len(pcm)-edge:]} {
		if _, there := Continuity(end, hz); there < level-12 {
			return fmt.Errorf("%.0f Hz is missing at one end", hz)
		}
	}
	if share := Share(pcm, hz); share < purest {
		return fmt.Errorf("%.0f %% of the sound are %.0f Hz", 100*share, hz)
	}
	return nil
}

// Hears waits until the last span of what was heard, at 8 kHz, is a whole tone of hz, for
// limit at most: then it says what was wrong with the last.
func (e *Ear) Hears(limit, span time.Duration, hz float64) error {
	n := int(span * media.Rate / time.Second)
	err := fmt.Errorf("nothing of %.0f Hz was heard", hz)
	if e.Until(limit, func(pcm []int16) bool {
		if len(pcm) < n {
			return false
		}
		err = Whole(pcm[len(pcm)-n:], hz)
		return err == nil
	}) {
		return nil
	}
	return err
}
