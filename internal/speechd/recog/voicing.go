package recog

import "math"

// Hiss fits "thank" better than any sound that the loop of phones has, and the loop
// may hear a vowel in it. So an utterance is held for speech only if it also has what
// a vowel has and hiss has not: a period, that of the voice. Who whispers is not heard.
const (
	voiceWindow   = 30 * voiceRate / 1000 // that is compared with what lay a period before
	voiceHop      = 10 * voiceRate / 1000
	voiceRate     = SampleRate / voiceStep // fast enough for a telephone's band
	voiceStep     = 2
	shortestPitch = voiceRate / 400
	longestPitch  = voiceRate / 60
	leastPeriodic = 0.5 // normalised correlation; white noise reaches 0.3
	leastVoiced   = 3   // windows in a row
)

// hasVoice reports whether there is a voice in an utterance.
func hasVoice(pcm []int16) bool {
	x := make([]float32, 0, len(pcm)/voiceStep+1)
	for i := 0; i < len(pcm); i += voiceStep {
		x = append(x, float32(pcm[i]))
	}
	row := 0
	for at := longestPitch; at+voiceWindow <= len(x); at += voiceHop {
		if row++; !periodic(x[at-longestPitch : at+voiceWindow]) {
			row = 0
		}
		if row == leastVoiced {
			return true
		}
	}
	return false
}

// periodic reports whether the end of x is like what lay a period before it.
func periodic(x []float32) bool {
	now := x[longestPitch:]
	power := product(now, now)
	if power == 0 {
		return false
	}
	for lag := shortestPitch; lag <= longestPitch; lag++ {
		then := x[longestPitch-lag:][:voiceWindow]
		if float64(product(now, then)) > leastPeriodic*math.Sqrt(float64(power)*float64(product(then, then))) {
			return true
		}
	}
	return false
}

func product(a, b []float32) (sum float32) {
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
