package recog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/callward/callward/internal/speechd/ps"
)

// What a decoder is given is not the cepstra that its model was trained with, but
// the guess at them from a telephone's filters (see band). For a sound whose
// cepstra are c on average the guess is on average
//
//	M c, with M = G A
//
// where G is the guess and A leads from cepstra to the filters. M is not the
// identity: a sound that lives above the band, such as the "s" of "six", is guessed
// to be like any other, and fits the Gaussian of another sound better than its own.
// So the model's means are moved to where the guesses lie. Differences over time are
// linear in the cepstra, and move alike. Variances stay: narrowed by the same matrix
// they fitted worse, since what is left is not all that a telephone adds.

// guessed gives M.
func (b *band) guessed() (m [ps.Width][ps.Width]float64) {
	a := bandMatrix(b.n)
	for i := range m {
		for k := range m {
			for j := range b.n {
				m[i][k] += b.gain[i][j] * a[j][k]
			}
		}
	}
	return m
}

// adaptation writes the move of the means of streams so long, as the library reads
// it (MLLR of the Sphinx tools, of one class); nil if a stream is not made of whole
// frames of cepstra, as behind a feature transform.
func (b *band) adaptation(streams []int) []byte {
	m := b.guessed()
	var out bytes.Buffer
	fmt.Fprintf(&out, "1\n%d\n", len(streams))
	for _, width := range streams {
		if width <= 0 || width%ps.Width != 0 {
			return nil
		}
		fmt.Fprintln(&out, width)
		for i := range width {
			for k := range width {
				x := 0.0
				if i/ps.Width == k/ps.Width {
					x = m[i%ps.Width][k%ps.Width]
				}
				fmt.Fprintf(&out, "%.6f ", x)
			}
			fmt.Fprintln(&out)
		}
		fmt.Fprintln(&out, strings.Repeat("0 ", width)) // no shift: the mean is taken off
		fmt.Fprintln(&out, strings.Repeat("1 ", width)) // of the variances
	}
	return out.Bytes()
}

// Bounds of a model's header, beyond which it is none of ours.
const (
	maxStreams = 8
	maxHeader  = 4096
)

var errMeans = errors.New("not a file of means")

// streamsOf tells how wide the streams of a model's features are, from the header of
// its means: a text, then integers of the byte order that the first one shows.
func streamsOf(dir string) ([]int, error) {
	f, err := os.Open(filepath.Join(dir, "means")) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, maxHeader)
	n, err := f.Read(head)
	if err != nil {
		return nil, err
	}
	return parseStreams(head[:n])
}

// parseStreams reads the header of a file of means.
func parseStreams(head []byte) ([]int, error) {
	const end, magic = "endhdr\n", 0x11223344
	_, body, found := bytes.Cut(head, []byte(end))
	if !found || len(body) < 16 {
		return nil, errMeans
	}
	var order binary.ByteOrder = binary.LittleEndian
	if order.Uint32(body) != magic {
		order = binary.BigEndian
	}
	n := order.Uint32(body[8:]) // after the magic number and the number of codebooks
	if order.Uint32(body) != magic || n > maxStreams || len(body) < 16+4*int(n) {
		return nil, errMeans
	}
	var out []int
	for i := range int(n) {
		width := order.Uint32(body[16+4*i:]) // after the number of densities
		if width > maxHeader {
			return nil, errMeans
		}
		out = append(out, int(width))
	}
	return out, nil
}
