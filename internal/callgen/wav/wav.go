// Package wav reads and writes sound files in the RIFF WAVE format: 16-bit PCM,
// A-law and mu-law, any rate, any number of channels, and headers of unknown
// length as speech engines write them to a pipe. It is pure.
package wav

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/callward/callward/media/g711"
)

// Format tags of the fmt chunk (RFC 2361).
const (
	tagPCM        = 1
	tagALaw       = 6
	tagMulaw      = 7
	tagExtensible = 0xFFFE
)

// maxBytes bounds what is read of a file: half an hour at 48 kHz.
const maxBytes = 30 * 60 * 48000 * 2

// ErrFormat says that a file is no WAVE file, or one of a kind that is not read.
var ErrFormat = errors.New("not a WAVE file of PCM16, A-law or mu-law")

// A Sound is decoded audio, one channel.
type Sound struct {
	Rate int // samples per second
	PCM  []int16
}

type format struct {
	tag, channels, bits int
	rate                int
}

// Read decodes a file. Several channels are mixed into one.
func Read(r io.Reader) (Sound, error) {
	in := bufio.NewReader(r)
	var head [12]byte
	if _, err := io.ReadFull(in, head[:]); err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return Sound{}, ErrFormat
	}
	var f format
	for {
		id, size, err := chunk(in)
		if err != nil {
			return Sound{}, ErrFormat
		}
		switch id {
		case "fmt ":
			if f, err = readFormat(in, size); err != nil {
				return Sound{}, err
			}
		case "data":
			return readData(in, f, size)
		default:
			if _, err := io.CopyN(io.Discard, in, size+size&1); err != nil {
				return Sound{}, ErrFormat
			}
		}
	}
}

func chunk(in io.Reader) (id string, size int64, err error) {
	var head [8]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return "", 0, err
	}
	return string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:])), nil
}

func readFormat(in io.Reader, size int64) (format, error) {
	if size < 16 || size > 1024 {
		return format{}, ErrFormat
	}
	b := make([]byte, size+size&1)
	if _, err := io.ReadFull(in, b); err != nil {
		return format{}, ErrFormat
	}
	f := format{
		tag:      int(binary.LittleEndian.Uint16(b)),
		channels: int(binary.LittleEndian.Uint16(b[2:])),
		rate:     int(binary.LittleEndian.Uint32(b[4:])),
		bits:     int(binary.LittleEndian.Uint16(b[14:])),
	}
	if f.tag == tagExtensible && size >= 26 {
		f.tag = int(binary.LittleEndian.Uint16(b[24:]))
	}
	return f, f.check()
}

func (f format) check() error {
	want := map[int]int{tagPCM: 16, tagALaw: 8, tagMulaw: 8}[f.tag]
	if want == 0 || f.bits != want || f.channels < 1 || f.channels > 8 || f.rate < 4000 || f.rate > 192000 {
		return ErrFormat
	}
	return nil
}

// readData reads up to size bytes. A writer to a pipe does not know the size,
// so the end of the file is an end like any other.
func readData(in io.Reader, f format, size int64) (Sound, error) {
	if f.check() != nil {
		return Sound{}, ErrFormat // no fmt chunk before the data
	}
	raw, err := io.ReadAll(io.LimitReader(in, min(size, maxBytes)))
	if err != nil {
		return Sound{}, fmt.Errorf("read sound: %w", err)
	}
	return Sound{Rate: f.rate, PCM: mix(f.decode(raw), f.channels)}, nil
}

func (f format) decode(raw []byte) []int16 {
	if f.tag == tagPCM {
		pcm := make([]int16, len(raw)/2)
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
		}
		return pcm
	}
	law := g711.PCMU
	if f.tag == tagALaw {
		law = g711.PCMA
	}
	pcm := make([]int16, len(raw))
	law.Decode(pcm, raw)
	return pcm
}

func mix(pcm []int16, channels int) []int16 {
	if channels == 1 {
		return pcm
	}
	out := make([]int16, len(pcm)/channels)
	for i := range out {
		sum := 0
		for _, v := range pcm[i*channels : (i+1)*channels] {
			sum += int(v)
		}
		out[i] = int16(sum / channels)
	}
	return out
}

// Write encodes channels of equal rate as 16-bit PCM; the shorter ones are
// filled with silence.
func Write(w io.Writer, rate int, channels ...[]int16) error {
	n := 0
	for _, c := range channels {
		n = max(n, len(c))
	}
	width := 2 * len(channels)
	b := make([]byte, 0, 44+n*width)
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(36+n*width))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, tagPCM)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(channels)))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate))
	b = binary.LittleEndian.AppendUint32(b, uint32(rate*width))
	b = binary.LittleEndian.AppendUint16(b, uint16(width))
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(n*width))
	for i := range n {
		for _, c := range channels {
			v := int16(0)
			if i < len(c) {
				v = c[i]
			}
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
	}
	_, err := w.Write(b)
	return err
}
