package dtmf

// A Screen finds the frames in which the sound of a key is, with its beginning and its
// end, so that they can be silenced. It believes more to be a key than Tones does: what
// a worse line has made of one, and what is too short to count. Like Tones it looks at
// 20 ms every 10 ms, is for 8 kHz, and allocates nothing; the zero value waits for the
// first frame.
type Screen struct {
	past  [look]int16
	held  bool // the frame before is one
	after bool // this one is, by what was in the one before
}

// Next hears 20 ms and reports whether there is a key in the frame before: where one
// begins is known by what follows.
func (s *Screen) Next(pcm []int16) (key bool) {
	if len(pcm) != look {
		*s = Screen{}
		return false
	}
	var across [look]int16
	copy(across[:], s.past[hop:])
	copy(across[hop:], pcm)
	copy(s.past[:], pcm)
	now, between := toneBy(pcm, &screened) != 0, toneBy(across[:], &screened) != 0
	key = s.held || between || now
	s.held, s.after = s.after || between || now, now
	return key
}
