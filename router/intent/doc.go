// Package intent says what a caller wants: a classifier trained in memory from
// the example utterances of an assistant, one per language.
//
// Four small models are asked, and the geometric mean of what they say counts: a
// softmax over words and word pairs, and three networks of one hidden layer, over
// words and pairs, over pieces of words, and word by word. They err in different
// places. The pieces keep it useful when a recognizer drops or replaces words.
// The confidence is calibrated on examples that were held back: 0.8 means that
// about four of five such answers are right, and text unlike any example gets
// little. How well that works is in docs/intent.md.
//
// The package starts no goroutine, does no I/O and never blocks. Training is
// deterministic. A Classifier may be used by any number of goroutines.
package intent
