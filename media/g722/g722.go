// Package g722 encodes and decodes wideband speech at 64 kbit/s (ITU-T G.722, mode 1):
// 16 kHz PCM16 mono, one byte for each two samples. It is pure and allocates nothing;
// the zero Encoder and Decoder are ready.
//
// A pair of filters parts the sound at 4 kHz. Each half is coded at 8 kHz by the
// difference from what was predicted: the lower with six bits, the higher with two.
// Names of variables follow the recommendation, so that it can be read beside.
package g722

import "math"

// Tables of the recommendation: quantizers, their inverses, and the logarithms by
// which step sizes are adapted (section 3).
//
//nolint:gochecknoglobals // read-only tables
var (
	qmf = [12]int32{3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11}

	q6  = [30]int32{0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919}
	qm4 = [16]int32{0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0}
	qm6 = [64]int32{
		-136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
	}
	qm2 = [4]int32{-7408, -1616, 7408, 1616}

	wl   = [8]int32{-60, -30, 58, 172, 334, 538, 1198, 3042}
	rl42 = [16]uint8{0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0}
	wh   = [4]int32{798, -214, 798, -214}
	ilb  = [32]int32{
		2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
	}
)

// Limits of the logarithms of step sizes, and the smallest steps.
const (
	mostLow, leastLow   = 18432, 32
	mostHigh, leastHigh = 22528, 8
)

// band predicts one half of the sound (section 3.5 and 3.6).
type band struct {
	nb  int32    // logarithm of the step size
	det int32    // step size; 0: not begun
	s   int32    // predicted
	sz  int32    // by the zeros
	a   [2]int32 // poles
	b   [6]int32 // zeros
	d   [6]int32 // latest differences
	r   [2]int32 // latest sounds made anew
	p   [2]int32 // latest partly made
}

// start gives the smallest step to a band that has not begun.
func (b *band) start(least int32) {
	if b.det == 0 {
		b.det = least
	}
}

// scale adapts the step size to a code (blocks 3L and 3H).
func (b *band) scale(weight, most, shift int32) {
	b.nb = min(max(b.nb*127>>7+weight, 0), most)
	by := shift - b.nb>>11
	det := ilb[b.nb>>6&31]
	if by < 0 {
		b.det = det << -by << 2
	} else {
		b.det = det >> by << 2
	}
}

// adapt takes the difference that was sent into the prediction (block 4).
func (b *band) adapt(d int32) {
	r := saturate(b.s + d)
	p := saturate(b.sz + d)
	b.adaptPoles(p)
	b.adaptZeros(d)

	b.r = [2]int32{r, b.r[0]}
	b.p = [2]int32{p, b.p[0]}
	sp := saturate(b.a[0]*saturate(2*b.r[0])>>15 + b.a[1]*saturate(2*b.r[1])>>15)
	b.s = saturate(sp + b.sz)
}

func (b *band) adaptPoles(p int32) {
	same0, same1 := (p^b.p[0]) >= 0, (p^b.p[1]) >= 0
	// second pole (UPPOL2)
	turn := saturate(4 * b.a[0])
	if same0 {
		turn = -turn
	}
	turn = min(turn, math.MaxInt16) >> 7
	if same1 {
		turn += 128
	} else {
		turn -= 128
	}
	second := turn + b.a[1]*32512>>15
	second = min(max(second, -12288), 12288)
	// first pole (UPPOL1)
	first := int32(-192)
	if same0 {
		first = 192
	}
	first = saturate(first + b.a[0]*32640>>15)
	limit := saturate(15360 - second)
	b.a = [2]int32{min(max(first, -limit), limit), second}
}

// adaptZeros moves the zeros, takes in a difference, and predicts by both: one pass over
// what is filtered, since this is where the time goes. It begins at the oldest, because
// each partial sum is bounded (FILTEZ); some implementations bound the whole or nothing.
func (b *band) adaptZeros(d int32) {
	step := int32(128)
	if d == 0 {
		step = 0
	}
	sum := int32(0)
	for i := len(b.d) - 1; i >= 0; i-- {
		old, newer := b.d[i], d
		if i > 0 {
			newer = b.d[i-1]
		}
		up := step ^ (d^old)>>31
		up -= (d ^ old) >> 31 // negated if the signs differ
		zero := saturate(up + b.b[i]*32640>>15)
		b.b[i], b.d[i] = zero, newer
		sum = saturate(sum + zero*saturate(2*newer)>>15)
	}
	b.sz = sum
}

func saturate(x int32) int32 { return min(max(x, math.MinInt16), math.MaxInt16) }

// Encoder makes bytes of sound.
type Encoder struct {
	x         [pairs]pair
	low, high band
}

// Encode writes a byte for each two samples of pcm and gives their number. dst has room
// for them. A single last sample is left out, and not kept for the next call: give pairs.
func (e *Encoder) Encode(dst []byte, pcm []int16) int {
	e.low.start(leastLow)
	e.high.start(leastHigh)
	n := len(pcm) / 2
	dst = dst[:n]
	for i := 0; i < n; i += chunk {
		e.piece(dst[i:min(n, i+chunk)], pcm[2*i:])
	}
	return n
}

// Reset forgets what came before.
func (e *Encoder) Reset() { *e = Encoder{} }

func (e *Encoder) piece(dst []byte, pcm []int16) {
	var x [pairs + chunk]pair
	copy(x[:], e.x[:])
	for i := range dst {
		x[pairs+i] = pair{int32(pcm[2*i]), int32(pcm[2*i+1])} //nolint:gosec // at most chunk
	}
	for i := range dst {
		even, odd := filter((*[pairs]pair)(x[i+1:]))
		dst[i] = e.code((even+odd)>>14, (even-odd)>>14)
	}
	copy(e.x[:], x[len(dst):])
}

// A pair is two samples, or the sum and the difference of the halves.
type pair struct{ first, second int32 }

const (
	pairs = 12 // that the filters look at
	chunk = 160
)

// filter weighs pairs by the two filters that part the halves, and join them.
func filter(x *[pairs]pair) (even, odd int32) {
	for i := range x {
		odd += x[i].first * qmf[i]
		even += x[i].second * qmf[pairs-1-i]
	}
	return even, odd
}

func (e *Encoder) code(low, high int32) byte {
	code := quantizeLow(saturate(low-e.low.s), e.low.det)
	four := code >> 2
	d := e.low.det * qm4[four] >> 15
	e.low.scale(wl[rl42[four]], mostLow, 8)
	e.low.adapt(d)

	difference := saturate(high - e.high.s)
	two := int32(2)
	if difference < 0 {
		two = 0
	}
	if magnitude(difference) < 564*e.high.det>>12 {
		two++
	}
	d = e.high.det * qm2[two] >> 15
	e.high.scale(wh[two], mostHigh, 10)
	e.high.adapt(d)
	return byte(two<<6 | code) //nolint:gosec // eight bits
}

// magnitude is that of a difference, as the quantizers count it.
func magnitude(x int32) int32 {
	if x < 0 {
		return -(x + 1)
	}
	return x
}

// quantizeLow gives the six bits of a difference (block 1L).
func quantizeLow(x, det int32) int32 {
	m, i, top := magnitude(x), int32(1), int32(len(q6))
	for i < top { // the first threshold above it
		if at := (i + top) / 2; m >= q6[at]*det>>12 {
			i = at + 1
		} else {
			top = at
		}
	}
	switch {
	case x >= 0:
		return 62 - i
	case i <= 2:
		return 64 - i
	}
	return 34 - i
}

// Decoder makes sound of bytes.
type Decoder struct {
	x         [pairs]pair
	low, high band
}

// Decode writes two samples for each byte of payload and gives their number. pcm has
// room for them.
func (d *Decoder) Decode(pcm []int16, payload []byte) int {
	d.low.start(leastLow)
	d.high.start(leastHigh)
	pcm = pcm[:2*len(payload)]
	for i := 0; i < len(payload); i += chunk {
		d.piece(pcm[2*i:], payload[i:min(len(payload), i+chunk)])
	}
	return len(pcm)
}

// Reset forgets what came before.
func (d *Decoder) Reset() { *d = Decoder{} }

func (d *Decoder) piece(pcm []int16, payload []byte) {
	var x [pairs + chunk]pair
	copy(x[:], d.x[:])
	for i, code := range payload {
		low, high := d.halves(int32(code))
		x[pairs+i] = pair{low + high, low - high} //nolint:gosec // at most chunk
		even, odd := filter((*[pairs]pair)(x[i+1:]))
		pcm[2*i], pcm[2*i+1] = int16(saturate(even>>11)), int16(saturate(odd>>11)) //nolint:gosec // just bounded
	}
	copy(d.x[:], x[len(payload):])
}

// halves makes the sound of both anew.
func (d *Decoder) halves(code int32) (low, high int32) {
	six, four, two := code&63, code>>2&15, code>>6
	low = limit(d.low.s + d.low.det*qm6[six]>>15)
	difference := d.low.det * qm4[four] >> 15
	d.low.scale(wl[rl42[four]], mostLow, 8)
	d.low.adapt(difference)

	difference = d.high.det * qm2[two] >> 15
	high = limit(difference + d.high.s)
	d.high.scale(wh[two], mostHigh, 10)
	d.high.adapt(difference)
	return low, high
}

// limit is that of a half's sound: 15 bits.
func limit(x int32) int32 { return min(max(x, -16384), 16383) }
