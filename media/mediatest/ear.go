// Package mediatest helps to test calls by their sound: an Ear keeps what a
// session hears or sends, a Peer is a bare RTP endpoint on loopback that says
// exactly what a test tells it to, and a Relay is a bad network between two ends.
// It starts no goroutine but the one of each Peer that reads its socket, and one of
// a Relay for each direction of RTP and RTCP; Close ends them.
package mediatest

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/callward/callward/media"
)

// An Ear is a media.Sink that keeps what it hears. Unlike a real sink it locks
// and allocates: it is for tests.
type Ear struct {
	mu        sync.Mutex
	pcm       []int16
	concealed int
	wake      chan struct{}
}

// NewEar makes an Ear.
func NewEar() *Ear { return &Ear{wake: make(chan struct{})} }

// WriteFrame implements media.Sink.
func (e *Ear) WriteFrame(f *media.Frame) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pcm = append(e.pcm, f.PCM...)
	if f.Concealed {
		e.concealed++
	}
	close(e.wake)
	e.wake = make(chan struct{})
}

// PCM is a copy of all that was heard.
func (e *Ear) PCM() []int16 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.pcm)
}

// Concealed counts the frames of which a part was made up.
func (e *Ear) Concealed() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.concealed
}

// Forget drops what was heard.
func (e *Ear) Forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pcm, e.concealed = nil, 0
}

// Until waits until what was heard satisfies enough, for limit at most, and
// reports whether it did.
func (e *Ear) Until(limit time.Duration, enough func(pcm []int16) bool) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		e.mu.Lock()
		wake := e.wake
		e.mu.Unlock()
		if enough(e.PCM()) {
			return true
		}
		select {
		case <-wake:
		case <-timer.C:
			return false
		}
	}
}

// Tone makes a sine of hz at a quarter of full scale.
func Tone(hz float64, d time.Duration) []int16 {
	pcm := make([]int16, d*media.Rate/time.Second)
	for i := range pcm {
		pcm[i] = int16(8192 * math.Sin(2*math.Pi*hz*float64(i)/media.Rate))
	}
	return pcm
}

// Share is the part of the energy of pcm that lies at hz, 0 to 1. It is the mean
// over 100 ms each, so that a frame that was inserted or left out, which turns
// the phase of a tone, costs no more than the block it is in.
func Share(pcm []int16, hz float64) float64 {
	const span = media.Rate / 10
	sum, n := 0.0, 0
	for ; len(pcm) >= span; pcm = pcm[span:] {
		sum += goertzel(pcm[:span], hz)
		n++
	}
	if n == 0 {
		return goertzel(pcm, hz)
	}
	return sum / float64(n)
}

func goertzel(pcm []int16, hz float64) float64 {
	w := 2 * math.Cos(2*math.Pi*hz/media.Rate)
	var s1, s2, total float64
	for _, s := range pcm {
		x := float64(s)
		s1, s2 = x+w*s1-s2, s1
		total += x * x
	}
	if total == 0 {
		return 0
	}
	return 2 * (s1*s1 + s2*s2 - w*s1*s2) / (total * float64(len(pcm)))
}

// Level is the root mean square of pcm.
func Level(pcm []int16) float64 {
	sum := 0.0
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	if len(pcm) == 0 {
		return 0
	}
	return math.Sqrt(sum / float64(len(pcm)))
}

const (
	block = media.Rate / 200 // 5 ms
	loud  = 300.0            // level of what is no silence
)

// Sounding cuts pcm to what lies between its first and its last sound.
func Sounding(pcm []int16) []int16 {
	first, last := -1, 0
	for i := 0; i+block <= len(pcm); i += block {
		if Level(pcm[i:i+block]) < loud {
			continue
		}
		if first < 0 {
			first = i
		}
		last = i + block
	}
	if first < 0 {
		return nil
	}
	return pcm[first:last]
}

// LongestGap is the longest silence between the first and the last sound.
func LongestGap(pcm []int16) time.Duration {
	longest, run := 0, 0
	pcm = Sounding(pcm)
	for i := 0; i+block <= len(pcm); i += block {
		if Level(pcm[i:i+block]) >= loud {
			run = 0
			continue
		}
		run += block
		longest = max(longest, run)
	}
	return time.Duration(longest) * time.Second / media.Rate
}
