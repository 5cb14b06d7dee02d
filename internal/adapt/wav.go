package adapt

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/speechd/audio"
)

// longestSound bounds the sound of one text.
const longestSound = 15 * time.Minute

// make gives the sound of a text at a rate, piece by piece.
func (r *TTS) make(ctx context.Context, p Phrase, rate int, give func(pcm []int16) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Giving may wait for the listener: only the vendor's silence counts.
	patience := time.AfterFunc(r.patience(), cancel)
	defer patience.Stop()
	in, err := r.Synthesizer.Speak(ctx, p)
	if err != nil {
		return err
	}
	defer in.Close()
	samples, err := newSamples(in, p.Rate)
	if err != nil {
		return err
	}
	out := audio.NewResampler(samples.rate, rate)
	for total := 0; ; {
		pcm, err := samples.next()
		patience.Stop()
		if errors.Is(err, io.EOF) {
			return give(out.Flush())
		}
		if err != nil {
			return err
		}
		if total += len(pcm); total > int(longestSound/time.Second)*samples.rate {
			return status.Error(codes.OutOfRange, "the sound does not end")
		}
		if err := give(out.Write(pcm)); err != nil {
			return err
		}
		patience.Reset(r.patience())
	}
}

// samples reads 16-bit samples, raw or from a WAV file.
type samples struct {
	in   io.Reader
	rate int
	buf  []byte
	have int // of buf: half a sample
}

var errWAV = errors.New("a WAV file that is not of 16-bit samples in one channel")

// newSamples reads what comes before the first sample. Raw samples have the rate
// given; a WAV file says its own.
func newSamples(r io.Reader, rate int) (*samples, error) {
	in := bufio.NewReaderSize(r, 4096)
	s := &samples{in: in, rate: rate, buf: make([]byte, 6400)}
	head, err := in.Peek(12)
	if errors.Is(err, io.EOF) || err == nil && !isWAV(head) {
		return s, nil // raw; too short for a header is too
	}
	if err != nil {
		return nil, err
	}
	_, _ = in.Discard(12) // it was peeked
	return s, s.header(in)
}

func isWAV(head []byte) bool {
	return bytes.Equal(head[:4], []byte("RIFF")) && bytes.Equal(head[8:12], []byte("WAVE"))
}

// maxChunkSize bounds a chunk before the samples.
const maxChunkSize = 64 << 10

// header reads the chunks up to the samples (RIFF, WAVE format PCM).
func (s *samples) header(in io.Reader) error {
	var head [8]byte
	for known := false; ; {
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return errors.Join(errWAV, err)
		}
		size := binary.LittleEndian.Uint32(head[4:])
		if string(head[:4]) == "data" {
			if !known {
				return errWAV
			}
			if size != 0 && size < 1<<31-1 { // what is streamed does not know its size
				s.in = io.LimitReader(in, int64(size))
			}
			return nil
		}
		if size > maxChunkSize {
			return errWAV
		}
		chunk := make([]byte, size+size%2)
		if _, err := io.ReadFull(in, chunk); err != nil {
			return errors.Join(errWAV, err)
		}
		if string(head[:4]) == "fmt " {
			if known = s.format(chunk); !known {
				return errWAV
			}
		}
	}
}

// format reads the chunk of that name.
func (s *samples) format(c []byte) bool {
	if len(c) < 16 {
		return false
	}
	const pcm, extensible = 1, 0xFFFE
	tag := binary.LittleEndian.Uint16(c)
	s.rate = int(binary.LittleEndian.Uint32(c[4:]))
	return (tag == pcm || tag == extensible) && binary.LittleEndian.Uint16(c[2:]) == 1 &&
		binary.LittleEndian.Uint16(c[14:]) == 16 && s.rate >= 8000 && s.rate <= 48000
}

// next gives the samples that come next.
func (s *samples) next() ([]int16, error) {
	for {
		n, err := s.in.Read(s.buf[s.have:])
		n += s.have
		if n >= 2 {
			pcm := make([]int16, n/2)
			for i := range pcm {
				pcm[i] = int16(binary.LittleEndian.Uint16(s.buf[2*i:]))
			}
			s.have = copy(s.buf, s.buf[n-n%2:n])
			return pcm, nil
		}
		s.have = n
		if err != nil {
			return nil, err
		}
	}
}

// WAV is a file of 16-bit samples in one channel.
func WAV(pcm []int16, rate int) []byte {
	const header = 44
	out := make([]byte, header, header+2*len(pcm))
	size := uint32(2 * len(pcm))
	copy(out, "RIFF")
	binary.LittleEndian.PutUint32(out[4:], size+header-8)
	copy(out[8:], "WAVEfmt ")
	binary.LittleEndian.PutUint32(out[16:], 16)
	binary.LittleEndian.PutUint16(out[20:], 1)
	binary.LittleEndian.PutUint16(out[22:], 1)
	binary.LittleEndian.PutUint32(out[24:], uint32(rate))
	binary.LittleEndian.PutUint32(out[28:], uint32(2*rate))
	binary.LittleEndian.PutUint16(out[32:], 2)
	binary.LittleEndian.PutUint16(out[34:], 16)
	copy(out[36:], "data")
	binary.LittleEndian.PutUint32(out[40:], size)
	for _, v := range pcm {
		out = binary.LittleEndian.AppendUint16(out, uint16(v))
	}
	return out
}

// PCM is samples as bytes, little endian.
func PCM(pcm []int16) []byte {
	out := make([]byte, 0, 2*len(pcm))
	for _, v := range pcm {
		out = binary.LittleEndian.AppendUint16(out, uint16(v))
	}
	return out
}
