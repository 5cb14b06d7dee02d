// Package callgen is the other side of the line: a caller that speaks and
// listens (Call), an agent's telephone (Agent), many callers at once (Load), and
// a recognizer that follows a script (FakeASR). It makes real calls over SIP and
// RTP and learns from the server's event stream what cannot be heard.
//
// Call, Agent, Load and FakeASR block until they are done or their context ends,
// and own every goroutine they start.
package callgen
