package intent

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
)

// learning names the way in which Train learns. Whoever changes what it makes of the same
// examples raises it, or what was kept before is used on; a test notices.
const learning = "callward intents 1\n"

// ErrStored says that what was kept of a classifier cannot be read: it is of another
// version, cut off or changed.
var ErrStored = errors.New("no classifier as this version keeps them")

// Fingerprint names what Train makes of the same examples and options: other examples, or
// the same in another order, give another one.
func Fingerprint(examples []Example, opt Options) string {
	opt = opt.defaults()
	h := sha256.New()
	put := func(text string) { fmt.Fprintf(h, "%d %s", len(text), text) }
	put(learning)
	fmt.Fprintf(h, "%d %d %d ", opt.Passes, opt.Seed, len(examples))
	for _, e := range examples {
		put(e.Intent)
		put(e.Text)
	}
	for _, text := range opt.Outside {
		put(text)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// MarshalBinary gives all that a classifier has learnt, for UnmarshalBinary: some megabytes,
// the examples themselves not among them. Its error is always nil.
func (c *Classifier) MarshalBinary() ([]byte, error) {
	w := writer{[]byte(learning)}
	w.count(len(c.names))
	for _, name := range c.names {
		w.count(len(name))
		w.data = append(w.data, name...)
	}
	for _, s := range c.spaces {
		hashes := make([]uint64, len(s.rarity))
		for hash, id := range s.ids {
			hashes[id] = hash
		}
		put(&w, hashes)
		put(&w, s.rarity)
		put(&w, []float32{s.unseen})
	}
	w.count(len(c.models))
	for _, m := range c.models {
		m.save(&w)
	}
	put(&w, c.calibration[:])
	sum := sha256.Sum256(w.data)
	return append(w.data, sum[:]...), nil
}

// UnmarshalBinary makes c what MarshalBinary was asked of. The error is ErrStored.
func (c *Classifier) UnmarshalBinary(data []byte) error {
	rest, ok := bytes.CutPrefix(data, []byte(learning))
	if !ok || len(rest) < sha256.Size {
		return fmt.Errorf("%w: its beginning", ErrStored)
	}
	end := len(data) - sha256.Size
	if sum := sha256.Sum256(data[:end]); !bytes.Equal(sum[:], data[end:]) {
		return fmt.Errorf("%w: its sum", ErrStored)
	}
	r := &source{rest: rest[:len(rest)-sha256.Size]}
	names := make([]string, r.count(1))
	for i := range names {
		names[i] = string(r.take(r.count(1)))
	}
	spaces := new(spaces)
	for v := range spaces {
		spaces[v] = loadSpace(r)
	}
	classes := len(names) + 1
	models := make([]model, r.count(1))
	for i := range models {
		models[i] = loadModel(r, spaces, classes)
	}
	calibration := get[float64](r, len(c.calibration))
	if r.broken || len(r.rest) > 0 || len(names) == 0 || len(models) == 0 {
		return fmt.Errorf("%w: its parts", ErrStored)
	}
	c.names, c.spaces, c.models = names, spaces, models
	copy(c.calibration[:], calibration)
	c.remember()
	return nil
}

// Kinds of models, as they are kept.
const (
	keptSoftmax byte = iota + 1
	keptNetwork
)

func (m *softmax) save(w *writer) {
	w.data = append(w.data, keptSoftmax, byte(m.view))
	put(w, m.weights)
	put(w, m.bias)
}

func (m *network) save(w *writer) {
	w.data = append(w.data, keptNetwork, byte(m.view))
	put(w, m.in)
	put(w, m.inBias)
	put(w, m.out)
	put(w, m.bias)
}

func loadSpace(r *source) *space {
	hashes := get[uint64](r, -1)
	s := &space{ids: make(map[uint64]uint32, len(hashes)), rarity: get[float32](r, len(hashes))}
	for id, hash := range hashes {
		s.ids[hash] = uint32(id) //nolint:gosec // fewer than the bytes there are
	}
	if unseen := get[float32](r, 1); len(unseen) == 1 {
		s.unseen = unseen[0]
	}
	r.broken = r.broken || len(s.ids) != len(hashes) // one came twice
	return s
}

func loadModel(r *source, spaces *spaces, classes int) model {
	head := r.take(2)
	if r.broken || int(head[1]) >= len(spaces) {
		r.broken = true
		return nil
	}
	v := view(head[1])
	features := len(spaces[v].rarity)
	switch head[0] {
	case keptSoftmax:
		return &softmax{view: v, weights: get[float32](r, features*classes), bias: get[float32](r, classes)}
	case keptNetwork:
		return &network{
			view: v, in: get[float32](r, features*hiddenUnits), inBias: get[float32](r, hiddenUnits),
			out: get[float32](r, hiddenUnits*classes), bias: get[float32](r, classes),
		}
	default:
		r.broken = true
		return nil
	}
}

// A number is one that is kept in rows, little end first.
type number interface{ float32 | float64 | uint64 }

type writer struct{ data []byte }

func (w *writer) count(n int) { w.data = binary.AppendUvarint(w.data, uint64(n)) } //nolint:gosec // a length

// put appends a row of numbers, after its length.
func put[T number](w *writer, row []T) {
	w.count(len(row))
	for _, n := range row {
		switch n := any(n).(type) {
		case float32:
			w.data = binary.LittleEndian.AppendUint32(w.data, math.Float32bits(n))
		case float64:
			w.data = binary.LittleEndian.AppendUint64(w.data, math.Float64bits(n))
		case uint64:
			w.data = binary.LittleEndian.AppendUint64(w.data, n)
		}
	}
}

// A source is what is left to read. Once it is broken it gives nothing.
type source struct {
	rest   []byte
	broken bool
}

func (r *source) take(n int) []byte {
	if r.broken || n < 0 || n > len(r.rest) {
		r.broken = true
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

// count reads a length, of things that take up so many bytes each.
func (r *source) count(each int) int {
	n, used := binary.Uvarint(r.rest)
	if r.broken || used <= 0 || n > uint64((len(r.rest)-used)/each) {
		r.broken = true
		return 0
	}
	r.rest = r.rest[used:]
	return int(n) //nolint:gosec // no more than there are bytes
}

// get reads a row that put wrote, of a length, or of any if that is below 0.
func get[T number](r *source, length int) []T {
	var one T
	size := binary.Size(one)
	n := r.count(size)
	if length >= 0 && n != length {
		r.broken = true
	}
	data := r.take(n * size)
	if r.broken {
		return nil
	}
	out := make([]T, n)
	if _, err := binary.Decode(data, binary.LittleEndian, out); err != nil {
		r.broken = true
	}
	return out
}
