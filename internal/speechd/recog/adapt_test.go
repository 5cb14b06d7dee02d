package recog

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/callward/callward/internal/speechd/ps"
)

// What the filters of a sound give as a guess is where the model's mean is moved to.
func TestMeansAreMovedToWhereTheGuessesLie(t *testing.T) {
	b := newBand(18, 0.3)
	m, a := b.guessed(), bandMatrix(18)
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SliceOfN(rapid.Float64Range(-30, 30), ps.Width, ps.Width).Draw(t, "cepstra")
		frame := make([]float32, filters)
		for f := range 18 {
			for k, v := range c {
				frame[f] += float32(a[f][k] * v)
			}
		}
		for i, got := range b.cepstra(frame) {
			want := 0.0
			for k, v := range c {
				want += m[i][k] * v
			}
			if math.Abs(float64(got)-want) > 0.01 {
				t.Fatalf("cepstrum %d is guessed as %.3f, the mean is moved to %.3f", i, got, want)
			}
		}
	})
}

func TestEachStreamIsMovedAlike(t *testing.T) {
	b := newBand(18, 0.3)
	three, one := string(b.adaptation([]int{13, 13, 13})), string(b.adaptation([]int{39}))
	if !strings.HasPrefix(three, "1\n3\n13\n") || !strings.HasPrefix(one, "1\n1\n39\n") {
		t.Errorf("the transforms begin with %q and %q", three[:8], one[:8])
	}
	row := strings.SplitN(three, "\n", 5)[3]
	zeros := strings.Repeat(fmt.Sprintf("%.6f ", 0.0), 13)
	for i, line := range strings.Split(one, "\n")[3:] {
		if i%13 == 0 && i < 39 && line != strings.Repeat(zeros, i/13)+row+strings.Repeat(zeros, 2-i/13) {
			t.Errorf("row %d of a stream of all is %q", i, line)
		}
	}
	for _, streams := range [][]int{{32}, {13, 12}, {0}} { // behind a feature transform nothing is known of the cepstra
		if got := b.adaptation(streams); got != nil {
			t.Errorf("streams of %v are moved", streams)
		}
	}
}

// means writes the header of a file of means.
func means(order binary.AppendByteOrder, streams ...int) []byte {
	out := []byte("s3\nversion 1.0\nchksum0 yes\n endhdr\n")
	out = order.AppendUint32(out, 0x11223344)
	for _, v := range slices.Concat([]int{42, len(streams), 128}, streams) {
		out = order.AppendUint32(out, uint32(v)) //nolint:gosec // small numbers.
	}
	return out
}

func TestTheStreamsOfAModelAreReadFromItsMeans(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		if got, err := parseStreams(means(order, 13, 13, 13)); err != nil || !slices.Equal(got, []int{13, 13, 13}) {
			t.Errorf("%v: %v, %v", order, got, err)
		}
	}
	for _, broken := range [][]byte{nil, []byte("s3\nendhdr\n"), means(binary.LittleEndian, 13, 13)[:56], []byte(strings.Repeat("endhdr\n", 9))} {
		if got, err := parseStreams(broken); err == nil {
			t.Errorf("%q has the streams %v", broken, got)
		}
	}
}

func FuzzStreams(f *testing.F) {
	f.Add(means(binary.LittleEndian, 13, 13, 13))
	f.Add(means(binary.BigEndian, 39))
	f.Add(means(binary.LittleEndian, 32)[:50])
	f.Fuzz(func(t *testing.T, head []byte) {
		if streams, err := parseStreams(head); err == nil && len(streams) > maxStreams {
			t.Errorf("%d streams", len(streams))
		}
	})
}
