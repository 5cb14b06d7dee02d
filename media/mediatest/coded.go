package mediatest

import (
	"encoding/binary"
	"hash/crc32"
	"sync/atomic"

	"github.com/callward/callward/media"
)

// Coded sound is frames of 20 ms of which each says its number: who hears it can tell
// which came, whole and unchanged but for G.711. A frame is a preamble, then the number
// and a checksum, bit by bit, as the signs of samples.
const (
	CodedFrame = 160 // samples at 8 kHz

	preamble = 40
	bits     = 40 // 24 of the number, 16 of the checksum
	chips    = 3  // samples of a bit
	loudChip = 6000
)

// MaxCoded is the number of frames until numbers come again.
const MaxCoded = 1 << 24

// preambleSign gives the sign of a sample of the preamble: a row that resembles none of
// its shifts, nor bits.
func preambleSign(i int) int16 {
	const row = 0b1111_1001_1010_0100_0010_1011_1011_0001_1000_1101
	if row>>(preamble-1-i)&1 == 1 {
		return 1
	}
	return -1
}

func codeword(n uint32) uint64 {
	n %= MaxCoded
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return uint64(n)<<16 | uint64(crc32.ChecksumIEEE(b[:])&0xffff)
}

// Code fills a frame with number n.
func Code(pcm []int16, n uint32) {
	word := codeword(n)
	for i := range pcm[:preamble] {
		pcm[i] = 2 * loudChip * preambleSign(i)
	}
	body := pcm[preamble:CodedFrame]
	for i := range body {
		sign := int16(1)
		if word>>(bits-1-i/chips)&1 == 0 {
			sign = -1
		}
		if i%chips == 1 { // so that there is no tone as long as a bit
			sign = -sign
		}
		body[i] = loudChip * sign
	}
}

// decode gives the number of a frame, if it is one.
func decode(pcm []int16) (n uint32, ok bool) {
	for i, v := range pcm[:preamble] {
		if v*preambleSign(i) < loudChip*3/2 {
			return 0, false
		}
	}
	word := uint64(0)
	for bit := range bits {
		c := pcm[preamble+bit*chips:][:chips]
		word <<= 1
		switch {
		case c[0] > 0 && c[1] < 0 && c[2] > 0:
			word |= 1
		case c[0] < 0 && c[1] > 0 && c[2] < 0:
		default:
			return 0, false
		}
	}
	n = uint32(word >> 16)
	return n, codeword(n) == word
}

// A Decoder finds the frames in sound that begins anywhere.
type Decoder struct{ held []int16 }

// Write takes sound that follows what it took before, and gives the numbers of the frames
// that are whole now.
func (d *Decoder) Write(pcm []int16) (numbers []uint32) {
	d.held = append(d.held, pcm...)
	at := 0
	for len(d.held)-at >= CodedFrame {
		if n, ok := decode(d.held[at:]); ok {
			numbers = append(numbers, n)
			at += CodedFrame
			continue
		}
		at++
	}
	d.held = append(d.held[:0], d.held[at:]...)
	return numbers
}

// Reset forgets what a frame was begun with: sound is missing.
func (d *Decoder) Reset() { d.held = d.held[:0] }

// A CodedSource says frame after frame, from 0 on, to a session that speaks G.711.
type CodedSource struct{ said atomic.Uint32 }

// ReadFrame implements media.Source.
func (s *CodedSource) ReadFrame(f *media.Frame) (ok, done bool) {
	f.PCM, f.Rate = f.PCM[:CodedFrame], media.Rate
	Code(f.PCM, s.said.Add(1)-1)
	return true, false
}

// Said gives how many frames were said.
func (s *CodedSource) Said() uint32 { return s.said.Load() }
