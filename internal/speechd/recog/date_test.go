package recog_test

import (
	"testing"

	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/speechtest"
)

func TestDatesAreHeardAsPeopleSayThem(t *testing.T) {
	for language, said := range map[string][]struct{ voice, text string }{
		"en": {{"flite-rms", "on tuesday the third of march"}, {"flite-slt", "next tuesday"}, {"flite-rms", "the fifteenth please"}},
		"fr": {{"espeak-fr", "mardi trois mars"}, {"espeak-fr", "mardi prochain"}, {"espeak-fr", "le quinze"}, {"espeak-fr", "dans dix jours"}},
	} {
		t.Run(language, func(t *testing.T) {
			e := speechtest.Engine(t, language)
			for _, s := range said {
				heard{recog.Date, 0, nil, s.voice, s.text}.check(t, e, language)
			}
		})
	}
}
