// Package appraise measures how well a classifier of intents understands utterances that
// it was not trained from. It owns the form of the examples in files, and what the
// figures mean. It starts no goroutine; it reads only what it is given.
package appraise
