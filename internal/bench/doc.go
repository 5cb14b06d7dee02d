// Package bench measures the whole server as it runs: what a call costs the
// callward process, how evenly it sends, and what a speaking caller costs the
// bundled engines; beside it, in the same run and with the same packets, a raw
// Go program without SIP.
//
// The server has one core for itself. The callers (this process) and the engines
// have another. CPU is the process's own, user and system, as /proc/PID/stat
// tells it. Gaps are those between the packets of a call as the kernel of the
// callers stamped them (SO_TIMESTAMPNS).
//
// Run measures much about few calls, RunMedia the sound of few to very many.
//
// They block until all is measured or the context ends, and end every process
// and goroutine that they started. The programs that it measures against are this
// program again: whoever calls them provides the command that leads to Part.
package bench
