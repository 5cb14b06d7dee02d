package vad

import "math"

const (
	window = 256 // samples looked at: the frame and 12 ms before it
	bands  = 12
	inputs = 2*bands + 8
)

// edges cut 94 to 3700 Hz into bands, in bins of 31.25 Hz.
var edges = [bands + 1]int{3, 6, 10, 14, 19, 25, 32, 40, 50, 62, 78, 97, 118} //nolint:gochecknoglobals // a table

// measures is what the net judges a frame by, each around 0 to 3.
type measures [inputs]float32

// meter measures frames. Levels are in dB.
type meter struct {
	past         [window]float32
	inX, inY     float32 // of the filter that takes off the DC
	spectrum     *spectrum
	begun        bool
	level        [bands]float32 // of this frame
	smooth       [bands]float32
	floor        [bands]float32        // follows the least
	lows         [spans][bands]float32 // the least of each of the latest spans
	span         int                   // of lows, that is in progress
	spent        int                   // frames of it
	mean         float32               // follows the noise as a whole
	peak         float32               // follows the talker
	above        float32               // the bands above their floors, and its averages
	fast, slow   float32
	voiced       float32 // average of the periodicity
	recentVoiced float32 // its latest high
	out          measures
}

const (
	quiet    = 1e4 // added to every band: what lies below is silence on any line
	talker   = 62  // peak before anybody has spoken: speech at -26 dB
	clampLow = -5
	clampTop = 30

	// The least of nearly two seconds is a floor that a noise which swells lifts
	// soon (Martin 2001, minimum statistics).
	spans      = 8
	spanFrames = 12
)

func newMeter() meter { return meter{spectrum: newSpectrum(), peak: talker} }

func (m *meter) measure(pcm []int16) *measures {
	m.shift(pcm)
	overall := m.bandLevels()
	m.follow(overall)
	periodic := m.periodicity()
	before := m.above
	m.above = 0
	for b := range bands {
		r := clamp(m.level[b]-m.floor[b], clampLow, clampTop) / 10
		m.out[b] = r
		m.out[bands+b] = clamp(m.level[b]-m.low(b), clampLow, clampTop) / 10
		m.above += r / bands
	}
	m.fast += 0.25 * (m.above - m.fast)
	m.slow += 0.05 * (m.above - m.slow)
	m.voiced += 0.3 * (periodic - m.voiced)
	m.recentVoiced = max(periodic, m.recentVoiced*0.9)
	rest := m.out[2*bands:]
	rest[0] = clamp(overall-m.peak, -40, 10) / 10
	rest[1] = periodic
	rest[2] = m.voiced
	rest[3] = m.recentVoiced
	rest[4] = m.fast
	rest[5] = m.slow
	rest[6] = m.above - before
	rest[7] = clamp(overall-m.mean, -15, 30) / 10
	return &m.out
}

// low is the least that a band was of late.
func (m *meter) low(band int) float32 {
	least := m.lows[0][band]
	for _, l := range m.lows[1:] {
		least = min(least, l[band])
	}
	return least
}

// shift takes in a frame, without its DC.
func (m *meter) shift(pcm []int16) {
	copy(m.past[:], m.past[FrameSamples:])
	for i, s := range pcm {
		x := float32(s)
		m.inY = x - m.inX + 0.95*m.inY
		m.inX = x
		m.past[window-FrameSamples+i] = m.inY
	}
	if m.inY > -1e-3 && m.inY < 1e-3 { // in silence it would go on to fall, ever slower to compute
		m.inY = 0
	}
}

// bandLevels fills level and returns that of all bands together.
func (m *meter) bandLevels() float32 {
	power := m.spectrum.power(&m.past)
	total := float32(0)
	for b := range bands {
		sum := float32(0)
		for _, p := range power[edges[b]:edges[b+1]] {
			sum += p
		}
		total += sum
		m.level[b] = decibel(sum/float32(edges[b+1]-edges[b]) + quiet)
	}
	return decibel(total/float32(edges[bands]-edges[0]) + quiet)
}

// follow moves the floors, the mean and the peak towards this frame: a floor
// falls at once and rises slowly, the peak the other way round.
func (m *meter) follow(overall float32) {
	if !m.begun {
		m.begun, m.smooth, m.floor, m.mean = true, m.level, m.level, overall
		for i := range m.lows {
			m.lows[i] = m.level
		}
	}
	if m.spent++; m.spent > spanFrames {
		m.spent, m.span = 1, (m.span+1)%spans
		m.lows[m.span] = m.smooth
	}
	for b := range bands {
		m.smooth[b] += 0.4 * (m.level[b] - m.smooth[b])
		m.lows[m.span][b] = min(m.lows[m.span][b], m.smooth[b])
		if off := m.smooth[b] - m.floor[b]; off < 0 {
			m.floor[b] += 0.3 * off
		} else {
			m.floor[b] += 0.02 * min(off, 3)
		}
	}
	m.mean += clamp(0.02*(overall-m.mean), -0.3, 0.06)
	if overall > m.peak {
		m.peak += 0.2 * (overall - m.peak)
	} else {
		m.peak = max(m.peak-0.01, talker-25)
	}
}

// periodicity is the best match, 0 to 1, of the end of the window with what was
// 2.5 to 15.5 ms before it: vowels have it, most noise has not.
func (m *meter) periodicity() float32 {
	const half, shortest, longest = window / 4, 10, 62
	var x [window / 2]float32 // at 4 kHz
	for i := range x {
		x[i] = m.past[2*i] + m.past[2*i+1]
	}
	end := x[half:]
	own, other := float32(1e4), float32(1e4)
	for _, v := range end {
		own += v * v
	}
	for _, v := range x[half-longest : 2*half-longest] {
		other += v * v
	}
	best := float32(0)
	for lag := longest; lag >= shortest; lag-- {
		then := x[half-lag : 2*half-lag]
		var a, b, c, d float32 // four sums, which the processor adds side by side
		for i := 0; i < half; i += 4 {
			e, o := end[i:i+4:i+4], then[i:i+4:i+4]
			a += e[0] * o[0]
			b += e[1] * o[1]
			c += e[2] * o[2]
			d += e[3] * o[3]
		}
		if both := a + b + c + d; both > 0 {
			best = max(best, both*both/(own*other))
		}
		first, next := then[0], x[2*half-lag] // the window moves on by one
		other += next*next - first*first
	}
	return min(1, float32(math.Sqrt(float64(best))))
}

func decibel(power float32) float32 { return 10 * float32(math.Log10(float64(power))) }

func clamp(x, low, high float32) float32 { return max(low, min(high, x)) }
