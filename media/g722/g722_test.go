package g722

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func read(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func samples(b []byte) []int16 {
	pcm := make([]int16, len(b)/2)
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return pcm
}

// The vectors are those of another implementation: a chirp to 7.5 kHz, noise, a square
// wave at full scale, silence and a whisper.
func TestEveryBitIsThatOfAnotherEncoder(t *testing.T) {
	pcm, want := samples(read(t, "sound.raw")), read(t, "sound.g722")
	got := make([]byte, len(pcm)/2)
	if n := new(Encoder).Encode(got, pcm); n != len(want) || !bytes.Equal(got, want) {
		t.Errorf("%d bytes of %d, the first other one is %d", n, len(want), differs(got, want))
	}
}

// Where the other one wraps around, which is heard as a click, ours is clipped.
func TestEverySampleIsThatOfAnotherDecoder(t *testing.T) {
	for _, name := range []string{"sound", "noise"} {
		payload, want := read(t, name+".g722"), samples(read(t, name+".decoded.raw"))
		got := make([]int16, 2*len(payload))
		clipped := 0
		if n := new(Decoder).Decode(got, payload); n != len(want) {
			t.Fatalf("%s: %d samples of %d", name, n, len(want))
		}
		for i, s := range got {
			if s == math.MaxInt16 || s == math.MinInt16 {
				clipped++
			} else if s != want[i] {
				t.Fatalf("%s: sample %d is %d, want %d", name, i, s, want[i])
			}
		}
		if clipped > len(got)/20 {
			t.Errorf("%s: %d of %d samples are clipped", name, clipped, len(got))
		}
	}
}

func differs[T comparable](a, b []T) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

func TestTonesComeThrough(t *testing.T) {
	for _, hz := range []float64{100, 300, 1000, 2500, 3500, 4500, 6000, 7000} {
		pcm := make([]int16, 8000)
		for i := range pcm {
			pcm[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(i)/16000))
		}
		b := make([]byte, 4000)
		out := make([]int16, 8000)
		new(Encoder).Encode(b, pcm)
		new(Decoder).Decode(out, b)
		const delay = 22 // of both pairs of filters
		signal, noise := 0.0, 0.0
		for i := 2000; i < 8000; i++ {
			x, y := float64(pcm[i-delay]), float64(out[i])
			signal, noise = signal+x*x, noise+(x-y)*(x-y)
		}
		if snr := 10 * math.Log10(signal/noise); snr < 15 {
			t.Errorf("%v Hz: %.1f dB", hz, snr)
		}
	}
}

func TestPiecesMakeTheWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	pcm := samples(read(t, "sound.raw"))
	whole, heard := make([]byte, len(pcm)/2), make([]int16, len(pcm))
	new(Encoder).Encode(whole, pcm)
	new(Decoder).Decode(heard, whole)
	var e Encoder
	var d Decoder
	var out []byte
	var sound []int16
	for at := 0; at < len(pcm); {
		n := min(2+2*r.IntN(200), len(pcm)-at)
		b := make([]byte, n/2)
		e.Encode(b, pcm[at:at+n])
		s := make([]int16, n)
		d.Decode(s, b)
		out, sound, at = append(out, b...), append(sound, s...), at+n
	}
	if !bytes.Equal(out, whole) || !slices.Equal(sound, heard) {
		t.Error("pieces differ from the whole")
	}
}

// Whatever comes, it is sound of the right length.
func FuzzDecoder(f *testing.F) {
	f.Add([]byte{0, 255, 128, 127})
	f.Add(bytes.Repeat([]byte{0x3e}, 400))
	f.Add(bytes.Repeat([]byte{0x84, 0x1f}, 400))
	f.Fuzz(func(t *testing.T, payload []byte) {
		pcm := make([]int16, 2*len(payload))
		var d Decoder
		if n := d.Decode(pcm, payload); n != len(pcm) {
			t.Fatalf("%d samples of %d bytes", n, len(payload))
		}
		var e Encoder
		if n := e.Encode(make([]byte, len(payload)), pcm); n != len(payload) {
			t.Fatalf("%d bytes of %d samples", n, len(pcm))
		}
		for _, b := range []*band{&d.low, &d.high, &e.low, &e.high} {
			if len(payload) > 0 && (b.det <= 0 || b.nb < 0 || b.nb > mostHigh) {
				t.Fatalf("a step of %d, %d", b.det, b.nb)
			}
		}
	})
}

func TestNothingIsAllocated(t *testing.T) {
	var e Encoder
	var d Decoder
	pcm, b := make([]int16, 320), make([]byte, 160)
	if n := testing.AllocsPerRun(100, func() { d.Decode(pcm, b[:e.Encode(b, pcm)]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkEncode(b *testing.B) {
	var e Encoder
	pcm, out := samples(read(b, "sound.raw"))[:320], make([]byte, 160)
	for b.Loop() {
		e.Encode(out, pcm)
	}
}

func BenchmarkDecode(b *testing.B) {
	var d Decoder
	pcm, in := make([]int16, 320), read(b, "sound.g722")[:160]
	for b.Loop() {
		d.Decode(pcm, in)
	}
}
