package asr

import "sync"

// blockSamples is 100 ms at 8 kHz.
const blockSamples = 800

type block [blockSamples]int16

//nolint:gochecknoglobals // a pool: streams come and go, and hold much only while somebody speaks
var blocks = sync.Pool{New: func() any { return new(block) }}

// ring keeps the newest audio, so that an engine which takes over can hear what the one
// before it had not finished. Positions count samples from the start of the stream and
// only rise. It holds memory for what it keeps, and no more.
type ring struct {
	most   int64 // samples kept
	blocks []*block
	base   int64 // position of the first sample of blocks[0]
	first  int64 // of the oldest sample kept
	next   int64 // of the sample to come
}

func newRing(samples int) ring {
	return ring{most: int64(samples), blocks: make([]*block, 0, samples/blockSamples+3)}
}

// put keeps in, and forgets the oldest beyond the most that is kept.
func (r *ring) put(in []int16) {
	for len(in) > 0 {
		at := int(r.next - r.base)
		if at == len(r.blocks)*blockSamples {
			if len(r.blocks) == cap(r.blocks) {
				r.trim(r.base + blockSamples)
				continue
			}
			r.blocks = append(r.blocks, blocks.Get().(*block)) //nolint:forcetypeassert // it holds nothing else
		}
		n := copy(r.blocks[at/blockSamples][at%blockSamples:], in)
		r.next += int64(n)
		in = in[n:]
	}
	r.trim(r.next - r.most)
}

// read copies what is kept from a position on into out, and gives how much it was.
func (r *ring) read(from int64, out []int16) (n int) {
	from = max(from, r.first)
	for n < len(out) && from < r.next {
		at := int(from - r.base)
		piece := r.blocks[at/blockSamples][at%blockSamples:]
		piece = piece[:min(len(piece), int(r.next-from))]
		k := copy(out[n:], piece)
		n, from = n+k, from+int64(k)
	}
	return n
}

// trim forgets what is before a position.
func (r *ring) trim(to int64) {
	r.first = max(r.first, min(to, r.next))
	gone := min(int(r.first-r.base)/blockSamples, len(r.blocks))
	if gone == 0 {
		return
	}
	for _, b := range r.blocks[:gone] {
		clear(b[:]) // it is somebody's voice
		blocks.Put(b)
	}
	kept := copy(r.blocks, r.blocks[gone:])
	clear(r.blocks[kept:])
	r.blocks = r.blocks[:kept]
	r.base += int64(gone) * blockSamples
}

// skip lets n samples pass that are not to be kept, and forgets the others.
func (r *ring) skip(n int) {
	r.free()
	r.next += int64(n)
	r.first, r.base = r.next, r.next
}

// free gives the memory back.
func (r *ring) free() {
	for _, b := range r.blocks {
		clear(b[:])
		blocks.Put(b)
	}
	clear(r.blocks)
	r.blocks = r.blocks[:0]
	r.first, r.base = r.next, r.next
}
