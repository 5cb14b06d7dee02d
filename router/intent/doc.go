// Package intent says what a caller wants: a classifier trained in memory from
// the example utterances of an assistant, one per language.
//
// Words, word pairs and pieces of words are hashed, weighed by how rare they
// are and fed to a softmax. The pieces keep it useful when a recognizer drops
// or replaces words. The confidence is calibrated on examples that were held
// back: 0.8 means that about four of five such answers are right, and text
// unlike any example gets little.
//
// The package starts no goroutine, does no I/O and never blocks. Training is
// deterministic. A Classifier may be used by any number of goroutines.
package intent
