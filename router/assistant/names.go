package assistant

import "maps"

// Intents lists the intents of the file, in its order.
func (a *Assistant) Intents() []string {
	names := make([]string, len(a.tasks))
	for i, t := range a.tasks {
		names[i] = t.name
	}
	return names
}

// Slots lists the slots of all intents, in the order of the file, each once.
func (a *Assistant) Slots() []string {
	var names []string
	for _, t := range a.tasks {
		for _, s := range t.slots {
			names = append(names, s.name)
		}
	}
	return dedup(names)
}

// Intent is the intent that the dialogue is about; empty before the first.
func (d *Dialogue) Intent() string {
	if d.task == nil {
		return ""
	}
	return d.task.name
}

// Values gives the slots of that intent which have a value, confirmed or about to be: the
// digits that the redactor let through, of a card the last four.
func (d *Dialogue) Values() map[string]string { return maps.Clone(d.values) }
