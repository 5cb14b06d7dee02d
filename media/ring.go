package media

import "sync/atomic"

// ring carries samples from one goroutine to another without a lock. One writes,
// one reads.
type ring struct {
	samples []int16
	written atomic.Uint64 // samples since the beginning; the writer's
	read    atomic.Uint64 // the reader's
}

func newRing(length int) *ring { return &ring{samples: make([]int16, length)} }

// len is how many samples wait.
func (r *ring) len() int { return int(r.written.Load() - r.read.Load()) }

// write puts in as much of pcm as there is room for and returns how much.
func (r *ring) write(pcm []int16) int {
	at := r.written.Load()
	room := len(r.samples) - int(at-r.read.Load())
	n := min(len(pcm), room)
	i := int(at % uint64(len(r.samples)))
	copied := copy(r.samples[i:], pcm[:n])
	copy(r.samples, pcm[copied:n])
	r.written.Store(at + uint64(n))
	return n
}

// take fills pcm with as much as there is and returns how much.
func (r *ring) take(pcm []int16) int {
	at := r.read.Load()
	n := min(len(pcm), int(r.written.Load()-at))
	i := int(at % uint64(len(r.samples)))
	copied := copy(pcm[:n], r.samples[i:])
	copy(pcm[copied:n], r.samples)
	r.read.Store(at + uint64(n))
	return n
}

// drop throws away the n oldest samples. Only the reader may.
func (r *ring) drop(n int) { r.read.Add(uint64(n)) }
