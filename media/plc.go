package media

// concealer makes up sound for what was lost: it repeats the last pitch period
// and fades it out within 60 ms, as ITU-T G.711 appendix I does, and fades over
// to the real sound when that returns.
type concealer struct {
	past  [historyLength]int16
	made  int // samples made up since the last real one
	pitch int
}

const (
	historyLength = 320 // 40 ms
	shortestPitch = 40  // 200 Hz
	longestPitch  = 120 // 66 Hz
	matchLength   = 160
	fadeAfter     = 80  // 10 ms at full level,
	fadeLength    = 400 // then down to nothing over 50 ms
	mend          = 32  // 4 ms of fading over to the real sound
)

// heard notes real sound, and mends its beginning after made-up sound.
func (c *concealer) heard(pcm []int16) {
	if c.made > 0 {
		for i := range min(mend, len(pcm)) {
			old := int(c.next())
			pcm[i] = int16((old*(mend-i) + int(pcm[i])*i) / mend)
		}
		c.made = 0
	}
	c.remember(pcm)
}

func (c *concealer) remember(pcm []int16) {
	if len(pcm) >= historyLength {
		copy(c.past[:], pcm[len(pcm)-historyLength:])
		return
	}
	copy(c.past[:], c.past[len(pcm):])
	copy(c.past[historyLength-len(pcm):], pcm)
}

// conceal fills pcm with made-up sound.
func (c *concealer) conceal(pcm []int16) {
	if c.made == 0 {
		c.pitch = c.findPitch()
	}
	for i := range pcm {
		pcm[i] = c.next()
	}
}

// next is one more sample of the repeated period.
func (c *concealer) next() int16 {
	level := fadeLength - max(0, c.made-fadeAfter)
	if level <= 0 {
		c.made = fadeAfter + fadeLength
		return 0
	}
	s := int(c.past[historyLength-c.pitch+c.made%c.pitch])
	c.made++
	return int16(s * level / fadeLength)
}

// findPitch is the shift at which the end of the past looks most like itself.
func (c *concealer) findPitch() int {
	best, at := 0.0, longestPitch
	end := c.past[historyLength-matchLength:]
	for shift := shortestPitch; shift <= longestPitch; shift++ {
		before := c.past[historyLength-matchLength-shift:]
		var both, energy int64
		for i := 0; i < matchLength; i += 2 {
			b := int64(before[i])
			both += int64(end[i]) * b
			energy += b * b
		}
		if both <= 0 {
			continue
		}
		if score := float64(both) * float64(both) / float64(energy+1); score > best {
			best, at = score, shift
		}
	}
	return at
}
