package media

// An echoGuard knows how loud our own sound comes back, so that a prompt does not
// interrupt itself (ITU-T G.168 expects a hybrid to return up to -6 dB, and telephones
// to be some 20 dB better). Levels are mean squares. It is the pacer's own.
type echoGuard struct {
	sent   [echoReach]float32 // levels of what was sent of late
	next   int
	factor float32 // how much of it comes back, as learnt
}

const (
	echoReach = 15   // frames after which an echo is not ours any more: 300 ms
	echoFloor = 1e3  // -60 dB of full scale: less makes no echo
	echoGuess = 0.01 // -20 dB, before anything is known
	echoOver  = 4    // 6 dB above what is expected is somebody who speaks
	// What is expected is what 19 of 20 frames stay below: a louder one teaches that
	// much more than a weaker one. A word over a prompt teaches little before it is
	// known to be one.
	echoRise  = 1.13
	echoFall  = 0.993
	echoMost  = 0.125 // -9 dB
	echoLeast = 1e-6
)

// send notes a frame of ours.
func (e *echoGuard) send(pcm []int16) {
	e.sent[e.next] = level(pcm)
	e.next = (e.next + 1) % echoReach
}

// echoes reports whether a frame is no louder than our echo may be. While nobody
// speaks it learns.
func (e *echoGuard) echoes(pcm []int16, speaking bool) bool {
	loudest := float32(0)
	for _, l := range e.sent {
		loudest = max(loudest, l)
	}
	if loudest < echoFloor {
		return false
	}
	heard := level(pcm)
	if e.factor == 0 {
		e.factor = echoGuess
	}
	is := heard < loudest*e.factor*echoOver
	if !speaking {
		if heard > loudest*e.factor {
			e.factor = min(e.factor*echoRise, echoMost)
		} else {
			e.factor = max(e.factor*echoFall, echoLeast)
		}
	}
	return is
}

// level is the mean square of a frame.
func level(pcm []int16) float32 {
	sum := int64(0)
	for _, s := range pcm {
		sum += int64(s) * int64(s)
	}
	return float32(sum) / float32(max(1, len(pcm)))
}
