package recog

import "github.com/callward/callward/internal/speechd/ps"

// What was found by measurement on telephone audio; the numbers have no other
// reason. Section numbers of the library do not exist: see its argument list.

// tune sets a language's search arguments and what its scores mean, for a model with
// streams so wide.
func (l *language) tune(streams []int) {
	l.args = []string{"-fwdflat", "no", "-bestpath", "no"}
	l.openArgs = []string{"-lw", "9"}
	// With the library's own beams the path of the right sentence was lost in one of
	// four recordings of the same words, by where in the sound the frames lay.
	l.closedArgs = []string{"-lw", "6.5", "-wip", "0.65", "-beam", "1e-80", "-pbeam", "1e-80", "-wbeam", "1e-56"}
	switch l.pack.Code {
	case "fr":
		// With as much weight on the language as in English, short words went missing: of 61
		// examples held back, 40 were understood at 9, 45 at 6.5 and 42 at 5.
		l.openArgs = []string{"-lw", "6.5"}
		l.removeNoise = "no"
		l.band = newBand(19, 1)
		l.mean = []float32{59.50, 16.94, -18.30, 20.23, -22.10, -15.64, -12.27, -20.05, -6.05, -5.27, -8.41, -8.03, -2.19}
		l.scale = scale{middle: -20, width: 4}
	default:
		l.removeNoise = "yes"
		l.band = newBand(18, 0.3) // those that lie below 3400 Hz
		l.means = l.band.adaptation(streams)
		// Since the means lie where they should, narrower beams lose nothing.
		l.closedArgs = append(l.closedArgs, "-beam", "1e-60", "-pbeam", "1e-60", "-wbeam", "1e-40")
		l.mean = []float32{59.10, 17.21, -18.32, 19.11, -22.14, -13.72, -11.06, -22.76, -12.25, -7.60, -2.75, -4.79, -4.30}
		l.scale = scale{middle: -28, width: 6}
	}
	for i := range l.mean {
		l.mean[i] -= meanOffset[i]
	}
}

// meanOffset is what the mean of an utterance has over the mean that the models
// expect, since theirs was taken over more silence.
//
//nolint:gochecknoglobals // a table.
var meanOffset = [ps.Width]float32{12.2, -1.8, 4.5, -3.1, -0.3, 1.4, -4.6, 3.1, -1.4, 0.2, 2.7, -2.5, 2.0}

// A scale turns margins into confidence: middle becomes 0.5.
type scale struct{ middle, width float64 }

// Weights of what is added to the assistant's phrases (each 1) in a language
// model: sentences that anybody says, words around an answer, dictated numbers.
const (
	weightCommon = 0.3
	weightAround = 0.3
	weightNumber = 0.15
)

// Margins are differences of the acoustic score of a frame, in the library's
// units.
const (
	closedLead      = 4.0  // an open reading must fit so much better than what was asked for
	cardLead        = 20.0 // the same where a card number was asked for
	missedCost      = 30.0 // of an utterance whose speech lies wholly outside the words
	leastConfidence = 0.15 // below it an utterance counts as not understood
)

// speechCovariance is the covariance of the liftered cepstra of speech, as the
// Gaussians of Debian's English model have it.
//
//nolint:gochecknoglobals // a table.
var speechCovariance = [ps.Width][ps.Width]float64{
	{145.4, 42.3, -36.2, 23.2, -39.5, -19.8, -30.2, -27.9, 1.7, 4.5, 6.3, -1.1, 1.4},
	{42.3, 250.3, -24.7, -32.0, -41.2, 0.3, 2.0, -37.1, -6.5, -11.8, 22.4, 8.3, 2.6},
	{-36.2, -24.7, 183.5, 33.7, 7.0, 8.4, 38.1, 28.4, -34.2, -20.2, -10.8, -6.6, 5.5},
	{23.2, -32.0, 33.7, 334.2, 69.5, -59.7, -27.6, 16.4, -5.2, -49.3, -14.1, -26.6, 2.2},
	{-39.5, -41.2, 7.0, 69.5, 288.4, 13.3, -55.5, -2.1, 13.2, -8.7, -21.5, -17.2, -5.2},
	{-19.8, 0.3, 8.4, -59.7, 13.3, 218.4, 12.6, -27.3, -1.5, 10.5, 12.5, -7.8, -7.4},
	{-30.2, 2.0, 38.1, -27.6, -55.5, 12.6, 259.2, 24.8, -24.6, -5.4, 6.1, 20.1, -12.9},
	{-27.9, -37.1, 28.4, 16.4, -2.1, -27.3, 24.8, 241.8, 4.0, -8.0, -3.3, 7.9, 7.3},
	{1.7, -6.5, -34.2, -5.2, 13.2, -1.5, -24.6, 4.0, 222.4, 10.5, -15.6, 5.0, 5.1},
	{4.5, -11.8, -20.2, -49.3, -8.7, 10.5, -5.4, -8.0, 10.5, 221.0, 11.5, -3.8, 9.5},
	{6.3, 22.4, -10.8, -14.1, -21.5, 12.5, 6.1, -3.3, -15.6, 11.5, 183.7, 9.8, -1.3},
	{-1.1, 8.3, -6.6, -26.6, -17.2, -7.8, 20.1, 7.9, 5.0, -3.8, 9.8, 164.1, 8.2},
	{1.4, 2.6, 5.5, 2.2, -5.2, -7.4, -12.9, 7.3, 5.1, 9.5, -1.3, 8.2, 143.2},
}

// How the mean of an utterance is taken; see normalise.
const (
	dynamicRange = 9.0  // of a filter, in nepers of power: 39 dB
	speechLevel  = 0.4  // of the way from the quietest to the loudest frames
	usualSilence = 0.25 // frames of silence for each of speech
	priorFrames  = 60   // the mean of telephone speech counts for so many frames
)

// leadOf gives what an open reading must be better by. Words of the assistant
// explain a mumbled card number better than digits do, and would be shown; so a
// card that was asked for is taken for one if its digits explain the whole of
// what was said at all. A sentence leaves the card's grammar without a path.
func leadOf(e Expect) float64 {
	if e == Card {
		return cardLead
	}
	return closedLead
}
