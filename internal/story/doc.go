// Package story tells from its record what happened in a call: what was heard of the
// caller, what that was taken for, which rule fired, what came of it and how long it took.
//
// Read takes exported records from files, a Server gives those of a running server. Turns
// puts a journal into turns, Tell puts them into words, in English or French, and Print
// writes these for people. All that is told is safe text already; what is printed holds no
// control characters, wherever a record comes from.
package story
