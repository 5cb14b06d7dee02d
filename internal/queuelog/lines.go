package queuelog

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/callward/callward/internal/facts"
	"github.com/callward/callward/router/queue"
)

// nobody stands where a line is about no call, no queue or no agent.
const nobody = "NONE"

// Lines gives the lines of a fact, each with its line break.
func Lines(f facts.Fact) string {
	var b strings.Builder
	w := writer{&b, f}
	switch f.Name {
	case facts.AgentState:
		w.agent()
	case facts.NodeState:
		if f.State == "joined" {
			w.line(nobody, nobody, nobody, "QUEUESTART")
		}
	case facts.Configured:
		w.line(nobody, nobody, nobody, "CONFIGRELOAD")
	default:
		w.caller()
	}
	return b.String()
}

type writer struct {
	b *strings.Builder
	f facts.Fact
}

// line writes one line. No value can make two of it, or add a field.
func (w writer) line(fields ...string) {
	w.b.WriteString(strconv.FormatInt(w.f.At.Unix(), 10))
	for _, field := range fields {
		w.b.WriteByte('|')
		w.b.WriteString(clean(field))
	}
	w.b.WriteByte('\n')
}

// clean keeps what is left of a value without bars and control characters.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '|' || r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return -1
		}
		return r
	}, s)
}

func (w writer) caller() {
	f := w.f
	switch f.Name {
	case facts.QueueEntered:
		w.of(nobody, "ENTERQUEUE", "", f.Caller, place(f.First))
	case facts.QueueConnected:
		w.of(f.Agent, "CONNECT", seconds(f.Wait), bridged(f), seconds(f.Ring))
	case facts.AgentMissed:
		w.of(f.Agent, "RINGNOANSWER", strconv.FormatInt(f.Ring.Milliseconds(), 10))
	case facts.AgentReleased:
		w.of(f.Agent, "RINGCANCELED", strconv.FormatInt(f.Ring.Milliseconds(), 10))
	case facts.QueueReturned:
		w.of(f.Agent, "SYSCOMPAT")
		w.of(nobody, "ENTERQUEUE", "", f.Caller, place(f.First))
	case facts.QueueTimeout:
		w.of(nobody, "EXITWITHTIMEOUT", place(f.Position), place(f.First), seconds(f.Wait))
	case facts.QueueLeft:
		w.left()
	case facts.QueueAbandoned:
		w.of(nobody, "ABANDON", place(f.Position), place(f.First), seconds(f.Wait))
	case facts.QueueLost:
		if f.Agent == "" {
			w.of(nobody, "ABANDON", place(f.Position), place(f.First), seconds(f.Wait))
			return
		}
		w.of(f.Agent, "COMPLETECALLER", seconds(f.Wait), seconds(f.Talk), place(f.First))
	case facts.QueueCompleted:
		w.completed()
	default:
	}
}

// of writes a line about the caller.
func (w writer) of(agent, event string, parameters ...string) {
	w.line(append([]string{w.f.Call, w.f.Queue, agent, event}, parameters...)...)
}

// left is the end of a wait that the caller did not choose to end by hanging up. Which key
// or word of theirs the bot took them back for is not known here.
func (w writer) left() {
	f := w.f
	switch f.Reason {
	case string(queue.GaveWay), string(queue.ToMessage), facts.ForCallback, string(queue.CalledBackAlready):
		w.of(nobody, "EXITWITHKEY", "", place(f.Position), place(f.First), seconds(f.Wait))
	default:
		w.of(nobody, "ABANDON", place(f.Position), place(f.First), seconds(f.Wait))
	}
}

func (w writer) completed() {
	f := w.f
	times := []string{seconds(f.Wait), seconds(f.Talk), place(f.First)}
	switch queue.Reason(f.Reason) {
	case queue.ByCaller, queue.HungUp:
		w.of(f.Agent, "COMPLETECALLER", times...)
	case queue.ByTransfer:
		w.of(f.Agent, "BLINDTRANSFER", append([]string{f.To, "callward"}, times...)...)
	case queue.ByHandover:
		w.of(f.Agent, "ATTENDEDTRANSFER", append([]string{"BRIDGE", f.To}, times...)...)
	default:
		w.of(f.Agent, "COMPLETEAGENT", times...)
	}
}

// agent writes who joins and leaves queues, and who pauses.
func (w writer) agent() {
	f := w.f
	was, is := f.Earlier, f.Queues
	if f.Before == string(queue.Offline) {
		was = nil
	}
	if f.State == string(queue.Offline) {
		is = nil
	}
	paused := f.Before == string(queue.Paused)
	if paused && f.State != string(queue.Paused) && f.State != string(queue.Offline) {
		w.paused("UNPAUSE", was)
	}
	for _, q := range was {
		if !slices.Contains(is, q) {
			w.line(nobody, q, f.Agent, "REMOVEMEMBER")
		}
	}
	for _, q := range is {
		if !slices.Contains(was, q) {
			w.line(nobody, q, f.Agent, "ADDMEMBER")
		}
	}
	if f.State == string(queue.Paused) && !paused {
		w.paused("PAUSE", is, f.Reason)
	}
}

// paused writes a line for all queues, and one for each, as Asterisk does.
func (w writer) paused(event string, queues []string, reason ...string) {
	w.line(append([]string{nobody, nobody, w.f.Agent, event + "ALL"}, reason...)...)
	for _, q := range queues {
		w.line(append([]string{nobody, q, w.f.Agent, event}, reason...)...)
	}
}

// bridged names the agent's leg: the call and who has it.
func bridged(f facts.Fact) string { return f.Call + "-" + f.Agent }

func place(n int) string { return strconv.Itoa(max(n, 1)) }

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }
