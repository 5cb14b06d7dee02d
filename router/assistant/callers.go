package assistant

import "slices"

// A CallerRef is a number for whose callers a handover rule is, with the place where it
// stands.
type CallerRef struct {
	Rule   string
	Number string // may end with a star, for all that begin so
	At     string // file:line
}

// Callers lists the numbers for whose callers there are rules. How trunks write numbers is
// known to the server only.
func (a *Assistant) Callers() []CallerRef { return slices.Clone(a.callers) }
