package asr

// ring keeps the newest samples that were not yet sent. Positions count samples
// from the start of the stream and only rise.
type ring struct {
	pcm   []int16
	first int64 // position of the oldest sample kept
	next  int64 // position of the sample to come
	gap   bool  // samples before first were lost since the last take
}

func newRing(samples int) ring { return ring{pcm: make([]int16, samples)} }

func (r *ring) len() int { return int(r.next - r.first) }

// put keeps in and gives the number of older samples that it cost.
func (r *ring) put(in []int16) (lost int) {
	if over := len(in) - len(r.pcm); over > 0 { // more than fits: only the end of it
		lost = r.len() + over
		in = in[over:]
		r.next += int64(over)
		r.first = r.next
	}
	if over := r.len() + len(in) - len(r.pcm); over > 0 {
		lost += over
		r.first += int64(over)
	}
	r.gap = r.gap || lost > 0
	at := int(r.next % int64(len(r.pcm)))
	n := copy(r.pcm[at:], in)
	copy(r.pcm, in[n:])
	r.next += int64(len(in))
	return lost
}

// take moves up to len(out) of the oldest samples into out. It gives their
// number, the position of the first and whether audio before it was lost.
func (r *ring) take(out []int16) (n int, position int64, gap bool) {
	n = min(len(out), r.len())
	at := int(r.first % int64(len(r.pcm)))
	k := copy(out[:n], r.pcm[at:])
	copy(out[k:n], r.pcm)
	position, gap = r.first, r.gap
	r.first += int64(n)
	r.gap = false
	return n, position, gap
}

// skip lets n samples pass that are not meant for the engine.
func (r *ring) skip(n int) {
	r.next += int64(n)
	r.first = r.next
	r.gap = true
}
