// Package g711 turns PCM16 into G.711 and back (ITU-T G.711, RFC 3551 section
// 4.5.14). It is pure: tables, no state, no goroutine, no allocation.
package g711

// Law is one of the two companding laws.
type Law uint8

// The laws of G.711, under the names SDP gives them.
const (
	PCMU Law = iota // mu-law: North America, Japan
	PCMA            // A-law: the rest of the world
)

// String gives the encoding name of RFC 3551.
func (l Law) String() string {
	if l == PCMA {
		return "PCMA"
	}
	return "PCMU"
}

// Silence is the code of a zero sample.
func (l Law) Silence() byte {
	if l == PCMA {
		return 0xD5
	}
	return 0xFF
}

// Decode fills pcm from code, one sample a byte, and returns how many.
func (l Law) Decode(pcm []int16, code []byte) int {
	table := &tables.fromU
	if l == PCMA {
		table = &tables.fromA
	}
	n := min(len(pcm), len(code))
	pcm, code = pcm[:n], code[:n]
	for i, c := range code {
		pcm[i] = table[c]
	}
	return n
}

// Encode fills code from pcm, one byte a sample, and returns how many.
func (l Law) Encode(code []byte, pcm []int16) int {
	n := min(len(pcm), len(code))
	pcm, code = pcm[:n], code[:n]
	if l == PCMA {
		for i, s := range pcm {
			code[i] = tables.toA[uint16(s)>>4]
		}
		return n
	}
	for i, s := range pcm {
		code[i] = tables.toU[uint16(s)>>2]
	}
	return n
}

// tables holds all codes. Mu-law looks at 14 bits of a sample and A-law at 12,
// so the tables that encode stay small enough for the first cache.
var tables = newTables() //nolint:gochecknoglobals // computed once, only read

type codeTables struct {
	fromU, fromA [256]int16
	toU          [1 << 14]byte
	toA          [1 << 12]byte
}

func newTables() *codeTables {
	t := new(codeTables)
	for c := range 256 {
		t.fromU[c] = expandU(byte(c))
		t.fromA[c] = expandA(byte(c))
	}
	for i := range t.toU {
		t.toU[i] = compressU(int16(uint16(i) << 2)) //nolint:gosec // the table is indexed by the bits
	}
	for i := range t.toA {
		t.toA[i] = compressA(int16(uint16(i) << 4)) //nolint:gosec // the table is indexed by the bits
	}
	return t
}

// expandU and compressU follow ITU-T G.191, ulaw_expand and ulaw_compress.
func expandU(code byte) int16 {
	c := ^code
	exponent, mantissa := c>>4&7, int(c&15)
	v := (mantissa<<3+0x84)<<exponent - 0x84
	if c&0x80 != 0 {
		v = -v
	}
	return int16(v) //nolint:gosec // at most 32124
}

func compressU(s int16) byte {
	v, sign := int(s)>>2, byte(0x80)
	if s < 0 {
		v, sign = (^int(s))>>2, 0
	}
	v = min(v+33, 0x1FFF)
	segment := 1
	for i := v >> 6; i != 0; i >>= 1 {
		segment++
	}
	high, low := 8-segment, 15-(v>>segment)&15
	return byte(high<<4|low) | sign //nolint:gosec // 7 bits
}

// expandA and compressA follow ITU-T G.191, alaw_expand and alaw_compress.
func expandA(code byte) int16 {
	c := code ^ 0x55
	exponent, v := c>>4&7, int(c&15)<<4+8
	if exponent > 0 {
		v += 0x100
	}
	if exponent > 1 {
		v <<= exponent - 1
	}
	if c&0x80 == 0 {
		v = -v
	}
	return int16(v) //nolint:gosec // at most 32256
}

func compressA(s int16) byte {
	v, sign := int(s)>>4, byte(0x80)
	if s < 0 {
		v, sign = (^int(s))>>4, 0
	}
	exponent := 0
	if v > 15 {
		exponent = 1
		for v > 31 {
			v >>= 1
			exponent++
		}
		v -= 16
	}
	return (byte(exponent<<4|v) | sign) ^ 0x55 //nolint:gosec // 7 bits
}
