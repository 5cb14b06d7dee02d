// Package access is the policy of the console: which role may do what, in which
// tenant and for which queues. It is a table and nothing else: no store, no
// clock, no request. A right that the table does not name is not held.
package access

import "slices"

// A Role is what somebody is to a tenant.
type Role string

// The roles. Nobody holds another's rights by being above it: who is to do two
// things is given two roles.
const (
	Viewer     Role = "viewer"     // sees the board: queues and agents, no conversation
	Agent      Role = "agent"      // works calls: sees the board and their own calls, sets their own state
	Supervisor Role = "supervisor" // sees conversations, steps into them, runs the queues they are given
	Listener   Role = "listener"   // hears calls unheard; a right of its own, since callers cannot tell
	Integrator Role = "integrator" // wires engines and assistants: sees conversations and the system, tries and reloads
	Auditor    Role = "auditor"    // reads who did what, and nothing of any conversation
	DPO        Role = "dpo"        // data-protection officer: reads conversations and the audit, erases
	Admin      Role = "admin"      // all but hearing calls, which is given by name
)

// Roles lists the roles.
func Roles() []Role {
	return []Role{Viewer, Agent, Supervisor, Listener, Integrator, Auditor, DPO, Admin}
}

// An Action is one thing that may be done. Every operation of the API declares one.
type Action string

// The actions.
const (
	Public         Action = "public"         // by anybody: health, metrics, the API's description, signing in
	Own            Action = "own"            // with one's own session and credentials, by anybody who is signed in
	ReadBoard      Action = "read-board"     // queues, agents and their figures
	ReadCalls      Action = "read-calls"     // who called, intents, redacted transcripts, journals
	ReadOwnCall    Action = "read-own-call"  // who rings at one's phone, or talks with one, and what they want
	ReadSystem     Action = "read-system"    // listeners, trunks, engines, certificates
	ReadAudit      Action = "read-audit"     // who did what
	ReadAssistant  Action = "read-assistant" // intents, and what was not understood
	Try            Action = "try"            // a sentence at an assistant
	SetOwnState    Action = "set-own-state"  // of an agent: available, paused, wrapped up
	SetAgentState  Action = "set-agent-state"
	RunQueues      Action = "run-queues" // move, re-prioritise and end callers who wait
	Supervise      Action = "supervise"  // step onto a call; each way of it is a right of its own besides
	Listen         Action = "listen"
	Whisper        Action = "whisper"
	Barge          Action = "barge"
	TakeOver       Action = "take-over"
	HandBack       Action = "hand-back"
	PlayMessages   Action = "play-messages" // hear what callers left for the people of a queue
	DeleteMessages Action = "delete-messages"
	HandleMessages Action = "handle-messages" // take one, to call back, and close it
	Erase          Action = "erase"
	Reload         Action = "reload"
	ManageUsers    Action = "manage-users"
	ManageTokens   Action = "manage-tokens"
)

// Actions lists all of them.
func Actions() []Action {
	return append([]Action{Public, Own, Listen, Whisper, PlayMessages}, actionsOf(Admin)...)
}

// Everywhere reports whether an action concerns all tenants at once, so that only
// a role in all of them gives it.
func (a Action) Everywhere() bool {
	switch a {
	case Reload, ManageUsers, ManageTokens, ReadSystem:
		return true
	default:
		return false
	}
}

// Acts reports whether it is noted in the audit that an action was used. The rest are
// looks, which are too many to be of use there, and what is noted with more about it by
// whoever does it.
func (a Action) Acts() bool {
	switch a {
	case Public, Own, ReadBoard, ReadCalls, ReadOwnCall, ReadSystem, ReadAudit, ReadAssistant, Try, PlayMessages, DeleteMessages, HandleMessages, Reload, ManageUsers, ManageTokens, Supervise, SetOwnState:
		return false
	default:
		return true
	}
}

// actionsOf is the table.
func actionsOf(r Role) []Action {
	switch r {
	case Viewer:
		return []Action{ReadBoard}
	case Agent:
		return []Action{ReadBoard, ReadOwnCall, SetOwnState}
	case Supervisor:
		return []Action{ReadBoard, ReadCalls, ReadOwnCall, ReadAssistant, SetOwnState, SetAgentState, RunQueues, Supervise, Barge, TakeOver, HandBack, PlayMessages, DeleteMessages, HandleMessages}
	case Listener:
		return []Action{ReadBoard, ReadCalls, Supervise, Listen, Whisper, PlayMessages}
	case Integrator:
		return []Action{ReadBoard, ReadCalls, ReadSystem, ReadAssistant, Try, Reload}
	case Auditor:
		return []Action{ReadAudit, ReadSystem}
	case DPO:
		return []Action{ReadCalls, ReadAudit, PlayMessages, DeleteMessages, Erase}
	case Admin:
		return []Action{
			ReadBoard, ReadCalls, ReadOwnCall, ReadSystem, ReadAudit, ReadAssistant, Try, SetOwnState, SetAgentState, RunQueues,
			Supervise, Barge, TakeOver, HandBack, DeleteMessages, HandleMessages, Erase, Reload, ManageUsers, ManageTokens,
		}
	}
	return nil
}

// allows reports whether a role has a right at all.
func (r Role) allows(a Action) bool { return slices.Contains(actionsOf(r), a) }
