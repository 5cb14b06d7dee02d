package facts

import (
	"strconv"
	"time"
)

// A Name says what a fact is about. docs/outputs.md has the table.
type Name string

// The names of facts.
const (
	CallStarted Name = "call.started"
	CallEnded   Name = "call.ended"   // Fields: the call's record, as cdr
	MessageLeft Name = "call.message" // the caller left a message for Queue. Fields: ms, language, intent

	QueueEntered   Name = "queue.entered"
	QueueConnected Name = "queue.connected"
	QueueReturned  Name = "queue.returned" // connected, but the two never heard each other: waits again
	QueueCompleted Name = "queue.completed"
	QueueAbandoned Name = "queue.abandoned"
	QueueLeft      Name = "queue.left" // taken back by the bot, ended by us, or hung up to be called back (ForCallback)
	QueueTimeout   Name = "queue.timeout"
	QueueLost      Name = "queue.lost" // the server that held the call died

	AgentOffered  Name = "agent.offered"
	AgentMissed   Name = "agent.missed"   // an offer came to nothing: Reason
	AgentReleased Name = "agent.released" // the caller left, or another agent was faster
	AgentState    Name = "agent.state"

	NodeState  Name = "node.state"
	Configured Name = "queues.configured"
)

// Names lists the names of facts.
func Names() []string {
	all := []Name{
		CallStarted, CallEnded, MessageLeft, QueueEntered, QueueConnected, QueueReturned, QueueCompleted, QueueAbandoned, QueueLeft,
		QueueTimeout, QueueLost, AgentOffered, AgentMissed, AgentReleased, AgentState, NodeState, Configured,
	}
	out := make([]string, len(all))
	for i, n := range all {
		out[i] = string(n)
	}
	return out
}

// A Fact is one thing that happened. A field that does not belong to it is empty.
type Fact struct {
	ID     string // the event's, and which of its facts this is: the same whenever it is told
	At     time.Time
	Name   Name
	Call   string // the caller's whole visit
	Ticket string // the place in the queue: a call may have had several
	Caller string // as the tenant lets numbers be shown
	Queue  string
	Agent  string
	Reason string
	To     string // where a caller was sent

	Position int           // in line as it happened, from 1
	First    int           // in line at the entry
	Wait     time.Duration // from the entry into this queue to the answer, or the end of the wait
	Ring     time.Duration // of the offer
	Talk     time.Duration

	State   string   // of an agent or a node
	Before  string   // of an agent: the state until now
	Queues  []string // of an agent, now
	Earlier []string // of an agent, until now

	Fields map[string]string // of a call's event, as it was published
}

// Key names what facts are told in order of: a call, or an agent, or neither.
func (f Fact) Key() string {
	switch {
	case f.Call != "":
		return "call " + f.Call
	case f.Agent != "":
		return "agent " + f.Agent
	}
	return ""
}

// Data is what a receiver of the fact is told beside its name and time.
func (f Fact) Data() map[string]any {
	d := map[string]any{}
	text := map[string]string{
		"call": f.Call, "queue": f.Queue, "agent": f.Agent, "reason": f.Reason, "to": f.To, "state": f.State, "before": f.Before, "caller": f.Caller,
	}
	for name, v := range text {
		if v != "" {
			d[name] = v
		}
	}
	if f.Position > 0 {
		d["position"] = f.Position
	}
	if f.timed() {
		for name, v := range map[string]time.Duration{"wait_ms": f.Wait, "ring_ms": f.Ring, "talk_ms": f.Talk} {
			d[name] = v.Milliseconds()
		}
	}
	if f.Name == MessageLeft {
		d["length_ms"], _ = strconv.ParseInt(f.Fields["ms"], 10, 64)
		d["language"], d["intent"] = f.Fields["language"], f.Fields["intent"]
	}
	if f.Name == AgentState {
		d["queues"] = append([]string{}, f.Queues...)
	}
	return d
}

// timed reports whether the durations of a fact mean something.
func (f Fact) timed() bool {
	switch f.Name {
	case QueueConnected, QueueReturned, QueueCompleted, QueueAbandoned, QueueLeft, QueueTimeout, QueueLost, AgentMissed, AgentReleased:
		return true
	default:
		return false
	}
}

func number(id string, n int) string {
	if n == 0 {
		return id
	}
	return id + "." + strconv.Itoa(n)
}

// ForCallback is the reason of QueueLeft of who hung up to be called back. Once that caller
// has answered there is a QueueEntered and a QueueConnected anew.
const ForCallback = "callback"
