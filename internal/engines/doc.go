// Package engines is what the pools of recognizers and of synthesizers share: which
// engine is tried first, when one that fails is left alone, how its health is
// watched, and when its connection is given up. A Breaker and Order look at no clock;
// Watch owns one goroutine, which ends with its context.
package engines
