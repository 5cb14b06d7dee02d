// Package redact turns what callers say and key into text that may be shown.
// Raw goes in, Safe comes out, and there is no other way out: every log, page,
// record and engine takes Safe alone. The package does no I/O, starts no
// goroutine and never blocks.
//
// A Redactor reads an utterance in one direction: lex cuts it into words and
// figures (lex.go, with the dictionaries in numbers_en.go and numbers_fr.go),
// utterance.go finds the groups that are numbers, digits.go reads them in every
// way they can be read, placed.go knows those that are no part of a card, span.go
// decides what may be shown, mask.go masks the rest, memory.go holds what counts
// from one utterance to the next. mute.go says when all of it was said.
//
// What holds:
//
//   - Of a number that nobody can place, at most the first six digits are shown,
//     counted by the reading that gives most, over all utterances, partials and
//     keys.
//   - A small number among other words, with no card spoken of, is not counted:
//     nor one that is a time, a house, a year, a room or a count of things.
//   - A number of seven to eleven digits that nobody can place is masked as open by the
//     final that holds it, and decided about with the next utterance (held.go): it is shown then
//     if that explains it, or if it begins as no card and no social security number does, and nothing came before that it could
//     go on with. So is one with enough words after it.
//   - A number that was explained is over when enough is said that does not go on
//     with it. What explained it does not explain the next.
//   - Of a number that is explained (its length was asked for, it was called a
//     phone or an order number, it begins like a phone number) at most eleven; where it
//     begins like a card ten, so that no five of the middle of one are known, and in three
//     parts eight, if it is no phone number of North America.
//   - What explains a number ends the one before it, but if that may be the beginning of
//     a card and hardly a word parts them, they are held to eleven digits together.
//     Words that may be digits and stand alone ("one" before "phone") count as none.
//   - Twelve digits or more are shown in two cases: phone numbers that are written with
//     a plus or begin with two zeros, and numbers that were called, right before, a tracking number, a SIRET, an
//     EAN, an IMEI, a meter's or an order's (long.go), and that can be no card: by no likely reading
//     do they pass for one, or hold one, and they do not begin like a card that people
//     have unless the check digit of what they were called is right, or a parcel's
//     number has 16 of them, or more than 19, and nobody spoke of a card. Where some reading
//     is the beginning of a card, such a number waits for the next utterance (held.go).
//   - While a card is spoken of, no number is shown but amounts, dates, a
//     single digit in passing and four that are called a card's last; and, where only
//     the caller has mentioned one, a number that is called an order, a phone or the like at
//     once and begins as no card does, or has six digits at most. Luhn and the issuer's prefix choose the mask;
//     they never open it.
//   - While a bank account or a social security number is spoken of, and after the
//     beginning of an IBAN that nobody named, the same holds for all numbers. An IBAN
//     that was heard right shows its country and its last four (account.go, iban.go,
//     nir.go, topic.go).
//   - A card that was said in part is not over with the context: what follows in the next
//     twelve utterances must be explained to be shown.
//   - What a Policy names is withheld besides (policy.go, optional.go).
package redact
