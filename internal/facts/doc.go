// Package facts folds the events of a pool into what happened to callers and agents, with
// how long each thing took and where in line the caller stood: what a queue_log, a webhook
// or a report wants to be told, and no single event says.
//
// A [Fold] is pure: it keeps who waits and who works, starts no goroutine, looks at no
// clock, and says the same whenever it is told the same events. Whoever starts late tells
// it those of before first, and ignores what it answers.
package facts
