package call

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/callward/callward/media"
	"github.com/callward/callward/payment"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
	"github.com/callward/callward/router/queue"
)

var rewrite = flag.Bool("rewrite", false, "write what the machine does into the stories")

// A story is a text file: what happens, ----, what the machine does. Read the
// change as a diff after `go test ./call -run Stories -rewrite`.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(want))
			if *rewrite {
				if err := os.WriteFile(f, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("the story goes differently now:\n%s", firstDifference(string(want), got))
			}
		})
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\n want %s\n got  %s\n\nwhole:\n%s", i+1, w[i], g[i], got)
		}
	}
	return fmt.Sprintf("want %d lines, got %d\n\nwhole:\n%s", len(w), len(g), got)
}

// stage plays a story on a machine in virtual time.
type stage struct {
	t   *testing.T
	m   *machine
	now time.Time
	out strings.Builder
}

func play(t *testing.T, story string) string {
	t.Helper()
	s := &stage{t: t, now: time.Date(2026, 1, 5, 10, 0, 0, 0, time.UTC)}
	var lines []string
	flush := func() {
		for _, l := range lines {
			s.out.WriteString(l + "\n")
		}
		if len(lines) > 0 {
			s.out.WriteString("----\n")
			for _, l := range lines {
				s.happen(l)
			}
			s.out.WriteString("\n")
		}
		lines = nil
	}
	answer := false
	for line := range strings.SplitSeq(strings.TrimRight(story, "\n"), "\n") {
		switch {
		case line == "":
			flush()
			answer = false
		case line == "----":
			answer = true
		case strings.HasPrefix(line, "#"):
			s.out.WriteString(line + "\n")
		case !answer:
			lines = append(lines, line)
		}
	}
	flush()
	return strings.TrimRight(s.out.String(), "\n") + "\n"
}

func (s *stage) happen(line string) {
	verb, args := parse(line)
	if verb == "call" {
		s.m = newMachine(Setup{
			Assistant: testLine(s.t, args["line"]), Languages: list(args["languages"]), Heard: list(args["heard"]), Trouble: args["trouble"] != "",
			Refuge: args["refuge"], MuteAgents: args["agents"] == "mute", Caller: args["caller"], Trust: args["trust"],
		})
		if q := args["cut-off"]; q != "" {
			s.m.cutOff = &CutOff{Queue: q, Priority: 2, Note: Note{Intent: "trouble", Summary: redact.Authored("A wrong bill."), Language: "fr", Skills: list(args["skills"])}}
		}
		s.m.callable = args["callable"]
		if queue, hours, ok := strings.Cut(args["hours"], ":"); ok {
			name, to, _ := strings.Cut(hours, ":")
			s.m.hours = map[string]QueueHours{queue: {Hours: name, Closed: to}}
		}
		if queue, after, ok := strings.Cut(args["voicemail"], ":"); ok {
			d, _ := time.ParseDuration(after)
			s.m.voicemails = map[string]Voicemail{queue: {After: d, Nobody: true, Closed: true, Longest: 2 * time.Minute, Silence: 5 * time.Second}}
		}
		if queue, after, ok := strings.Cut(args["callback"], ":"); ok {
			d, _ := time.ParseDuration(after)
			s.m.callbacks = map[string]CallbackOffer{queue: {After: d}}
		}
		if queue, rest, ok := strings.Cut(args["outside"], ":"); ok {
			number, by, _ := strings.Cut(rest, ":")
			s.m.outside = map[string]Destination{queue: {Number: number, By: By(by), Shown: redact.Authored(number)}}
		}
		return
	}
	if verb == "keys" {
		for i := range len(args["0"]) {
			s.tell(Pressed{Key: media.NewKey(args["0"][i])})
			s.now = s.now.Add(400 * time.Millisecond)
		}
		return
	}
	if verb == "wait" {
		s.wait(args)
		return
	}
	s.tell(s.event(verb, args))
}

var (
	refusals    = map[string]payment.Reason{"brand": payment.WrongBrand, "code": payment.InvalidCode, "expiry": payment.InvalidExpiry, "number": payment.InvalidNumber}
	tokenFaults = map[string]error{"late": payment.ErrLate, "down": &payment.ServiceError{Code: codes.Unavailable}, "denied": &payment.ServiceError{Code: codes.PermissionDenied}}
)

func (s *stage) tell(ev Event) {
	for _, a := range s.m.step(s.now, ev) {
		fmt.Fprintf(&s.out, "%-10s %s\n", s.m.state, show(a))
	}
}

// wait lets time go by and ticks whenever the machine asked for it.
func (s *stage) wait(args map[string]string) {
	d, err := time.ParseDuration(args["0"])
	if err != nil {
		s.t.Fatal(err)
	}
	end := s.now.Add(d)
	for {
		next := s.m.deadline()
		if next.IsZero() || next.After(end) {
			s.now = end
			return
		}
		s.now = next
		s.tell(Tick{})
	}
}

func (s *stage) event(verb string, args map[string]string) Event {
	offer, _ := strconv.ParseInt(args["offer"], 10, 64)
	samples, _ := strconv.ParseInt(args["samples"], 10, 64)
	number, _ := strconv.Atoi(args["0"])
	switch verb {
	case "invited":
		return Invited{}
	case "answered":
		return Answered{}
	case "caller-gone":
		return CallerGone{}
	case "shutdown":
		return Shutdown{}
	case "voice":
		if args["0"] == "on" {
			return VoiceStarted{}
		}
		return VoiceStopped{}
	case "speech":
		if args["0"] == "dropped" {
			return SpeechDropped{Language: s.language(args), Utterance: args["utt"]}
		}
		if args["0"] == "over" {
			return SpeechOver{Language: s.language(args), Utterance: args["utt"]}
		}
		began, _ := time.ParseDuration(args["began"])
		return SpeechBegan{Language: s.language(args), Utterance: args["utt"], Began: began}
	case "partial", "final":
		return Heard{
			Language: s.language(args), Utterance: args["utt"], Final: verb == "final", Eager: args["eager"] != "",
			Words: redact.RawText(args["text"]), Confidence: 0.9,
		}
	case "intent":
		c, _ := strconv.ParseFloat(args["conf"], 64)
		seq := s.m.classify
		if args["aside"] != "" {
			seq = s.m.turn.over.asked
		}
		return Understood{Seq: seq, Language: s.language(args), Result: intent.Result{Name: args["0"], Confidence: c, Reason: args["reason"]}}
	case "key":
		return Pressed{Key: media.NewKey(args["0"][0])}
	case "token":
		ev := Tokenized{Entry: s.m.entries, Err: tokenFaults[args["fault"]]}
		if s.m.taking != nil {
			ev.Try = s.m.taking.tries
			ev.Outcome = payment.Outcome{Token: args["token"], LastFour: s.m.taking.card.LastFour(), Refused: refusals[args["refused"]]}
		}
		return ev
	case "hook":
		return hookedEvent(s.m, args)
	case "relieved":
		return Relieved{Language: s.language(args), From: "a", To: args["to"], Reason: "stalled", Took: 700 * time.Millisecond, Replayed: 1234 * time.Millisecond}
	case "deaf":
		return Deaf{Language: s.language(args), Reason: "unavailable"}
	case "regained":
		return Regained{Language: s.language(args)}
	case "sound":
		return SpeakStarted{Turn: s.m.turn.number}
	case "on-the-wire":
		return Sounded{Turn: s.m.turn.number}
	case "line-done":
		return LineDone{Turn: s.m.turn.number, Line: s.m.turn.current, Samples: samples}
	case "speak-failed":
		return SpeakFailed{Turn: s.m.turn.number, Reason: "no voice"}
	case "placed":
		return Placed{Ticket: s.m.tickets}
	case "no-place":
		if args["final"] != "" {
			return PlaceFailed{Ticket: s.m.tickets, Reason: args["final"], Final: true}
		}
		return PlaceFailed{Ticket: s.m.tickets, Reason: "redis is away"}
	case "position":
		wait, _ := time.ParseDuration(args["wait"])
		ticket := s.m.tickets
		if n, err := strconv.Atoi(args["ticket"]); err == nil {
			ticket = n
		}
		return PositionIs{Ticket: ticket, Position: number, Wait: wait}
	case "message":
		return MessageKept{Kept: args["0"] == "kept"}
	case "came":
		return Came{Queue: args["queue"], Agent: args["agent"], Offer: offer, For: "before", Alone: true, Broken: args["0"] == "broken", Priority: 3, Entered: s.now.Add(-10 * time.Minute)}
	case "number-checked":
		return NumberChecked{Number: args["number"], Reason: args["reason"]}
	case "callback-is":
		return CallbackIs{Ticket: s.m.tickets, Kept: args["0"] == "kept", Unsure: args["0"] == "unsure", Reason: args["reason"]}
	case "reserved":
		ticket := s.m.place.ticket
		if n, err := strconv.Atoi(args["ticket"]); err == nil {
			ticket = n
		}
		return Reserved{Ticket: ticket, Offer: offer, Agent: args["agent"]}
	case "agent-answered":
		return AgentAnswered{Offer: offer}
	case "agent-failed":
		return AgentFailed{Offer: offer, Reason: queue.Reason(args["reason"])}
	case "agent-gone":
		return AgentGone{Offer: offer}
	case "agent-lost":
		return AgentGone{Offer: offer, Lost: true}
	case "agent-ringing":
		return AgentRinging{Offer: offer}
	default:
		return s.transfer(verb, args, offer)
	}
}

func (s *stage) transfer(verb string, args map[string]string, offer int64) Event {
	ask, _ := strconv.Atoi(args["ask"])
	switch verb {
	case "asked":
		return TransferAsked{Ask: ask, To: Destination{
			Queue: args["queue"], Agent: args["agent"], Number: args["number"], Shown: redact.Authored(args["number"]),
		}}
	case "handed":
		return Handed{Ask: ask, Offer: offer, Agent: args["agent"]}
	case "holds":
		return AgentHolds{Offer: offer, On: args["0"] == "on"}
	case "transfer-done":
		return TransferDone{Offer: offer}
	case "transfer-refused":
		return TransferRefused{Reason: args["reason"]}
	case "closing":
		return Closing{}
	case "supervised":
		return Supervised{On: args["0"] == "on"}
	case "taken-over":
		return TakenOver{Offer: offer, Agent: args["agent"]}
	case "handed-back":
		return HandedBack{Offer: offer}
	}
	s.t.Fatalf("the story says %q, which means nothing", verb)
	return nil
}

func (s *stage) language(args map[string]string) string {
	if l := args["lang"]; l != "" {
		return l
	}
	return s.m.languages[0]
}

// parse reads `verb word key=value key="several words"`.
func parse(line string) (verb string, args map[string]string) {
	args = make(map[string]string)
	verb, rest, _ := strings.Cut(line, " ")
	for n := 0; rest != ""; {
		var field string
		if key, quoted, ok := strings.Cut(rest, `="`); ok && !strings.Contains(key, " ") {
			value, after, _ := strings.Cut(quoted, `"`)
			args[key], rest = value, strings.TrimSpace(after)
			continue
		}
		field, rest, _ = strings.Cut(rest, " ")
		if key, value, ok := strings.Cut(field, "="); ok {
			args[key] = value
			continue
		}
		args[strconv.Itoa(n)] = field
		n++
	}
	return verb, args
}

func list(s string) []string {
	if s == "" || s == "none" {
		return nil
	}
	return strings.Split(s, ",")
}

func show(a Action) string {
	switch a := a.(type) {
	case Write:
		return "write " + showEntry(a.Entry)
	case Speak:
		var b strings.Builder
		fmt.Fprintf(&b, "speak turn %d", a.Turn)
		for _, l := range a.Lines {
			fmt.Fprintf(&b, "\n             %s: %s", l.Language, l.Text)
		}
		return b.String()
	case Attend:
		s := fmt.Sprintf("attend %s", strings.Join(a.Languages, ","))
		if a.Expect != assistant.ExpectFree {
			s += fmt.Sprintf(" expect %d length %d", a.Expect, a.Length)
		}
		return s
	case Classify:
		return fmt.Sprintf("classify %s: %s", a.Language, a.Text)
	case Captured:
		return strings.TrimSpace("captured: " + a.How + " " + a.Card.Token)
	case AskHook:
		return fmt.Sprintf("ask webhook %d: %s %v", a.Number, a.Question.Webhook.Name, a.Question.Fields)
	case Hangup:
		return "hang up: " + string(a.Cause)
	case Ring:
		return fmt.Sprintf("ring %s for offer %d, %s", a.Agent+a.Number, a.Offer, a.Timeout)
	case Refer:
		if a.Joins {
			return fmt.Sprintf("refer the caller to whom offer %d reached", a.Offer)
		}
		return fmt.Sprintf("refer the caller to %s, as offer %d", a.Number, a.Offer)
	case Enqueue:
		s := fmt.Sprintf("enqueue %d %s %d", a.Ticket, a.Queue, a.Priority)
		if len(a.Skills) > 0 {
			s += " wants " + strings.Join(a.Skills, ",")
		}
		if a.Resume {
			s += " resuming"
		}
		if a.Boost > 0 {
			s += fmt.Sprintf(" as if since %s", a.Boost)
		}
		return s
	case AskCallback:
		return fmt.Sprintf("ask for callback of ticket %d to %s in %s", a.Ticket, a.Callback.Number, a.Callback.Language)
	case EndMessage:
		return fmt.Sprintf("end message for %s: %s %q about %q, cut %s, drop %q", a.Queue, a.Length, a.Text, a.Summary, a.Cut, a.Drop)
	case Tell:
		return fmt.Sprintf("tell asker %d: %d", a.Ask, a.Code)
	}
	name := strings.TrimPrefix(fmt.Sprintf("%T", a), "call.")
	return strings.TrimSpace(strings.ToLower(name) + " " + strings.Trim(fmt.Sprintf("%v", a), "{}"))
}

func showEntry(e Entry) string {
	parts := []string{string(e.Kind)}
	add := func(name, v string) {
		if v != "" {
			parts = append(parts, name+"="+v)
		}
	}
	add("state", e.State)
	add("lang", e.Language)
	if e.Intent != nil {
		add("intent", fmt.Sprintf("%s %.2f", e.Intent.Name, e.Intent.Confidence))
	}
	add("queue", e.Queue)
	add("agent", e.Agent)
	if e.Position > 0 {
		add("position", strconv.Itoa(e.Position))
	}
	if e.Samples > 0 {
		add("samples", strconv.FormatInt(e.Samples, 10))
	}
	if w := e.Waterfall; w != nil {
		add("waterfall", fmt.Sprintf("%d+%d+%d+%d+%d=%d filler=%t", w.Endpoint, w.Final, w.Intent, w.Audio, w.Wire, w.Total, w.Filler))
		if w.Hook > 0 {
			add("webhook", strconv.FormatInt(w.Hook, 10))
		}
	}
	add("reason", e.Reason)
	add("flags", strings.Join(e.Flags, ","))
	add("text", e.Text.String())
	return strings.Join(parts, " ")
}

func testAssistant(t *testing.T) *assistant.Assistant {
	t.Helper()
	return testLine(t, "")
}

// testLine reads another assistant than that of most stories, if one is named.
// lines are the assistants of the stories, by file, each read once: an assistant does not change.
var lines sync.Map

func testLine(t *testing.T, file string) *assistant.Assistant {
	t.Helper()
	file = cmp.Or(file, "testdata/line.yaml")
	if a, ok := lines.Load(file); ok {
		return a.(*assistant.Assistant)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := assistant.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	lines.Store(file, a)
	return a
}
