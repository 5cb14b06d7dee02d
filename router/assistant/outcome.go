package assistant

// What a dialogue may ask for, as journals name it.
const (
	AsksLanguage     = "language"
	AsksRequest      = "request"
	AsksValue        = "value"
	AsksConfirmation = "confirmation"
	AsksCard         = "card" // by keypad, for a tokeniser
	AsksMore         = "more" // whether there is anything else
)

// Asks says what the dialogue waits for since the last Step, and for which slot; both are
// empty before the opening.
func (d *Dialogue) Asks() (what, slot string) {
	if d.task != nil && d.slot < len(d.task.slots) {
		slot = d.task.slots[d.slot].name
	}
	switch d.state {
	case choosing:
		return AsksLanguage, ""
	case asking:
		return AsksRequest, ""
	case filling:
		return AsksValue, slot
	case confirming:
		return AsksConfirmation, slot
	case capturing:
		return AsksCard, slot
	case offering:
		return AsksMore, ""
	default:
		return "", ""
	}
}

// Misses is how often in a row the caller was not understood, or was silent.
func (d *Dialogue) Misses() int { return d.misses }

// A Value is what a slot holds: digits that the redactor let through, or of a Card the
// last four.
type Value struct {
	Slot string
	Text string
	Card bool
}

// Taken lists the values of Values, in the order of the file.
func (d *Dialogue) Taken() []Value {
	if d.task == nil {
		return nil
	}
	var out []Value
	for _, s := range d.task.slots {
		if v, ok := d.values[s.name]; ok {
			out = append(out, Value{Slot: s.name, Text: v, Card: s.kind == ExpectCard})
		}
	}
	return out
}
