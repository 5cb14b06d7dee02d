package callgen

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/callward/callward/call"
)

// ShowJSON gives a func that writes an entry a line.
func ShowJSON(w io.Writer) func(call.Entry) {
	var mu sync.Mutex
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return func(e call.Entry) {
		mu.Lock()
		defer mu.Unlock()
		_ = enc.Encode(e) // a reader that went away is no reason to hang up
	}
}

// Colours of a terminal (ECMA-48 section 8.3.117).
const (
	plain  = ""
	dim    = "2"
	bold   = "1"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// ShowText gives a func that writes the conversation for people to read.
func ShowText(w io.Writer, colours bool) func(call.Entry) {
	s := &story{w: w, colours: colours}
	return s.show
}

type story struct {
	mu      sync.Mutex
	w       io.Writer
	colours bool
	began   time.Time
}

func (s *story) show(e call.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.began.IsZero() {
		s.began = e.Time
	}
	who, text, colour := line(e)
	if text == "" {
		return
	}
	at := fmt.Sprintf("%6.1fs", max(0, e.Time.Sub(s.began).Seconds()))
	fmt.Fprintf(s.w, "%s  %s  %s\n", s.paint(dim, at), s.paint(colour, fmt.Sprintf("%-10s", who)), s.paint(colour, text))
}

func (s *story) paint(colour, text string) string {
	if !s.colours || colour == plain {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// line says an entry in words: who, and what. An empty text is not shown.
func line(e call.Entry) (who, text, colour string) {
	switch e.Kind {
	case KindHeard:
		return heardLine(e)
	case KindDialing, KindRinging, KindConnected, KindHungUp, KindNotice:
		if e.Agent != "" { // the end of the call at an agent's telephone
			return e.Agent, agentLine(e), cyan
		}
		return "line", ownLine(e), dim
	case KindRegistered, KindLost, KindRings, KindAnswered, KindHears:
		return e.Agent, agentLine(e), cyan
	case KindSaid:
		return "you say", e.Text.String(), green
	case KindPlayed:
		return "you play", e.Text.String(), green
	case KindKeyed:
		return "you press", e.Text.String(), green
	case call.KindDisclosure:
		return "disclosure", "the legal opening was played to its end" + seconds(e.Samples), yellow
	case call.KindBotSaid:
		return "bot", e.Text.String(), cyan
	case call.KindCallerSaid:
		return "understood", orNothing(e.Text.String()), plain
	case call.KindCallerKeyed:
		return "understood", "keys " + e.Text.String(), plain
	case call.KindCard:
		return "card", e.Text.String(), bold
	case call.KindIntent:
		return "intent", intentLine(e), bold
	case call.KindDecision, call.KindTrouble, call.KindRelieved, call.KindHook:
		return string(e.Kind), e.Reason, plain
	case call.KindTurn:
		return "latency", turnLine(e), dim
	case call.KindBargeIn:
		return "barge-in", "you spoke over the bot", dim
	case call.KindFiller:
		return "filler", "the bot needs a moment", dim
	case call.KindQueued, call.KindPosition, call.KindOffered, call.KindAgentAnswer, call.KindAgentFailed, call.KindBridged:
		return "queue", queueLine(e), yellow
	case call.KindEnded:
		return "ended", strings.TrimSpace(e.Reason + " " + e.Duration.Round(100*time.Millisecond).String()), bold
	default: // states and partials: too many for people
		return "", "", plain
	}
}

// turnLine tells how long an answer took, and why if it was long.
func turnLine(e call.Entry) string {
	if e.Reason != "" || e.Waterfall == nil {
		return e.Reason
	}
	return fmt.Sprintf("%.2f s from your last word to the answer", float64(e.Waterfall.Total)/1000)
}

// heardLine shows people only what is not in the bot's own lines.
func heardLine(e call.Entry) (who, text, colour string) {
	if e.Agent == "" || e.Samples == 0 {
		return "", "", plain
	}
	return "you hear", "agent " + e.Agent + "," + seconds(e.Samples), yellow
}

func ownLine(e call.Entry) string {
	switch e.Kind {
	case KindDialing:
		return "dialing " + e.Text.String()
	case KindRinging:
		return "it answers " + e.Reason
	case KindConnected:
		return fmt.Sprintf("connected, %s, call %s", e.Reason, e.Call)
	case KindHungUp:
		return fmt.Sprintf("%s after %s; sound heard:%s", e.Reason, e.Duration.Round(100*time.Millisecond), seconds(e.Samples))
	default:
		return e.Reason
	}
}

func agentLine(e call.Entry) string {
	switch e.Kind {
	case KindRegistered:
		return "registered, waiting for calls"
	case KindLost:
		if e.Reason == "" {
			return "signed off"
		}
		return "registration lost: " + e.Reason
	case KindRings:
		return "rings, call " + string(e.Call)
	case KindAnswered:
		return "answered"
	case KindHungUp:
		return fmt.Sprintf("%s after %s; sound heard:%s", e.Reason, e.Duration.Round(100*time.Millisecond), seconds(e.Samples))
	default:
		return "hears the caller"
	}
}

func intentLine(e call.Entry) string {
	if e.Intent == nil || e.Intent.Name == "" {
		return "not sure"
	}
	return fmt.Sprintf("%s %.2f", e.Intent.Name, e.Intent.Confidence)
}

func queueLine(e call.Entry) string {
	switch e.Kind {
	case call.KindQueued:
		return "waiting in " + e.Queue
	case call.KindPosition:
		return fmt.Sprintf("position %d in %s", e.Position, e.Queue)
	case call.KindOffered:
		return "offered to agent " + e.Agent
	case call.KindAgentAnswer:
		return "agent " + e.Agent + " answered"
	case call.KindBridged:
		return "connected with agent " + e.Agent
	default:
		return strings.TrimSpace("agent " + e.Agent + ": " + e.Reason)
	}
}

func orNothing(s string) string {
	if s == "" {
		return "(nothing)"
	}
	return s
}

func seconds(samples int64) string {
	return fmt.Sprintf(" %.1f s", duration(samples).Seconds())
}
