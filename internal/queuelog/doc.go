// Package queuelog writes what happened in the queues as Asterisk's queue_log does, so that
// what reads that reads ours:
//
//	epoch|unique id|queue|agent|EVENT|parameters…
//
// The events and their parameters are those of the Asterisk documentation, Operation,
// Logging, Queue Logs. Where Asterisk has no event for what happens here, the nearest is
// written, as docs/outputs.md says. It is pure.
package queuelog
