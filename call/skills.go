package call

import (
	"fmt"
	"strings"

	"github.com/callward/callward/redact"
)

// This file is for what callers need of the people who take them: skills that the assistant's
// file asks for, by what a caller wants and by language.

// sentSkills are wanted of those to whom an agent sends a caller: the agent knows what the
// caller wants, so that of the skills those of the language remain; a colleague is one already.
func (m *machine) sentSkills(to Destination) []string {
	if to.Agent != "" {
		return nil
	}
	return m.assistant.SkillsFor(m.languages[0])
}

// wantsSkills says for the journal which skills are wanted.
func wantsSkills(skills []string) string {
	if len(skills) == 0 {
		return ""
	}
	return "wants " + strings.Join(skills, ", ")
}

// skillsLine tells an agent in a language which skills brought the caller there; empty
// without any.
func skillsLine(language string, skills []string) redact.Safe {
	if len(skills) == 0 {
		return redact.Safe{}
	}
	label := "Skills: %s."
	if language == "fr" {
		label = "Compétences : %s."
	}
	spoken := make([]string, len(skills))
	for i, s := range skills {
		name, level, _ := strings.Cut(s, "=")
		spoken[i] = strings.TrimSpace(strings.NewReplacer("_", " ", "-", " ", ".", " ").Replace(name) + " " + level)
	}
	return redact.Authored(fmt.Sprintf(label, strings.Join(spoken, ", ")))
}
