// Package notify sends messages about what happened to one receiver: in order for each
// call, again and again where they are not taken, and at last to the dead letters.
//
// A [Courier] takes facts in the order of the events, and says up to which event all is
// done, so that after a restart those that are not are sent again, by the same ids. Each
// call or agent with something to send has a goroutine, which waits between tries; Close
// ends them all. Take blocks while too much is under way.
package notify
