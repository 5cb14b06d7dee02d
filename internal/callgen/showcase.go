package callgen

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/callgen/voice"
)

// A goal is something that the demo has to see.
type goal uint8

const (
	goalReady goal = iota
	goalDisclosure
	goalUnderstood
	goalAnswered
	goalCard
	goalHidden
	goalComplaint
	goalQueued
	goalOffered
	goalPhone
	goalBridged
	goalHearsAgent
	goalHeard
	goalEnded
	goalRest
	goalStopped
	goalInTime
	goals
)

func (g goal) String() string {
	return [goals]string{
		"the line is ready",
		"the greeting discloses the AI, to its end",
		"a question is understood",
		"the question is answered",
		"the card shows as [card ••••1111]",
		"no other digit of the card shows anywhere",
		"a complaint is understood",
		"the caller is queued",
		"the call is offered to an agent",
		"the agent's own SIP phone rings and answers",
		"caller and agent are connected",
		"the caller hears the agent",
		"the agent hears the caller",
		"hanging up ends both legs",
		"nothing of the call is left",
		"the server ends well",
		"all of it within the time",
	}[g]
}

// The showcase call. The texts are ones that the bundled recognizer hears well;
// what is said at a second try is another way of saying it.
const (
	demoVoice       = "flite:rms"
	demoCardMask    = "[card ••••1111]"
	demoIntentAsk   = "opening_hours"
	demoIntentCard  = "pay_by_card"
	demoIntentAngry = "complaint"
	demoTries       = 3
	demoEnough      = time.Second // of sound, to call it heard
)

// A topic is what the caller wants to say at the moment.
type topic uint8

const (
	topicQuestion topic = iota
	topicPay
	topicCard
	topicYes
	topicComplaint
	topicAgent // to the human
	topics
)

func (t topic) texts() []string {
	return [topics][]string{
		{"what are your opening hours", "when are you open"},
		{"I want to pay by card", "I want to pay my bill by card"},
		{"forty one eleven, eleven eleven, eleven eleven, eleven eleven", "four one one one, one one one one, one one one one, one one one one"},
		{"yes", "yes that's right"},
		{"I have a complaint", "I want to make a complaint"},
		{"Hello. I was billed twice, and I would like my money back.", "Can you hear me? I was billed twice."},
	}[t]
}

// An observation is a goal that was seen.
type observation struct {
	at       time.Time
	evidence string
}

// A showcase guides the caller through the demo and notes what was seen. It is
// safe for concurrent use: the call, the agent's telephone and the demo tell it.
type showcase struct {
	tell func(call.Entry)

	mu      sync.Mutex
	lines   [topics][]prepared
	tries   [topics]int
	seen    [goals]observation
	missing [goals]string // why a goal was not seen, where that is known
	leaked  bool
	shown   int // entries

	disclosed string // text of the opening
	answer    string // text of the answer
	intent    string // understood last
	card      bool   // the number was understood
	confirmed bool   // and is right
	rang      time.Time
	bridged   bool
	spoke     time.Time // to the agent, first
	agentEnd  string    // what the agent's telephone told of the end
	callEnd   string    // what the server told of the end
}

func newShowcase(tell func(call.Entry)) *showcase { return &showcase{tell: tell} }

// learn makes the sound of all that the caller may say.
func (s *showcase) learn(ctx context.Context) error {
	v, err := voice.Parse(demoVoice)
	if err != nil {
		return err
	}
	for t := range topics {
		for _, text := range t.texts() {
			pcm, err := v.Render(ctx, text)
			if err != nil {
				return err
			}
			s.lines[t] = append(s.lines[t], prepared{Step{Say: text}, pcm})
		}
	}
	return nil
}

// next decides what the caller says now.
func (s *showcase) next() (prepared, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.topic()
	try := s.tries[t]
	if try == demoTries || t == topicAgent && s.seen[goalHeard].evidence != "" {
		return prepared{}, false
	}
	s.tries[t]++
	if t == topicYes || t == topicCard {
		s.intent = "" // wanted is what it is answered with
	}
	return s.lines[t][min(try, len(s.lines[t])-1)], true
}

// topic gives what has to be said to come further.
func (s *showcase) topic() topic {
	switch {
	case s.bridged:
		return topicAgent
	case s.seen[goalAnswered].evidence == "":
		return topicQuestion
	case s.card && !s.confirmed:
		return topicYes
	case s.confirmed:
		return topicComplaint
	case s.tries[topicCard] > 0 || s.intent == demoIntentCard:
		return topicCard
	}
	return topicPay
}

// enough hangs up when the agent and the caller have heard each other.
func (s *showcase) enough() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[goalHeard].evidence != "" && s.seen[goalHearsAgent].evidence != ""
}

// show takes an entry of the call or of the agent's telephone.
func (s *showcase) show(e call.Entry) {
	s.mu.Lock()
	s.shown++
	s.leaked = s.leaked || leaks(e.Text.String()+" "+e.Reason)
	if e.Agent != "" && strings.HasPrefix(string(e.Kind), "callgen.") {
		s.agent(e)
	} else {
		s.dialogue(e)
		s.transfer(e)
	}
	s.mu.Unlock()
	s.tell(e)
}

// dialogue notes what happens between the caller and the bot.
func (s *showcase) dialogue(e call.Entry) {
	switch e.Kind {
	case call.KindBotSaid:
		s.botSaid(e.Text.String())
	case call.KindDisclosure:
		if disclosesAI(s.disclosed) {
			s.see(goalDisclosure, e.Time, fmt.Sprintf("%q,%s sent", s.disclosed, seconds(e.Samples)))
		}
	case call.KindBotPlayed:
		if s.answer != "" && e.Text.String() == s.answer {
			s.see(goalAnswered, e.Time, fmt.Sprintf("%q,%s sent", s.answer, seconds(e.Samples)))
		}
	case call.KindCallerSaid:
		if strings.Contains(e.Text.String(), demoCardMask) {
			s.card = true
			s.see(goalCard, e.Time, fmt.Sprintf("understood: %q", e.Text))
		}
	case call.KindIntent:
		s.understood(e)
	default:
	}
}

// botSaid keeps the opening, and the first line after the question.
func (s *showcase) botSaid(text string) {
	switch {
	case s.disclosed == "":
		s.disclosed = text
	case s.answer == "" && s.seen[goalUnderstood].evidence != "":
		s.answer = text
	}
}

func disclosesAI(text string) bool {
	return strings.Contains(text, "automatic voice assistant") && strings.Contains(text, "not a person")
}

func (s *showcase) understood(e call.Entry) {
	if e.Intent == nil {
		return
	}
	asked := s.intent == "" // next has just said the card or yes
	s.intent = e.Intent.Name
	evidence := fmt.Sprintf("intent %s %.2f", e.Intent.Name, e.Intent.Confidence)
	switch {
	case s.intent == demoIntentAsk:
		s.see(goalUnderstood, e.Time, evidence)
	case s.intent == demoIntentAngry:
		s.see(goalComplaint, e.Time, evidence)
	case s.card && asked && s.tries[topicYes] > 0 && s.intent == "yes":
		s.confirmed = true
	case s.card && asked && s.tries[topicYes] > 0 && s.intent == "no":
		s.card = false // the bot asks for the number again
	}
}

// transfer notes the way to the agent.
func (s *showcase) transfer(e call.Entry) {
	switch e.Kind {
	case call.KindQueued:
		if s.seen[goalComplaint].evidence != "" {
			s.see(goalQueued, e.Time, "queue "+e.Queue)
		}
	case call.KindOffered:
		s.see(goalOffered, e.Time, "agent "+e.Agent+", queue "+e.Queue)
	case call.KindBridged:
		s.bridged = true
		s.see(goalBridged, e.Time, "agent "+e.Agent)
	case KindSaid:
		if s.bridged && s.spoke.IsZero() {
			s.spoke = e.Time
		}
	case call.KindEnded:
		s.callEnd = e.Reason
		s.bothEnded(e.Time)
	default:
	}
}

// agent notes what the caller hears of the agent, and what the agent's own
// telephone tells.
func (s *showcase) agent(e call.Entry) {
	heard := duration(e.Samples)
	switch e.Kind {
	case KindHeard: // by the caller, at the quiet that follows: hold music has none
		if s.bridged && heard >= demoEnough {
			s.see(goalHearsAgent, e.Time, fmt.Sprintf("%.1f s of sound, then quiet, came after the bridge", heard.Seconds()))
		}
	case KindRings:
		s.rang = e.Time
	case KindAnswered:
		if !s.rang.IsZero() {
			s.see(goalPhone, e.Time, fmt.Sprintf("phone of %s: rang, answered after %.1f s", e.Agent, e.Time.Sub(s.rang).Seconds()))
		}
	case KindHears:
		if !s.spoke.IsZero() {
			s.see(goalHeard, e.Time, fmt.Sprintf("phone of %s: sound %.1f s after the caller began to speak", e.Agent, e.Time.Sub(s.spoke).Seconds()))
		} else {
			s.missing[goalHeard] = "the agent heard something before the caller spoke"
		}
	case KindHungUp:
		s.agentEnd = fmt.Sprintf("phone of %s: %s, %.1f s heard in all", e.Agent, e.Reason, heard.Seconds())
		s.bothEnded(e.Time)
	default:
	}
}

func (s *showcase) bothEnded(at time.Time) {
	if s.callEnd == string(call.CauseCaller) && s.agentEnd != "" {
		s.see(goalEnded, at, "server: "+s.callEnd+"; "+s.agentEnd)
	}
}

// see notes a goal the first time.
func (s *showcase) see(g goal, at time.Time, evidence string) {
	if s.seen[g].evidence == "" {
		s.seen[g] = observation{at, evidence}
	}
}

// saw is see for the demo itself: an error says why a goal was not seen.
func (s *showcase) saw(g goal, evidence string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.missing[g] = err.Error()
		return
	}
	s.see(g, time.Now(), evidence)
}

// hidden judges whether the card stayed hidden, in what was shown and in what
// the server printed.
func (s *showcase) hidden(printed string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.leaked || leaks(printed):
		s.missing[goalHidden] = "seven digits of it in a row were shown or logged"
	case s.tries[topicCard] == 0:
		s.missing[goalHidden] = "no card was spoken"
	default:
		s.see(goalHidden, time.Now(), fmt.Sprintf("%d events and %d bytes of the server's log searched", s.shown, len(printed)))
	}
}

// leaks looks for seven digits of the card in a row, in figures or in words.
func leaks(text string) bool {
	plain := strings.NewReplacer(" ", "", ",", "", ".", "", "-", "").Replace(strings.ToLower(text))
	plain = strings.NewReplacer("eleven", "11", "forty", "4", "four", "4", "one", "1").Replace(plain)
	return strings.Contains(plain, "4111111") || strings.Contains(plain, "1111111")
}

// report writes the checklist. It gives what was not seen.
func (s *showcase) report(write func(ok bool, at time.Time, what, evidence string)) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var unseen []string
	for g := range goals {
		o := s.seen[g]
		if o.evidence != "" {
			write(true, o.at, g.String(), o.evidence)
			continue
		}
		why := s.missing[g]
		if why == "" {
			why = "not observed"
		}
		write(false, time.Time{}, g.String(), why)
		unseen = append(unseen, g.String())
	}
	return unseen
}

var _ guide = (*showcase)(nil)
