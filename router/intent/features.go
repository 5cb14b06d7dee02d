package intent

import (
	"cmp"
	"math"
	"slices"
)

// A feature is a hashed piece of an utterance with its weight.
type feature struct {
	id     uint32 // of the view's own features, or of a unit; from 0
	weight float32
}

// A view is one way to look at an utterance. Models that see different things
// err in different places, which is why several of them are asked.
type view int

const (
	viewWords  view = iota // words, their stems, and pairs of both
	viewPieces             // pieces of words: what is left of a word misheard
	viewPlaces             // each word by itself, with the words beside it
	views
)

// A kind of feature. It keeps "at" the word and "at" inside "meter" apart.
type kind uint8

const (
	kindWord     kind = iota
	kindPair          // two words in a row
	kindSkip          // two words with one between them
	kindStem          // a word without its ending
	kindStemPair      // two stems in a row
	kindPiece         // a few letters in a row
	kindBefore        // the word before
	kindAfter         // the word after
	kindStemBefore
	kindStemAfter
	kinds
)

// share says how much the features of each kind count together.
var share = [kinds]float64{ //nolint:gochecknoglobals // a table
	kindWord: 1, kindPair: 0.8, kindSkip: 0.6, kindStem: 1, kindStemPair: 0.8, kindPiece: 1,
}

// placeShare is the same for viewPlaces, where rarity does not count.
var placeShare = [kinds]float32{ //nolint:gochecknoglobals // a table
	kindWord: 0.6, kindBefore: 0.6, kindAfter: 0.6,
	kindStem: 0.4, kindStemBefore: 0.4, kindStemAfter: 0.4, kindPiece: 0.5,
}

const (
	shortestPiece = 3
	longestPiece  = 4
	longestStem   = 5
)

const (
	fnvOffset uint64 = 14695981039346656037
	fnvPrime  uint64 = 1099511628211
)

// start begins the hash of a feature.
func (k kind) start() uint64 { return fnvOffset ^ uint64(k+1) }

func hashString(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

// hashPair hashes two words so that "ab c" and "a bc" differ.
func hashPair(k kind, a, b string) uint64 {
	return hashString(hashString(k.start(), a)*fnvPrime, b)
}

// A piece is a hashed feature before it has a number.
type piece struct {
	hash uint64
	kind kind
}

// edge stands before the first word and after the last.
const edge = "^"

// wordFeatures appends what viewWords sees. The same may come twice.
func wordFeatures(dst []piece, tokens []string) []piece {
	before, stemBefore := edge, edge
	for i, t := range tokens {
		s := stem(t)
		dst = append(dst,
			piece{hashString(kindWord.start(), t), kindWord},
			piece{hashPair(kindPair, before, t), kindPair},
			piece{hashString(kindStem.start(), s), kindStem},
			piece{hashPair(kindStemPair, stemBefore, s), kindStemPair})
		if i >= 2 {
			dst = append(dst, piece{hashPair(kindSkip, tokens[i-2], t), kindSkip})
		}
		before, stemBefore = t, s
	}
	return append(dst, piece{hashPair(kindPair, before, edge), kindPair})
}

// stem cuts what changes when a word is inflected: roughly, and in any language.
func stem(t string) string {
	switch {
	case len(t) > longestStem:
		return t[:longestStem]
	case len(t) > 3 && t[len(t)-1] == 's':
		return t[:len(t)-1]
	}
	return t
}

// pieceFeatures appends what viewPieces sees.
func pieceFeatures(dst []piece, tokens []string) []piece {
	for _, t := range tokens {
		dst = runs(dst, t, longestPiece)
	}
	return dst
}

// runs appends the runs of 3 bytes up to longest of " token ". Folded text is
// ASCII but for scripts that have no case or accents; there bytes do as well.
func runs(dst []piece, token string, longest int) []piece {
	at := func(i int) byte {
		if i < 0 || i >= len(token) {
			return ' '
		}
		return token[i]
	}
	for from := -1; from <= len(token); from++ {
		h := kindPiece.start()
		for n := 1; n <= longest && from+n <= len(token)+1; n++ {
			h = (h ^ uint64(at(from+n-1))) * fnvPrime
			if n >= shortestPiece {
				dst = append(dst, piece{h, kindPiece})
			}
		}
	}
	return dst
}

// placeFeatures appends what viewPlaces sees at the word i.
func placeFeatures(dst []piece, tokens []string, i int) []piece {
	before, after := edge, edge
	if i > 0 {
		before = tokens[i-1]
	}
	if i+1 < len(tokens) {
		after = tokens[i+1]
	}
	dst = append(dst,
		piece{hashString(kindWord.start(), tokens[i]), kindWord},
		piece{hashString(kindStem.start(), stem(tokens[i])), kindStem},
		piece{hashString(kindBefore.start(), before), kindBefore},
		piece{hashString(kindStemBefore.start(), stem(before)), kindStemBefore},
		piece{hashString(kindAfter.start(), after), kindAfter},
		piece{hashString(kindStemAfter.start(), stem(after)), kindStemAfter})
	return runs(dst, tokens[i], shortestPiece)
}

// A space numbers the features of a view that the examples have.
type space struct {
	ids    map[uint64]uint32 // hash -> feature
	rarity []float32         // of each feature: inverse document frequency
	unseen float32           // rarity of what no example has
}

// newSpace takes its features from the examples, each cut by look.
func newSpace(examples [][]string, look func(dst []piece, tokens []string) []piece) *space {
	s := &space{ids: make(map[uint64]uint32)}
	var counts []int
	var last []int // the example that counted the feature last
	var found []piece
	for n, tokens := range examples {
		found = look(found[:0], tokens)
		for _, p := range found {
			id, ok := s.ids[p.hash]
			if !ok {
				id = uint32(len(counts))
				s.ids[p.hash] = id
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

// find gives the number of a feature, if the examples have it, and its rarity.
func (s *space) find(p piece) (id uint32, rarity float32, ok bool) {
	id, ok = s.ids[p.hash]
	if !ok {
		return 0, s.unseen, false
	}
	return id, s.rarity[id], true
}

// An utterance is what was said, as the models see it: for each view, the
// features at each place. The views of the whole have one place.
type utterance struct {
	places [views][][]feature
	known  float64 // the share of its words that stand in some example, weighed by rarity
	words  int
}

// empty says that nothing of it was ever seen.
func (u *utterance) empty() bool {
	return len(u.places[viewWords][0]) == 0 && len(u.places[viewPieces][0]) == 0
}

// spaces number the features of all views.
type spaces [views]*space

func newSpaces(examples [][]string) *spaces {
	return &spaces{
		viewWords:  newSpace(examples, wordFeatures),
		viewPieces: newSpace(examples, pieceFeatures),
		viewPlaces: newSpace(examples, func(dst []piece, tokens []string) []piece {
			for i := range tokens {
				dst = placeFeatures(dst, tokens, i)
			}
			return dst
		}),
	}
}

// A reader turns words into an utterance. Its memory is used again.
type reader struct {
	pieces   []piece
	features []feature // of all views, which places point into
	said     utterance
}

// read looks at tokens in all views. The utterance is good until the next read.
func (r *reader) read(s *spaces, tokens []string) *utterance {
	u := &r.said
	u.words = len(tokens)
	r.features = r.features[:0]
	for v := range u.places {
		u.places[v] = u.places[v][:0]
	}
	r.pieces = wordFeatures(r.pieces[:0], tokens)
	u.known = s[viewWords].known(r.pieces)
	r.add(viewWords, s[viewWords].weigh)
	r.pieces = pieceFeatures(r.pieces[:0], tokens)
	r.add(viewPieces, s[viewPieces].weigh)
	for i := range tokens {
		r.pieces = placeFeatures(r.pieces[:0], tokens, i)
		r.add(viewPlaces, s[viewPlaces].place)
	}
	return u
}

// add appends a place with the features that weigh makes of r.pieces.
func (r *reader) add(v view, weigh func([]feature, []piece) []feature) {
	from := len(r.features)
	r.features = weigh(r.features, r.pieces)
	r.said.places[v] = append(r.said.places[v], r.features[from:len(r.features):len(r.features)])
}

// known is how much of the words among found stands in the examples.
func (s *space) known(found []piece) float64 {
	var seen, all float64
	for _, p := range found {
		if p.kind != kindWord {
			continue
		}
		_, r, ok := s.find(p)
		if ok {
			seen += float64(r)
		}
		all += float64(r)
	}
	if all == 0 {
		return 0
	}
	return seen / all
}

// weigh appends the features of a whole utterance: each kind has its share, and
// the whole the length 1, less what was never seen, so that strange text scores
// low.
func (s *space) weigh(dst []feature, found []piece) []feature {
	slices.SortFunc(found, func(x, y piece) int { return cmp.Compare(x.hash, y.hash) })
	found = slices.Compact(found)
	var mass [kinds]float64
	for _, p := range found {
		_, r, _ := s.find(p)
		mass[p.kind] += float64(r * r)
	}
	var length float64
	for k, m := range mass {
		if m > 0 {
			length += share[k] * share[k]
		}
	}
	var scale [kinds]float32
	for k, m := range mass {
		if m > 0 {
			scale[k] = float32(share[k] / math.Sqrt(m*length))
		}
	}
	for _, p := range found {
		if id, r, ok := s.find(p); ok {
			dst = append(dst, feature{id, r * scale[p.kind]})
		}
	}
	return dst
}

// place appends the features of one word and its neighbours.
func (s *space) place(dst []feature, found []piece) []feature {
	var count int // of the pieces, which weigh as much as a word together
	for _, p := range found {
		if p.kind == kindPiece {
			count++
		}
	}
	for _, p := range found {
		id, _, ok := s.find(p)
		if !ok {
			continue
		}
		w := placeShare[p.kind]
		if p.kind == kindPiece {
			w /= float32(math.Sqrt(float64(count)))
		}
		dst = append(dst, feature{id, w})
	}
	return dst
}
