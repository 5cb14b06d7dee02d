package ssml_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/callward/callward/tts/ssml"
)

func TestWhatIsAllowedIsTakenAndItsPlainTextGiven(t *testing.T) {
	for text, want := range map[string]string{
		`<speak>Hello.</speak>`: "Hello.",
		`<?xml version="1.0"?><speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="fr-CA">Oui &amp; non</speak>`:                    "Oui & non",
		"<speak>One\n\n  <break time=\"500ms\"/>two<break/>three</speak>":                                                                                 "One two three",
		`<speak><p><s>One.</s><s>Two.</s></p><p>Three.</p></speak>`:                                                                                       "One.\n\nTwo.\n\nThree.",
		`<speak>Call <say-as interpret-as="digits">1 25</say-as> or <say-as interpret-as="telephone">0155</say-as>.</speak>`:                              "Call 1 2 5 or 0155.",
		`<speak>The <sub alias="World Wide Web">WWW</sub>.</speak>`:                                                                                       "The World Wide Web.",
		`<speak><prosody rate="80%" pitch="-2st" volume="+6dB"><mark name="here"/>Slowly <!-- now --><lang xml:lang="en">please</lang></prosody></speak>`: "Slowly please",
		`<speak><say-as interpret-as="date" format="dmy">1/2/2030</say-as></speak>`:                                                                       "1/2/2030",
		`<speak/>`: "",
	} {
		d, err := ssml.Parse(text)
		if err != nil || d.Plain() != want || d.String() != text {
			t.Errorf("%s\ngives %q, want %q, %v", text, d.Plain(), want, err)
		}
	}
	d, err := ssml.Parse(`<speak><mark name="a"/>x<mark name="b"/></speak>`)
	if err != nil || !slices.Equal(d.Marks(), []string{"a", "b"}) {
		t.Errorf("marks %q, %v", d.Marks(), err)
	}
}

// Errors are an interface: they name place, element and attribute.
func TestWhatIsNotAllowedIsNamedWithItsPlace(t *testing.T) {
	deep := strings.Repeat("<prosody rate=\"slow\">", 16) + strings.Repeat("</prosody>", 16)
	for text, want := range map[string]string{
		``:                              "line 1, column 1: no <speak>",
		`Hello`:                         "line 1, column 1: text outside of <speak>",
		`<p>x</p>`:                      "line 1, column 1: <p>: stands where <speak> must",
		`<speak>x</speak><speak/>`:      "line 1, column 17: <speak>: a second root",
		"<speak>\n <audio src='x'/>":    "line 2, column 2: <audio>: not allowed; allowed: speak, p, s, lang, break, prosody, say-as, sub, mark",
		`<speak><s><p>x</p></s>`:        "line 1, column 11: <p>: not allowed in <s>",
		`<speak><break>x</break>`:       "line 1, column 15: <break>: must be empty",
		`<speak><break time="11s"/>`:    `line 1, column 8: <break>: time: "11s" is not allowed; write a time of up to 10s, such as 500ms`,
		`<speak><break time="1e1s"/>`:   `line 1, column 8: <break>: time: "1e1s" is not allowed; write a time of up to 10s, such as 500ms`,
		`<speak><break size="1"/>`:      "line 1, column 8: <break>: size: not allowed",
		`<speak><say-as>1</say-as>`:     "line 1, column 8: <say-as>: interpret-as: missing",
		`<speak><prosody>x</prosody>`:   "line 1, column 8: <prosody>: without an attribute it says nothing",
		`<speak><prosody rate="9%"/>`:   `line 1, column 8: <prosody>: rate: "9%" is not allowed; allowed: x-slow, slow, medium, fast, x-fast, default, 20% to 400%`,
		`<speak><prosody pitch="9%"/>`:  `line 1, column 8: <prosody>: pitch: "9%" is not allowed; allowed: x-low, low, medium, high, x-high, default, and a change such as +10% or -2st`,
		`<speak><sub alias=" ">x</sub>`: `line 1, column 8: <sub>: alias: " " is not allowed; write 1 to 256 characters`,
		`<speak xml:lang="french">`:     `line 1, column 1: <speak>: xml:lang: "french" is not allowed; write a language such as fr or fr-CA`,
		`<speak xmlns:a="b"/>`:          "line 1, column 1: <speak>: xmlns:a: not allowed",
		`<speak><a:p xmlns:a="b"/>`:     "line 1, column 8: <p>: not allowed; allowed: speak, p, s, lang, break, prosody, say-as, sub, mark",
		`<speak>a`:                      "line 1, column 9: <speak>: not XML: unexpected EOF",
		`<speak>&x;</speak>`:            "line 1, column 8: <speak>: not XML: invalid character entity &x;",
		`<!DOCTYPE speak><speak/>`:      "line 1, column 1: a directive, such as DOCTYPE, is not allowed",
		`<speak><?php x?></speak>`:      "line 1, column 8: a processing instruction is not allowed",
		"<speak>" + deep + "</speak>":   "line 1, column 323: <prosody>: nested too deeply; at most 16 elements are",
		strings.Repeat(" ", 20<<10):     "line 1, column 1: 20480 bytes; at most 16384 are allowed",
	} {
		_, err := ssml.Parse(text)
		var bad *ssml.Error
		if !errors.As(err, &bad) || err.Error() != "ssml: "+want {
			t.Errorf("%.60s\ngives %v\nwant  ssml: %s", text, err, want)
		}
	}
}

// FuzzParse: what is taken has a plain text that, as a document of its own, says the
// same; what is not has a place.
func FuzzParse(f *testing.F) {
	f.Add(`<speak>a <break time="1s"/> <say-as interpret-as="digits">12</say-as></speak>`)
	f.Add(`<speak><p>a<s>b</s></p><sub alias="&lt;">c</sub></speak>`)
	f.Add(`<speak`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ssml.Parse(text)
		if err != nil {
			var bad *ssml.Error
			if !errors.As(err, &bad) || bad.Line < 1 || bad.Column < 1 || bad.What == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		var paragraphs strings.Builder
		for p := range strings.SplitSeq(d.Plain(), "\n\n") {
			paragraphs.WriteString("<p>" + strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(p) + "</p>")
		}
		again, err := ssml.Parse("<speak>" + paragraphs.String() + "</speak>")
		if len(paragraphs.String()) < ssml.MaxBytes-100 && (err != nil || again.Plain() != d.Plain()) {
			t.Errorf("%q says %q, and that %q, %v", text, d.Plain(), again.Plain(), err)
		}
	})
}
