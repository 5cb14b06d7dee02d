package app

import (
	"slices"

	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/queue"
)

// wanted refuses a skill that an assistant wants of people and no agent of the tenant has: its
// callers would wait for ever. Without agents in the file nothing can be told of it.
func (k *checker) wanted(path string, t Tenant, a *assistant.Assistant) {
	known := skillsOf(t.Agents)
	for _, ref := range a.Skills() {
		name, _, err := queue.SplitLevel(ref.Skill, 1)
		k.want(err == nil, path, "%s: %v", ref.At, err)
		k.want(len(t.Agents) == 0 || slices.Contains(known, name), path,
			"%s wants a skill that no agent of this tenant has: %s", ref.At, unknown(name, known))
	}
}
