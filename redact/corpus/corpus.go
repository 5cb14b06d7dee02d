// Package corpus makes conversations in which numbers are said: cards, codes,
// IBANs and French social security numbers, dictated in every way we know of,
// and decoys with ordinary numbers, in English and French. It owns the texts and
// the truth about them, what must not show and what must stay; it judges
// nothing. The same language and seed give the same conversation in every
// version of the templates.
//
// A conversation is made of a kind (how the talk goes), a style (how the number
// is said and written) and templates (the words around it). Kinds and styles
// combine freely where the kind does not fix the style.
package corpus

import (
	"math/rand/v2"
	"strconv"
)

// A Turn is something said or keyed. A hypothesis that is not final replaces
// the earlier text of the same utterance.
type Turn struct {
	AtMs  int64  `json:"t_ms"` // milliseconds since the call began
	Who   string `json:"who"`  // caller or bot
	Utt   int    `json:"utt"`
	Final bool   `json:"final"`
	Text  string `json:"text"`
	Src   string `json:"src,omitempty"` // dtmf: Text holds keys
}

// A Span is a secret of a conversation, as digits.
type Span struct {
	Type   string `json:"type"` // pan, cvv, iban or nir
	Digits string `json:"digits"`
}

// A Dialogue is one conversation, a line of JSON.
type Dialogue struct {
	ID    string   `json:"id"`
	Lang  string   `json:"lang"`
	Kind  string   `json:"kind"` // decoys begin with neg_
	Turns []Turn   `json:"turns"`
	Spans []Span   `json:"spans"`
	Keep  []string `json:"keep"` // must be readable in the joined finals
	Cue   bool     `json:"cue"`  // a card is spoken of

	// Numbers are those of Keep that are ordinary numbers: dates, amounts, phone
	// numbers and others of less than twelve digits.
	Numbers []string `json:"numbers,omitempty"`

	// Beside are numbers that may show and need not: ordinary ones so close to a secret that they
	// may go with it, and the last four digits of a card.
	Beside []string `json:"beside,omitempty"`
}

// Kinds names the kinds of a language.
func Kinds(lang string) []string {
	var out []string
	for _, k := range kinds(lang) {
		out = append(out, k.name)
	}
	return out
}

// Make makes conversation number seed in English ("en") or French ("fr"). The
// kinds take turns.
func Make(lang string, seed uint64) Dialogue {
	t := english()
	if lang == "fr" {
		t = french()
	}
	all := kinds(t.lang)
	k := all[seed%uint64(len(all))]
	s := newScene(t, rand.New(rand.NewPCG(seed, uint64(len(lang)+int(lang[0])))))
	s.d.ID = t.lang + "-" + strconv.FormatUint(seed, 10)
	s.d.Kind = k.name
	k.play(s)
	return s.d
}
