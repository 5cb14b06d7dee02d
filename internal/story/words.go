package story

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/router/assistant"
)

// words tells of one call, in English or French.
type words struct {
	french bool
	record call.Record
}

// say gives a word of ours, or fills a format, in the language of the story.
func (w *words) say(format string, args ...any) string {
	if len(args) == 0 {
		return w.own(format)
	}
	return fmt.Sprintf(w.own(format), args...)
}

func (w *words) own(format string) string {
	if f, ok := inFrench[format]; ok && w.french {
		return f
	}
	return format
}

// lines tells an entry: nothing, a line, or a few.
func (w *words) lines(e call.Entry) []Line {
	switch e.Kind {
	case call.KindStarted:
		return nil
	case call.KindDecision:
		return w.decision(e)
	case call.KindIntent:
		return w.understood(e)
	case call.KindTurn:
		return w.timing(e)
	default:
	}
	if l := w.line(e); l.Text != "" {
		return []Line{l}
	}
	return nil
}

// line tells an entry that takes one line.
func (w *words) line(e call.Entry) Line {
	switch e.Kind {
	case call.KindAnswered:
		return Line{What: w.say("line"), Text: w.say("the call is answered"), tone: dim}
	case call.KindDisclosure:
		return Line{What: w.say("opening"), Text: w.say("the legal opening was played whole, %s", w.seconds(played(e.Samples))), tone: dim}
	case call.KindBotSaid:
		return Line{What: w.say("bot"), Text: e.Text.String(), tone: bot}
	case call.KindResumed:
		return Line{What: w.say("prompt"), Text: w.say("goes on where it stopped: %s", w.rule(e.Reason)), tone: dim}
	case call.KindBargeIn:
		return Line{What: w.say("prompt"), Text: w.say("given up: the caller interrupts"), tone: dim}
	case call.KindCallerSaid:
		return Line{What: w.say("caller"), Text: w.quote(e.Text.String(), e.Language), tone: caller}
	case call.KindCallerKeyed:
		return Line{What: w.say("keys"), Text: e.Text.String(), tone: caller}
	case call.KindCard:
		return Line{What: w.say("card"), Text: e.Text.String(), tone: caller}
	case call.KindFiller:
		return Line{What: w.say("filler"), Text: w.because(w.say("a sound that breaks the silence"), e.Reason), tone: dim}
	case call.KindRelieved:
		return Line{What: w.say("hearing"), Text: w.because(w.say("another engine hears %s", e.Language), e.Reason), tone: dim}
	case call.KindRegained:
		return Line{What: w.say("hearing"), Text: w.say("%s is understood again", e.Language), tone: dim}
	case call.KindTrouble:
		return Line{What: w.say("trouble"), Text: w.rule(e.Reason), tone: alarm}
	case call.KindEnded:
		return Line{What: w.say("end"), Text: w.rule(e.Reason), tone: strong}
	default:
		return w.human(e)
	}
}

// human tells an entry about humans, and what is of a later version.
func (w *words) human(e call.Entry) Line {
	switch e.Kind {
	case call.KindQueued:
		text := w.say("waits in %s", e.Queue)
		if !e.Text.Empty() {
			text += "; " + w.say("the agent is told: %s", e.Text)
		}
		return Line{What: w.say("queue"), Text: text, tone: human}
	case call.KindPosition:
		return Line{What: w.say("queue"), Text: w.say("place %d in %s", e.Position, e.Queue), tone: dim}
	case call.KindOffered:
		return Line{What: w.say("agent"), Text: w.say("the telephone of %s rings", e.Agent), tone: human}
	case call.KindAgentAnswer:
		return Line{What: w.say("agent"), Text: w.say("%s answers", w.someone(e)), tone: human}
	case call.KindAgentFailed:
		return Line{What: w.say("agent"), Text: w.because(w.say("%s is not reached", w.someone(e)), e.Reason), tone: alarm}
	case call.KindBridged:
		return Line{What: w.say("agent"), Text: w.because(w.say("talks with %s", w.someone(e)), e.Reason), tone: human}
	case call.KindMuted:
		return Line{What: w.say("agent"), Text: w.because(w.say("does not hear the caller"), e.Reason), tone: dim}
	case call.KindUnmuted:
		return Line{What: w.say("agent"), Text: w.say("hears the caller again"), tone: dim}
	case call.KindTransfer:
		return Line{What: w.say("transfer"), Text: w.because(w.say("to %s", e.Text.String()+e.Queue), e.Reason), tone: human}
	case call.KindBarred:
		return Line{What: w.say("transfer"), Text: w.because(w.say("refused"), e.Reason), tone: alarm}
	case call.KindMoved:
		return Line{What: w.say("transfer"), Text: w.say("the caller's network took the call elsewhere"), tone: human}
	default:
		return Line{What: string(e.Kind), Text: strings.Trim(w.because(e.Text.String(), e.Reason), ": ")}
	}
}

// someone is an agent, or a number outside.
func (w *words) someone(e call.Entry) string {
	if e.Agent != "" {
		return e.Agent
	}
	if !e.Text.Empty() {
		return e.Text.String()
	}
	return w.say("somebody")
}

func (w *words) because(what, why string) string {
	if why == "" {
		return what
	}
	return what + w.say(": ") + w.rule(why)
}

// quote is what a caller said, with the language if it is not that of the call.
func (w *words) quote(text, language string) string {
	if text == "" {
		return w.say("(nothing that could be shown)")
	}
	if w.french {
		text = "«\u00a0" + text + "\u00a0»"
	} else {
		text = "“" + text + "”"
	}
	if language != "" && w.record.Language != "" && language != w.record.Language {
		text += " (" + language + ")"
	}
	return text
}

// understood tells what words were taken for, and what else they might have been.
func (w *words) understood(e call.Entry) []Line {
	text := w.say("nothing that the line is for")
	if e.Intent != nil && e.Intent.Name != "" {
		text = scored(*e.Intent)
	}
	for _, s := range e.Top {
		if e.Intent == nil || s.Name != e.Intent.Name {
			text += " · " + scored(s)
		}
	}
	for _, s := range e.Rivals {
		text += "; " + w.say("heard as %s: %.2f", s.Name, s.Confidence)
	}
	if e.Reason != "" {
		text += "; " + w.rule(e.Reason)
	}
	return []Line{{What: w.say("taken for"), Text: text}}
}

func scored(s call.Scored) string { return fmt.Sprintf("%s %.2f", s.Name, s.Confidence) }

// decision tells the rule that fired, and what comes of it.
func (w *words) decision(e call.Entry) []Line {
	lines := []Line{{What: w.say("rule"), Text: w.rule(e.Reason), tone: strong}}
	if e.Outcome != nil {
		lines = append(lines, Line{What: w.say("then"), Text: w.outcome(e.Outcome)})
	}
	return lines
}

// outcome tells what a decision comes to, and which values are known by then.
func (w *words) outcome(o *call.Outcome) string {
	text := w.does(o)
	if len(o.Values) == 0 {
		return text
	}
	var values []string
	for _, name := range slices.Sorted(maps.Keys(o.Values)) {
		values = append(values, name+" = "+o.Values[name].String())
	}
	return text + "; " + w.say("known: %s", strings.Join(values, ", "))
}

// Comes says in English what a decision comes to.
func Comes(o *call.Outcome) string {
	var w words
	return Clean(w.outcome(o))
}

func (w *words) does(o *call.Outcome) string {
	switch o.Does {
	case call.DoesQueue:
		return w.say("to queue %s", o.Queue)
	case call.DoesTransfer:
		return w.say("to a number outside")
	case call.DoesHangup:
		return w.say("says goodbye")
	case call.DoesCapture:
		return w.say("takes a card by keypad")
	case call.DoesHook:
		return w.say("asks a webhook")
	case call.DoesAsk:
	default:
		return o.Does
	}
	switch o.Asks {
	case assistant.AsksLanguage:
		return w.say("asks for the language")
	case assistant.AsksRequest:
		return w.say("asks what the caller wants")
	case assistant.AsksValue:
		return w.say("asks for %s", o.Slot)
	case assistant.AsksConfirmation:
		return w.say("asks whether %s is right", o.Slot)
	case assistant.AsksMore:
		return w.say("asks whether there is anything else")
	default:
		return w.say("asks for %s", o.Asks)
	}
}

// timing tells how long an answer took, part by part, and if it was slow why.
func (w *words) timing(e call.Entry) []Line {
	if e.Waterfall == nil {
		return nil
	}
	var parts []string
	for _, s := range e.Waterfall.Steps() {
		parts = append(parts, fmt.Sprintf("%s %d", w.say(s.Name), s.Milli))
	}
	text := w.say("%s until the answer (%s ms)", w.hundredths(e.Waterfall.Total), strings.Join(parts, " + "))
	if e.Waterfall.Filler {
		text += ", " + w.say("with a filler meanwhile")
	}
	lines := []Line{{What: w.say("time"), Text: text, tone: dim}}
	if e.Reason != "" {
		lines = append(lines, Line{What: w.say("slow"), Text: w.rule(e.Reason), tone: alarm})
	}
	return lines
}

func (w *words) hundredths(milli int64) string {
	return w.say("%.2f s", (time.Duration(milli) * time.Millisecond).Seconds())
}
