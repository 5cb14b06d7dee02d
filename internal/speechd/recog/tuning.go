package recog

// What was found by measurement on telephone audio; the numbers have no other
// reason. Section numbers of the library do not exist: see its argument list.

// argsFor gives the search arguments of a language.
func argsFor(code string) []string {
	args := []string{"-fwdflat", "no", "-bestpath", "no", "-logfn", "/dev/null", "-remove_silence", "no"}
	if code == "fr" {
		return append(args, "-remove_noise", "no", "-lw", "9")
	}
	return append(args, "-lw", "9")
}

// meanFor gives the cepstral mean of telephone speech, where a call starts.
func meanFor(code string) []float32 {
	if code == "fr" {
		return []float32{39.79, 24.50, -39.19, 31.37, -21.55, -21.92, 7.95, -33.92, 0.06, -5.71, -20.04, 3.00, -11.16}
	}
	return []float32{40.22, 25.41, -38.86, 35.83, -19.94, -19.98, 10.52, -37.18, -5.57, -8.87, -16.10, 6.85, -13.52}
}

// Weights of what is added to the assistant's phrases (each 1) in a language
// model: sentences that anybody says, words around an answer, dictated numbers.
const (
	weightCommon = 0.3
	weightAround = 0.3
	weightNumber = 0.02
)

// Margins are differences of the acoustic score of a frame, in the library's
// units.
const (
	closedLead      = 3.0   // an open reading must fit so much better than what was asked for
	middleMargin    = -25.0 // of confidence 0.5
	marginWidth     = 6.0
	leastConfidence = 0.15 // below it an utterance counts as not understood
)
