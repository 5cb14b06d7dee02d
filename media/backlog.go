package media

// In ticks: what nobody has needed for so long is given up, at a pause if there is one soon.
// Where it turns out to have been needed, the next one stays for twice as long.
const (
	backlogPatience = ticksPerSecond
	backlogLongest  = 64 * ticksPerSecond
	backlogPause    = 2 * ticksPerSecond
	backlogQuiet    = 512 // amplitude: -36 dB of full scale
)

// backlog watches what is left each time that a frame is taken of live sound. A pacer that is
// late once leaves the other without a frame, and one more waits from then on: all that follows
// would be late by it. The zero value is ready.
type backlog struct {
	least    int  // samples that were left each time
	looked   int  // ticks since something was needed, or given up
	patience int  // ticks; 0 at first
	gave     bool // something up, since there was no frame
}

// missed notes a tick for which there was no frame.
func (b *backlog) missed() {
	if b.gave {
		b.patience = min(2*b.patience, backlogLongest)
	}
	b.looked, b.gave = 0, false
}

// surplus notes what is left after a frame was taken, and reports whether another is to be given
// up.
func (b *backlog) surplus(left int, taken []int16) bool {
	if b.looked == 0 {
		b.least = left
	}
	b.least = min(b.least, left)
	b.patience = max(b.patience, backlogPatience)
	b.looked++
	switch {
	case b.looked < b.patience:
		return false
	case b.least < len(taken):
		b.looked = 0
		return false
	case b.looked < b.patience+backlogPause && !quiet(taken):
		return false
	}
	b.looked, b.gave = 0, true
	return true
}

func quiet(pcm []int16) bool {
	for _, x := range pcm {
		if x > backlogQuiet || x < -backlogQuiet {
			return false
		}
	}
	return true
}

// fade leads from a frame into the one after it, within its time.
func fade(pcm, next []int16) {
	n := len(pcm)
	for i, x := range next[:n] {
		pcm[i] = int16((int(pcm[i])*(n-i) + int(x)*i) / n) //nolint:gosec // between the two
	}
}
