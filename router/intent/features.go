package intent

import (
	"cmp"
	"math"
	"slices"
)

// A feature is a hashed piece of an utterance with its weight.
type feature struct {
	id     uint32 // of the classifier's own features, from 0
	kind   kind
	weight float32
}

// A kind keeps "at" the word and "at" inside "meter" apart.
type kind uint8

const (
	kindWord kind = iota
	kindPair
	kindPiece
	kinds
)

// share says how much words, word pairs and pieces of words count.
func (k kind) share() float64 {
	switch k {
	case kindPair:
		return 0.8
	case kindPiece:
		return 1.3
	default:
		return 1
	}
}

const (
	shortestPiece = 3
	longestPiece  = 5
)

const (
	fnvOffset uint64 = 14695981039346656037
	fnvPrime  uint64 = 1099511628211
)

func hashString(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

// bucket folds a hash to the wanted number of bits.
func bucket(h uint64, bits uint) uint32 {
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return uint32(h >> (64 - bits))
}

// A piece is a hashed feature before it has a weight.
type piece struct {
	bucket uint32
	kind   kind
}

// pieces appends everything that is looked at in tokens. The same piece may
// come twice.
func pieces(dst []piece, tokens []string, bits uint) []piece {
	before := "^"
	for _, t := range tokens {
		w := hashString(fnvOffset^uint64(kindWord+1), t)
		dst = append(dst, piece{bucket(w, bits), kindWord})
		p := hashString(hashString(fnvOffset^uint64(kindPair+1), before)*fnvPrime, t)
		dst = append(dst, piece{bucket(p, bits), kindPair})
		dst = wordPieces(dst, t, bits)
		before = t
	}
	return dst
}

// wordPieces appends the runs of 3 to 5 bytes of " token ". Folded text is
// ASCII but for scripts that have no case or accents; there bytes do as well.
func wordPieces(dst []piece, token string, bits uint) []piece {
	if token[0] == '#' {
		return dst
	}
	at := func(i int) byte {
		if i < 0 || i >= len(token) {
			return ' '
		}
		return token[i]
	}
	for start := -1; start <= len(token); start++ {
		h := fnvOffset ^ uint64(kindPiece+1)
		for n := 1; n <= longestPiece && start+n <= len(token)+1; n++ {
			h = (h ^ uint64(at(start+n-1))) * fnvPrime
			if n >= shortestPiece {
				dst = append(dst, piece{bucket(h, bits), kindPiece})
			}
		}
	}
	return dst
}

// A space maps pieces to the features of a classifier and weighs them.
type space struct {
	bits   uint
	index  []int32   // bucket -> feature, or -1
	rarity []float32 // of each feature: inverse document frequency
	unseen float32   // rarity of a piece that no example has
}

// newSpace takes its features from the examples.
func newSpace(examples [][]string, bits uint) *space {
	s := &space{bits: bits, index: make([]int32, 1<<bits)}
	for i := range s.index {
		s.index[i] = -1
	}
	var counts []int
	var last []int // the example that counted the feature last
	var found []piece
	for n, tokens := range examples {
		found = pieces(found[:0], tokens, bits)
		for _, p := range found {
			id := s.index[p.bucket]
			if id < 0 {
				id = int32(len(counts))
				s.index[p.bucket] = id
				counts, last = append(counts, 0), append(last, -1)
			}
			if last[id] != n {
				counts[id]++
				last[id] = n
			}
		}
	}
	s.rarity = make([]float32, len(counts))
	for id, n := range counts {
		s.rarity[id] = rarity(len(examples), n)
	}
	s.unseen = rarity(len(examples), 0)
	return s
}

func rarity(examples, having int) float32 {
	return float32(1 + math.Log(float64(1+examples)/float64(1+having)))
}

// A bag is an utterance as the softmax sees it.
type bag struct {
	features []feature
	known    float64 // the share of its words that stand in some example, weighed by rarity
	words    int
}

// scratch is the memory that one classification needs.
type scratch struct {
	tokens []string
	pieces []piece
	bag    bag
	scores []float64
}

// weigh fills b.bag from b.tokens.
func (s *space) weigh(b *scratch) {
	b.pieces = pieces(b.pieces[:0], b.tokens, s.bits)
	slices.SortFunc(b.pieces, func(x, y piece) int {
		return cmp.Or(cmp.Compare(x.bucket, y.bucket), cmp.Compare(x.kind, y.kind))
	})
	var mass [kinds]float64
	var seen, all float64
	b.bag.features = b.bag.features[:0]
	for i, p := range b.pieces {
		if i > 0 && p == b.pieces[i-1] {
			continue
		}
		r := s.unseen
		id := s.index[p.bucket]
		if id >= 0 {
			r = s.rarity[id]
			b.bag.features = append(b.bag.features, feature{uint32(id), p.kind, r})
		}
		mass[p.kind] += float64(r * r) // of the unseen too: strange text scores low
		if p.kind == kindWord {
			all += float64(r)
			if id >= 0 {
				seen += float64(r)
			}
		}
	}
	b.bag.known, b.bag.words = 0, len(b.tokens)
	if all > 0 {
		b.bag.known = seen / all
	}
	b.bag.balance(mass)
}

// balance gives each kind its share and the whole the length 1, less what was
// never seen.
func (b *bag) balance(mass [kinds]float64) {
	var length float64
	var scale [kinds]float32
	for k := range kinds {
		if mass[k] > 0 {
			length += k.share() * k.share()
			scale[k] = float32(k.share() / math.Sqrt(mass[k]))
		}
	}
	for i := range b.features {
		f := &b.features[i]
		f.weight *= scale[f.kind] / float32(math.Sqrt(length))
	}
}
