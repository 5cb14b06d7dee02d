// Package archtest holds the test that the arrows of docs/architecture.md are
// kept: which package may import which, and that cgo stays in the speech backend.
package archtest
