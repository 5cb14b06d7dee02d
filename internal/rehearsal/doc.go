// Package rehearsal plays conversations with an assistant in text, and says where they go
// another way than their author expects.
//
// A scenario says what a caller says and keys, and what is to come of it. What decides is
// the machine of package call, with the assistant's own dialogue and classifiers and the
// redactor set as in a live call; in place of sound, recognizers and the queue the stage
// here tells it what they would. Time is made up: a scenario takes milliseconds, and
// comes out the same every time. A Line plays the same scenarios as real calls.
//
// A Replayer plays recorded calls on the same stage: what callers said and keyed then, with
// the assistant of today, and what is decided otherwise now.
package rehearsal
