package endpoint

import "math"

// An Energy is a Voice by loudness over a floor that it follows: down at once,
// up slowly. It serves until something better is given.
type Energy struct {
	floor float64 // mean square of the quietest audio lately, in dB
	began bool
	past  [3]float64
	n     int
}

// Loudness of full scale is 0 dB.
const (
	leastSpeech = -50.0 // dB, below it nothing is speech
	overFloor   = 9.0   // dB above the floor is speech
	loudFloor   = -30.0 // the floor never rises above it
	quietFloor  = -75.0
	floorRise   = 0.06 // dB a frame: 3 dB a second
)

// Speech reports whether a frame is speech.
func (e *Energy) Speech(frame []int16) bool {
	level := loudness(frame)
	e.past[e.n%len(e.past)] = level
	e.n++
	smooth := level
	for _, l := range e.past[:min(e.n, len(e.past))] {
		smooth = min(smooth, l)
	}
	switch {
	case !e.began:
		e.floor, e.began = min(level, -55), true
	case smooth < e.floor:
		e.floor += (smooth - e.floor) * 0.3
	default:
		e.floor += floorRise
	}
	e.floor = max(quietFloor, min(e.floor, loudFloor))
	return level > leastSpeech && level > e.floor+overFloor
}

func loudness(frame []int16) float64 {
	sum := 1.0
	for _, s := range frame {
		sum += float64(s) * float64(s)
	}
	return 10 * math.Log10(sum/float64(max(len(frame), 1))/(32768*32768))
}
