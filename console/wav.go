package console

import (
	"encoding/binary"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/g711"
)

// wavOf puts G.711 µ-law at 8 kHz into a WAV file of 16-bit PCM, which everything plays
// (IBM and Microsoft, Multimedia Programming Interface and Data Specifications 1.0).
func wavOf(code []byte) []byte {
	const header, format, width = 44, 16, 2
	pcm := make([]int16, len(code))
	g711.PCMU.Decode(pcm, code)
	out := make([]byte, 0, header+width*len(pcm))
	u32 := func(v int) { out = binary.LittleEndian.AppendUint32(out, uint32(v)) } //nolint:gosec // of a message
	u16 := func(v int) { out = binary.LittleEndian.AppendUint16(out, uint16(v)) } //nolint:gosec // as above
	out = append(out, "RIFF"...)
	u32(header - 8 + width*len(pcm))
	out = append(out, "WAVEfmt "...)
	u32(format)
	u16(1) // PCM
	u16(1) // channel
	u32(media.Rate)
	u32(media.Rate * width)
	u16(width)
	u16(8 * width)
	out = append(out, "data"...)
	u32(width * len(pcm))
	for _, v := range pcm {
		u16(int(v))
	}
	return out
}
