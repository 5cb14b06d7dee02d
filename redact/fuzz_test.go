package redact_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/callward/callward/redact"
)

var (
	masks = regexp.MustCompile(`\[(…|number|code|card|key|card ••••\d{4}|IBAN|IBAN [A-Z]{2} ••••[0-9A-Z]{4}|NIR|phone|email|address|birth date)\]`)
	phone = regexp.MustCompile(`(\+|0\s*0)(\s*\d){9,13}`)
	long  = regexp.MustCompile(`\d(\s*\d){11,}`)
	// What may be named, and have twelve digits and more.
	named = regexp.MustCompile(`(?i)tracking|parcel|shipment|consignment|waybill|awb|slip|package|colis|chronopost|bordereau|suivi|envoi|exp|recommand|barre|livraison|estimation|ean|isbn|upc|gtin|barcode|bar|siret|imei|pdl|prm|pce|mpan|p.?d.?l|p.?r.?m|p.?c.?e|i.?m.?e.?i`)
)

// FuzzRedactor: it never fails, says nothing that was not said, and shows no
// run of figures that is long enough for a card, however the text is cut.
func FuzzRedactor(f *testing.F) {
	f.Add("en", "my card is 4539 1488 0343 6467 thanks", uint8(12), uint8(0))
	f.Add("fr", "quatre-vingt-dix-sept mille deux cent douze euros et 4539148803436467", uint8(40), uint8(2))
	f.Add("", "double triple one un 12/03/2024 €12.50 o'clock", uint8(3), uint8(1))
	f.Add("fr", "deux cent mille cent et et double", uint8(9), uint8(3))
	f.Add("en", "４５３９１４８８０３４３６４６７ \xff\u200b\u0301", uint8(7), uint8(0))
	f.Add("fr", "mon iban FR76 3000 6000 0383 0186 2350 043 et F comme François R 76", uint8(20), uint8(0))
	f.Add("en", "GB29 NWBK 6016 1331 9268 19 my bank account social security number 078 05 1120", uint8(9), uint8(1))
	f.Add("fr", "ma carte vitale 1 85 05 2A 006 084 35 sécu", uint8(26), uint8(2))
	f.Add("fr", "jean point dupont arobase orange point fr 12 rue des Lilas 69002 Lyon né le 12 mars 1985", uint8(30), uint8(131))
	f.Add("en", "john@x.co.uk born on march twelfth 221b Baker Street NW1 6XE +44 7700 900141", uint8(13), uint8(136))
	f.Fuzz(func(t *testing.T, lang, text string, at, kind uint8) {
		var p redact.Policy
		if kind >= 128 {
			p, _ = redact.PolicyNamed("strict")
		}
		r := p.New(lang)
		r.Expect(redact.Expect{Kind: redact.ExpectKind(kind % 5), Length: int(at % 13)})
		cut := min(int(at), len(text))
		var all strings.Builder
		for i, part := range []string{text[:cut], text[cut:]} {
			id := string(rune('a' + i))
			check(t, part, r.Partial(id, redact.RawText(part)).String())
			got := r.Final(id, redact.RawText(part))
			check(t, part, got.Text.String())
			all.WriteString(got.Text.After(got.Released).String() + "\n")
			check(t, part, r.Speech(part).String())
		}
		for _, k := range []byte(text) {
			r.Press(k)
		}
		r.EndKeys()
		all.WriteString(r.Settle().String())
		if r.Dropped() > 0 {
			t.Fatalf("it failed on %q", text)
		}
		if named.MatchString(text) {
			return
		}
		if m := long.FindString(phone.ReplaceAllString(masks.ReplaceAllString(all.String(), "|"), "|")); m != "" {
			t.Fatalf("%q shows %q", text, m)
		}
	})
}

// check sees that what is shown between the masks was said, in that order.
func check(t *testing.T, said, shown string) {
	t.Helper()
	said = strings.Join(strings.Fields(said), " ")
	if said == strings.Join(strings.Fields(shown), " ") {
		return
	}
	for _, part := range masks.Split(shown, -1) {
		part = strings.TrimSpace(strings.Join(strings.Fields(part), " "))
		i := strings.Index(said, part)
		if i < 0 {
			t.Fatalf("%q became %q, but nobody said %q", said, shown, part)
		}
		said = said[i+len(part):]
	}
}

func BenchmarkRedactor(b *testing.B) {
	for name, said := range map[string]string{
		"no digits": "hello i would like to know when my invoice is due and whether somebody can call me back please",
		"a reading": "my meter says four five six seven eight",
		"a card":    "my card number is four five three nine one four eight eight zero three four three six four six seven",
		"une carte": "quatre mille cinq cent trente-neuf mille quatre cent quatre-vingt-huit zéro trois cent quarante-trois six mille quatre cent soixante-sept",
	} {
		lang := "en"
		if name == "une carte" {
			lang = "fr"
		}
		raw := redact.RawText(said)
		b.Run("final of "+name, func(b *testing.B) {
			r := redact.New(lang)
			b.ReportAllocs()
			for b.Loop() {
				r.Final("1", raw)
			}
		})
		b.Run("partial of "+name, func(b *testing.B) {
			r := redact.New(lang)
			b.ReportAllocs()
			for b.Loop() {
				r.Partial("1", raw)
			}
		})
	}
}
