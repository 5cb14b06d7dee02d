// Package cdr puts what remains of a call into a record for billing and reports: one for
// each call, with a part for each human who was rung. It comes as a line of JSON, and as
// rows of CSV (RFC 4180) of which no cell is a formula to a spreadsheet.
//
// Nothing that was said is in it, and numbers are shown as [Numbers] has it. It is pure.
package cdr
