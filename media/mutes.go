package media

import "slices"

// mostMutes bounds what is remembered of one recording.
const mostMutes = 256

// A stretch is a part of a recording, in samples: from the first to before the last.
type stretch struct{ from, to int64 }

// mutes are the muted stretches of a channel, in order and apart from each other.
type mutes []stretch

// add mutes x, and gives how much of it that was not muted yet lies before now. Of too
// many stretches the oldest two become one if they are past, which changes nothing, and
// otherwise the nearest: too much is muted then.
func (m *mutes) add(x stretch, now int64) (late int64) {
	if x.to <= x.from {
		return 0
	}
	late = max(0, min(x.to, now)-x.from)
	old := *m
	i, _ := slices.BinarySearchFunc(old, x.from, func(s stretch, at int64) int { return int(s.to - at) })
	j := i
	for ; j < len(old) && old[j].from <= x.to; j++ {
		late -= max(0, min(old[j].to, x.to, now)-max(old[j].from, x.from))
	}
	for _, s := range old[i:j] {
		x.from, x.to = min(x.from, s.from), max(x.to, s.to)
	}
	*m = slices.Replace(old, i, j, x)
	if len(*m) > mostMutes {
		m.join(now)
	}
	return late
}

func (m *mutes) join(now int64) {
	s, at := *m, 1
	if s[1].from > now {
		for i := range s[1:] {
			if s[i+1].from-s[i].to < s[at].from-s[at-1].to {
				at = i + 1
			}
		}
	}
	s[at-1].to = s[at].to
	*m = slices.Delete(s, at, at+1)
}

// silence clears what is muted of a channel: every other sample of pcm, from position at
// on.
func (m mutes) silence(pcm []int16, at int64) {
	end := at + int64(len(pcm)+1)/2
	for _, s := range m {
		for i := max(s.from, at); i < min(s.to, end); i++ {
			pcm[2*(i-at)] = 0
		}
	}
}
