// Package assistant reads what a line says and does from a YAML file, and runs
// the dialogue that the file declares.
//
// Nothing that a caller hears is written in Go: an Assistant is the file, a
// Dialogue is one call's way through it. A Dialogue is pure: Next takes what
// happened and gives what to do, with a reason for the call's journal; it knows
// no clock, no audio and no queue. It sees redacted text only.
//
// The package starts no goroutine, does no I/O and never blocks. An Assistant
// does not change and may be shared; a Dialogue belongs to one call.
package assistant
