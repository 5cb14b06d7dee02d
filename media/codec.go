package media

import (
	"errors"
	"fmt"

	"github.com/thesyncim/gopus"

	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/g722"
	"github.com/callward/callward/media/jitter"
	"github.com/callward/callward/media/sdp"
)

// A codec is what was agreed on for both ways.
type codec struct {
	name  string
	kind  meaning
	rate  int    // samples a second
	clock uint32 // ticks of RTP time a second
}

//nolint:gochecknoglobals // a read-only table
var codecs = []codec{
	{sdp.PCMU, meansPCMU, Rate, 8000},
	{sdp.PCMA, meansPCMA, Rate, 8000},
	{sdp.G722, meansG722, WideRate, 8000}, // its clock is half its rate (RFC 3551 section 4.5.2)
	{sdp.Opus, meansOpus, WideRate, 48000},
}

// Codecs are the names of all, those of a rate first.
func Codecs(rate int) []string {
	if rate == WideRate {
		return []string{sdp.G722, sdp.Opus, sdp.PCMA, sdp.PCMU}
	}
	return []string{sdp.PCMA, sdp.PCMU, sdp.G722, sdp.Opus}
}

func codecOf(name string) *codec {
	for i := range codecs {
		if codecs[i].name == name {
			return &codecs[i]
		}
	}
	return &codecs[0]
}

// frame is the samples of a tick, ticks their RTP time.
func (c *codec) frame() int    { return c.rate / ticksPerSecond }
func (c *codec) ticks() uint32 { return c.clock / uint32(ticksPerSecond) }

// samples is how many there are in so much RTP time.
func (c *codec) samples(ticks uint32) int { return int(ticks) * c.rate / int(c.clock) }

// time is how much RTP time samples take.
func (c *codec) time(samples int) uint32 { return uint32(samples) * c.clock / uint32(c.rate) } //nolint:gosec // of a frame

// Opus is told what speech over a network needs: 24 kbit/s carry 8 kHz of bandwidth, and
// of each frame a coarse copy goes with the next, in case it is lost (RFC 6716 section 2.1.7).
const (
	opusBits       = 24000
	opusComplexity = 5  // of 10: two thirds of the cost of the most, and few hear it
	opusLoss       = 10 // percent that the copies are made for
	opusStep       = 40 // samples of 2.5 ms, which all its frames are made of
)

// coding holds the states of a codec that has any: the pacer's own.
type coding struct {
	kind    meaning
	encoder g722.Encoder
	decoder g722.Decoder
	to      *gopus.Encoder
	from    *gopus.Decoder
	repair  []float32
}

// newCoding makes the states; those of Opus are half a megabyte.
func newCoding(c *codec) (*coding, error) {
	out := &coding{kind: c.kind}
	if c.kind != meansOpus {
		return out, nil
	}
	to, err := gopus.NewEncoder(gopus.EncoderConfig{SampleRate: c.rate, Channels: 1, Application: gopus.ApplicationVoIP})
	if err == nil {
		err = errors.Join(to.SetBitrate(opusBits), to.SetComplexity(opusComplexity), to.SetPacketLoss(opusLoss))
		to.SetFEC(true)
	}
	if err != nil {
		return nil, fmt.Errorf("opus: %w", err)
	}
	from, err := gopus.NewDecoder(gopus.DefaultDecoderConfig(c.rate, 1))
	if err != nil {
		return nil, fmt.Errorf("opus: %w", err)
	}
	out.to, out.from, out.repair = to, from, make([]float32, longestPiece)
	return out, nil
}

// encode writes the payload of one frame, silence included, and gives its length; 0 means
// that it could not.
func (t *terms) encode(w *workspace, dst []byte, pcm []int16, sounds bool) int {
	switch law := lawOf(t.codec.kind); {
	case t.codec.kind == meansG722:
		return t.coding.encoder.Encode(dst, pcm)
	case t.codec.kind == meansOpus:
		n, err := t.coding.to.EncodeInt16(pcm, dst)
		if err != nil {
			return 0
		}
		return n
	case sounds:
		law.Encode(dst, pcm)
		return len(pcm)
	default:
		return copy(dst, w.silence[law])
	}
}

// conceal makes up for what was lost, if the codec can: from the copy in the packet that
// follows, if it is there, or from what was before.
func (c *coding) conceal(pcm []int16, hole jitter.Piece) bool {
	if c.kind != meansOpus || len(pcm)%opusStep != 0 {
		return false
	}
	n, err := c.from.DecodeWithFEC(hole.Payload, c.repair[:len(pcm)], true)
	if err != nil || n != len(pcm) {
		return false
	}
	for i, x := range c.repair[:n] {
		pcm[i] = int16(max(-32768, min(32767, 32768*x)))
	}
	return true
}

// duration is the RTP time of a payload; 0 means that it is none of its codec.
func duration(kind meaning, payload []byte) uint32 {
	if kind == meansOpus {
		return opusDuration(payload)
	}
	return uint32(len(payload)) //nolint:gosec // of a packet
}

// opusDuration reads how long a packet plays, at 48 kHz (RFC 6716 section 3.1).
func opusDuration(p []byte) uint32 {
	if len(p) == 0 {
		return 0
	}
	var frame uint32
	switch config := p[0] >> 3; {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		frame = [...]uint32{480, 960, 1920, 2880}[config%4]
	case config < 16: // both: 10, 20 ms
		frame = [...]uint32{480, 960}[config%2]
	default: // CELT: 2.5, 5, 10, 20 ms
		frame = 120 << (config % 4)
	}
	count := uint32(1)
	switch p[0] & 3 {
	case 1, 2:
		count = 2
	case 3:
		if len(p) < 2 {
			return 0
		}
		count = uint32(p[1] & 63)
	}
	return frame * count
}

func lawOf(m meaning) g711.Law {
	if m == meansPCMA {
		return g711.PCMA
	}
	return g711.PCMU
}
