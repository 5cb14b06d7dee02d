// Package app turns a configuration into a running Callward: it reads the
// settings, wires the rooms together, starts, drains and stops them, and says
// whether they work. It holds no call logic.
//
// An App owns every goroutine and child process of the server. They are parts,
// started in an order and stopped in the reverse one; Run returns when none is
// left. Reading a configuration (Load) starts nothing.
package app
