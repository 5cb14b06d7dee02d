// Package redact turns what callers say and key into text that may be shown.
// Raw goes in, Safe comes out, and there is no other way out: every log, page,
// record and engine takes Safe alone. The package does no I/O.
package redact
