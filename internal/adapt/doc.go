// Package adapt serves callward.asr.v1 and callward.tts.v1 in front of engines
// that speak something else. It owns all that the contracts ask for beyond
// words and sound: when an utterance begins and ends, its id, revisions and only
// final, offsets, progress, controls, the end of a stream, health. A vendor's
// package (vosk, riva, google, openai) only translates: one Ear hears one
// utterance, one Speak says one text.
//
// Utterances are ended here, by the detector that the bundled engine uses, and
// each is a stream of its own at the vendor. So a forced endpoint works with
// every vendor, nothing of one utterance reaches the next, silence costs
// nothing, and no vendor's longest stream is met but by an utterance that lasts
// as long: that one goes on in a new stream.
//
// A stream has a handler, which owns everything of it and does all sending, and
// a goroutine that receives; an utterance has two more while it is open at the
// vendor. All of them end with the stream. What callers say, and what a vendor
// answers in words, is in no log and in no error.
package adapt
