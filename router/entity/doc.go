// Package entity finds the values that callers say in English and French, and
// writes each in one form: dates, times of day, amounts of money, numbers,
// postcodes, phone numbers, codes of letters and digits, and choices from a list.
//
// Hear cuts an utterance into words once; its methods each look for one kind of
// value. They give everything that was said of it, in order and each value once:
// where that is more than one, the caller has to be asked, for nothing here guesses.
// What is written back by a value's Spoken is read again as the same value.
//
// The package sees redacted text only: digits that were withheld are not found. It
// does no I/O, starts no goroutine and looks at no clock; dates are told the day.
package entity
