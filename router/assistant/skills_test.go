package assistant_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/router/assistant"
)

// skilled is the small line with humans of whom skills are wanted.
func skilled(rules ...string) string {
	file := strings.Replace(withRules(rules...), "    say: {en: Nine to five.}\n", "    say: {en: Nine to five.}\n    queue: tills\n    skills: [gas, billing=2]\n", 1)
	file = strings.Replace(file, "  queue: desk\n", "  queue: desk\n  skills: kind\n", 1)
	return file + "skills: {en: [english, gas=3]}\n"
}

func TestCallersAreHandedOverToWhoHasTheSkillsOfTheirWishAndTheirLanguage(t *testing.T) {
	for name, c := range map[string]struct {
		rule string
		in   assistant.Input
		want []string
	}{
		"intent, the higher level counts": {"{trust: A, queue: q}", heard("when", "hours", 0.9), []string{"gas=3", "billing=2", "english"}},
		"not understood":                  {"{misunderstandings: 1, priority: 2}", heard("mm", "", 0), []string{"kind", "english", "gas=3"}},
		"a rule beside the queue's":       {"{language: en, skills: [senior=4]}", heard("when", "hours", 0.9), []string{"gas=3", "billing=2", "senior=4", "english"}},
		"a rule with a queue of its own":  {"{intent: hours, queue: vip, skills: [senior]}", heard("when", "hours", 0.9), []string{"senior", "english", "gas=3"}},
	} {
		d, _ := opened(parsed(t, skilled(c.rule)), inHours, assistant.Caller{})
		if s := d.Next(c.in); s.Place == nil || !slices.Equal(s.Place.Skills, c.want) {
			t.Errorf("%s: %+v", name, s.Place)
		}
	}
	a := parsed(t, skilled("{trust: A, queue: q}"))
	if p, ok := a.FallbackAt(time.Time{}, "en"); !ok || !slices.Equal(p.Skills, []string{"kind", "english", "gas=3"}) {
		t.Errorf("nobody to speak to: %+v", p)
	}
	refs := a.Skills()
	if i := slices.IndexFunc(refs, func(r assistant.SkillRef) bool { return r.Skill == "billing=2" }); len(refs) != 5 || i < 0 || !strings.HasPrefix(refs[i].At, "small.yaml:") {
		t.Errorf("%+v", refs)
	}
}

func TestSkillsThatCannotBeAreToldWithTheLine(t *testing.T) {
	for file, want := range map[string]string{
		small + "skills: {en: [gas=12]}\n":                                                       `small.yaml:46: the skills for en cannot hold "gas=12"; allowed: a name such as gas, or gas=3 for a level of 1 to 9`,
		small + "skills: {en: [gas=2, gas]}\n":                                                   `small.yaml:46: the skills for en hold "gas" twice`,
		small + "skills: {fr: [french]}\n":                                                       `small.yaml:46: the skills for languages: language "fr" is not among the languages of the file`,
		strings.Replace(small, "  queue: desk\n", "  queue: desk\n  skils: [gas]\n", 1):          `unknown key "skils" in human (did you mean "skills"?)`,
		strings.Replace(small, "    say: {en: Nine", "    skills: [gas]\n    say: {en: Nine", 1): "the intent hours wants skills but has no queue",
	} {
		if _, err := assistant.Parse("small.yaml", []byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}
