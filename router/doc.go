// Package router decides where a caller goes: its Policy turns what a dialogue
// asks for into a queue that exists, and says why.
//
// What is wanted is found in router/intent, what is said in router/assistant;
// who waits and who is free is kept in router/queue. The package starts no
// goroutine, does no I/O and never blocks.
package router
