// Package guard keeps a line from what no caller may get by talking, whatever
// understands the callers: [Rails] recognise such requests in what they say, before any
// intent is acted on, and [Output] holds back what must not be said in texts that come
// from outside.
//
// It knows words, not meanings: classes of English and French words, and rules about
// which of them follow each other, in one sentence or in two languages mixed. A rule
// that fires is no proof that somebody attacks. Callers who have moved are told that a
// person sees to it; what they say is told apart from an attack by nobody here.
//
// The package is pure: it sees redact.Safe alone, starts no goroutine, does no I/O and
// never blocks. Rails do not change and may be shared; an Output belongs to one call.
package guard
