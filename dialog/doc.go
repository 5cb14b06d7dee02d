// Package dialog is the client of callward.dialog.v1: a service of an integrator that
// says what callers want, or leads the talk with them.
//
// Whatever text leaves is [redact.Safe] by type. Whatever comes back is a stranger's:
// it is bounded, held to the order of the contract, and must pass the call's Redactor
// before it is shown, kept or spoken. No error holds any of it.
//
// A [Client] classifies single utterances, within a deadline; a goroutine of it asks the
// service once what it takes. A [Talk] is one stream of
// Converse: a goroutine of it sends, so that only Converse, Next and Close block; it
// ends with Close, or with the context. A [Qualifier] stands where the bundled
// classifier stands, asks the service first, and falls back on the bundled one.
package dialog
