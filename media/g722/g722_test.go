package g722

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
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

// The vectors are those of the g722 codec of FFmpeg 5.1. sound is a chirp to 7.5 kHz,
// noise, a square wave at full scale, silence and a whisper; noise is bytes at random;
// limits is bytes, found by search, that reach the limits of predictions and of both halves.
func TestEveryBitIsThatOfAnotherEncoder(t *testing.T) {
	pcm, want := samples(read(t, "sound.raw")), read(t, "sound.g722")
	got := make([]byte, len(pcm)/2)
	if n := new(Encoder).Encode(got, pcm); n != len(want) || !bytes.Equal(got, want) {
		t.Errorf("%d bytes of %d, the first other one is %d", n, len(want), differs(got, want))
	}
}

func TestEverySampleIsThatOfAnotherDecoder(t *testing.T) {
	for _, name := range []string{"sound", "noise", "limits"} {
		payload, want := read(t, name+".g722"), samples(read(t, name+".decoded.raw"))
		got := make([]int16, 2*len(payload))
		if n := new(Decoder).Decode(got, payload); n != len(want) || !slices.Equal(got, want) {
			t.Errorf("%s: %d samples of %d, the first other one is %d", name, n, len(want), differs(got, want))
		}
		if !slices.Contains(want, math.MaxInt16) || !slices.Contains(want, math.MinInt16) {
			t.Errorf("%s never reaches full scale: it does not show that sound is clipped, not wrapped", name)
		}
	}
}

// The vectors leave out sums of zeros beyond 16 bits, which are not FFmpeg's: it bounds none.
func TestEachPartialSumOfZerosIsBounded(t *testing.T) {
	const most = math.MaxInt16
	b := band{b: [6]int32{-most, -most, most, most, most, most}, d: [6]int32{most, most, most, most, most, most}}
	b.adaptZeros(most)
	// Adapted, the zeros are four of 32767 and two of -32512. The oldest four count as one,
	// from which the two are taken; the bounded whole would be 32767.
	if want := int32(most - 2*32512); b.sz != want {
		t.Errorf("the sum is %d, want %d", b.sz, want)
	}
	b = band{b: [6]int32{most, most, most, most, most, most}, d: [6]int32{most, most, most, most, most, most}}
	if b.adaptZeros(most); b.sz != most {
		t.Errorf("the sum is %d, want %d", b.sz, most)
	}
}

// No voice is kept here: the sums are of what FFmpeg made of two seconds of each sample.
func TestSpeechIsThatOfAnotherCodec(t *testing.T) {
	root := os.Getenv("CALLWARD_TESTDATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	dir := filepath.Join(root, "data", "speech")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: no recordings of people in %s: set CALLWARD_TESTDATA", dir)
	}
	for _, tt := range []struct{ name, encoded, decoded string }{
		{
			"en/austen0870.wav",
			"4d92ccd7860ec6e7460681d2667c6130077816f770cf87b6ad7b23687ba76927",
			"2ad664a9eff083ac265244e0ff67df8efc5c4723525e4ea10699e46fa4175b1d",
		},
		{
			"fr/dictee.wav",
			"f49d5a3bdd0b9aa552d11db739838f72c0c0d53c7839c60290b8bd5111fafae6",
			"10bbe93e4b5916bc64182cb2d8a8c6c3bd0da2a84a2fcfea1ca736911f62d5d8",
		},
	} {
		pcm := doubled(t, filepath.Join(dir, tt.name))
		payload, heard := make([]byte, len(pcm)/2), make([]int16, len(pcm))
		new(Encoder).Encode(payload, pcm)
		new(Decoder).Decode(heard, payload)
		var raw []byte
		for _, s := range heard {
			raw = binary.LittleEndian.AppendUint16(raw, uint16(s))
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(payload)); got != tt.encoded {
			t.Errorf("%s: the bytes differ, their sum is %s", tt.name, got)
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(raw)); got != tt.decoded {
			t.Errorf("%s: the sound differs, its sum is %s", tt.name, got)
		}
	}
}

// doubled is two seconds of a WAV file of 8 kHz, with the mean of each two samples between
// them: no filter, so that the sums depend on this package alone.
func doubled(t *testing.T, path string) []int16 {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	in := samples(b[bytes.Index(b, []byte("data"))+8:])[:16000]
	var out []int16
	for i, s := range in {
		next := in[min(i+1, len(in)-1)]
		out = append(out, s, int16((int32(s)+int32(next))>>1))
	}
	return out
}

func differs[T comparable](a, b []T) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// The lower half has six bits, the higher two. Each minimum is some 2 dB below what was
// measured.
func TestTonesComeThrough(t *testing.T) {
	for _, tt := range []struct{ hz, least float64 }{
		{100, 60}, {300, 59}, {1000, 45}, {2000, 47}, {3000, 39}, {3500, 33}, {4000, 38}, {4500, 24}, {5000, 19}, {6000, 25}, {7000, 20},
	} {
		pcm := make([]int16, 8000)
		for i := range pcm {
			pcm[i] = int16(8000 * math.Sin(2*math.Pi*tt.hz*float64(i)/16000))
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
		if snr := 10 * math.Log10(signal/noise); snr < tt.least {
			t.Errorf("%v Hz: %.1f dB, want %v", tt.hz, snr, tt.least)
		}
	}
}

// Zeros come back as zeros but for a few units, as the other codec gives them, too.
func TestSilenceStaysSilent(t *testing.T) {
	var e Encoder
	var d Decoder
	loud, b, out := make([]int16, 1600), make([]byte, 8000), make([]int16, 16000)
	for i := range loud {
		loud[i] = int16(20000 * math.Sin(float64(i)/5))
	}
	for _, after := range [][]int16{nil, loud} {
		n := e.Encode(b, after)
		d.Decode(out, b[:n])
		e.Encode(b, make([]int16, 16000))
		d.Decode(out, b)
		for i, s := range out[800:] { // 50 ms after
			if s < -8 || s > 8 {
				t.Fatalf("after %d samples of sound: sample %d of silence is %d", len(after), 800+i, s)
			}
		}
	}
}

func TestASingleLastSampleIsLeftOut(t *testing.T) {
	pcm := samples(read(t, "sound.raw"))[2000:2321]
	even, odd := make([]byte, 160), make([]byte, 160)
	new(Encoder).Encode(even, pcm[:320])
	if n := new(Encoder).Encode(odd, pcm); n != 160 || !bytes.Equal(even, odd) {
		t.Errorf("%d bytes of 321 samples, the first other one is %d", n, differs(even, odd))
	}
	if n := new(Encoder).Encode(nil, pcm[:1]); n != 0 {
		t.Errorf("%d bytes of one sample", n)
	}
}

func TestResetForgetsWhatCameBefore(t *testing.T) {
	pcm := samples(read(t, "sound.raw"))[:640]
	var e Encoder
	var d Decoder
	b, again := make([]byte, 320), make([]byte, 320)
	out, anew := make([]int16, 640), make([]int16, 640)
	d.Decode(out, b[:e.Encode(b, pcm)])
	e.Reset()
	d.Reset()
	d.Decode(anew, again[:e.Encode(again, pcm)])
	if !bytes.Equal(b, again) || !slices.Equal(out, anew) {
		t.Error("something is left after a reset")
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
