package voice

import (
	"errors"
	"slices"
	"testing"
)

func names(voices []Voice) []string {
	var out []string
	for _, v := range voices {
		out = append(out, v.Name)
	}
	return out
}

func TestTheBestVoiceOfALanguageComesFirst(t *testing.T) {
	install(t, `speak`)
	s := New(Config{})
	for _, c := range []struct{ language, first string }{
		{"en", "flite-slt"},
		{"en-GB", "flite-awb"},
		{"en-AU", "flite-slt"},
		{"fr", "espeak-fr"},
		{"fr-CH", "espeak-fr-ch"},
		{"fr_CA", "espeak-fr"},
	} {
		v, err := s.Find("", c.language)
		if err != nil || v.Name != c.first || s.Voices(c.language)[0].Name != c.first {
			t.Errorf("%s: %q, %v, want %s", c.language, v.Name, err, c.first)
		}
	}
}

func TestAVoiceIsFoundByItsName(t *testing.T) {
	install(t, `speak`)
	s := New(Config{})
	for _, v := range catalogue() {
		if got, err := s.Find(v.Name, "xx"); err != nil || got.Name != v.Name {
			t.Errorf("%s: found %q, %v", v.Name, got.Name, err)
		}
	}
}

func TestAnUnknownVoiceIsRefused(t *testing.T) {
	install(t, `speak`)
	s := New(Config{})
	for _, c := range []struct{ name, language string }{
		{"nobody", "en"}, {"", "de"}, {"", ""}, {"FLITE-SLT", ""}, {"slt", ""},
	} {
		if v, err := s.Find(c.name, c.language); !errors.Is(err, ErrVoice) {
			t.Errorf("%q in %q: %q, %v", c.name, c.language, v.Name, err)
		}
	}
}

func TestALanguageListsItsVoicesAndNoOthers(t *testing.T) {
	install(t, `speak`)
	s := New(Config{})
	if got := len(s.Voices("")); got != len(catalogue()) {
		t.Errorf("%d voices in all", got)
	}
	if got, want := names(s.Voices("fr-BE")), []string{"espeak-fr-be", "espeak-fr", "espeak-fr-f", "espeak-fr-ch"}; !slices.Equal(got, want) {
		t.Errorf("voices of Belgium %v", got)
	}
	if got := s.Voices("de"); got != nil {
		t.Errorf("voices of Germany %v", names(got))
	}
	if got := s.Languages(); !slices.Equal(got, []string{"en", "fr"}) {
		t.Errorf("languages %v", got)
	}
}

func TestWithoutTheProgramsThereIsNoVoice(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	s := New(Config{})
	if len(s.Voices("")) != 0 || len(s.Languages()) != 0 || !slices.Equal(s.Missing(), Programs()) {
		t.Errorf("voices %v, missing %v", names(s.Voices("")), s.Missing())
	}
	if _, err := s.Find("espeak-fr", ""); !errors.Is(err, ErrVoice) {
		t.Errorf("finds one: %v", err)
	}
}

func TestNamesAreNotGivenTwice(t *testing.T) {
	all := names(catalogue())
	slices.Sort(all)
	if got := slices.Compact(slices.Clone(all)); len(got) != len(all) {
		t.Errorf("names %v", all)
	}
}
