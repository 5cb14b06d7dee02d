// Package engines is what the pools of recognizers and of synthesizers share: which
// engine is tried first, when one that fails is left alone, and how its health is
// watched. A Breaker and Order look at no clock; Watch owns one goroutine, which ends
// with its context.
package engines
