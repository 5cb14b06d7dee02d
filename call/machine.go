package call

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
	"github.com/callward/callward/router/queue"
)

// timer names one of the machine's own timers; each has at most one date.
type timer int

const (
	timerBudget   timer = iota // the bot owes the caller a sound
	timerGiveUp                // the bot has owed it for too long
	timerSilence               // the caller has the floor and says nothing
	timerKeys                  // the caller may press another key
	timerBargeIn               // the caller's voice over a prompt has lasted long enough
	timerResume                // the words of a short sound over a prompt are late
	timerChoose                // the other language's hypothesis is late
	timerHold                  // nobody is free at once: say so
	timerPosition              // time to say how many are ahead
	timerRetry                 // try the queue again
	timerReach                 // the colleague asked for is not free
	timerToken                 // the tokeniser has not answered
	timerHook                  // the webhook has not answered
	timerMoment                // the caller who waits for it hears nothing
	timerMuted                 // nothing more is heard of the number that the agent is not to hear
	timerAway                  // the far side was joined to another, and nothing is told of it
	timerMail                  // the message is as long as it may be, or what is owed of it is late
	timerCount
)

// Times are the machine's durations. A zero field means the default that its
// comment states.
type Times struct {
	Budget   time.Duration // silence allowed before the bot answers; 1.2 s
	GiveUp   time.Duration // silence after which a turn is given up; 4 s
	Key      time.Duration // between two keys; 2.5 s
	BargeIn  time.Duration // of speech that ends a prompt which it has paused; 880 ms
	Nod      time.Duration // from the end of a shorter one until the prompt goes on, with words that interrupt nothing; 80 ms
	Resume   time.Duration // the same without words; 260 ms
	Words    time.Duration // until then if there are words that may end it; 450 ms
	Choose   time.Duration // between the hypotheses of two languages; 700 ms
	Hold     time.Duration // of music before the caller is told that nobody is free; 3 s
	Position time.Duration // between two announcements in the queue; 30 s
	Ring     time.Duration // an agent's phone rings; 20 s
	Retry    time.Duration // between two tries to reach the queue; 2 s
	Reach    time.Duration // until a colleague who is asked for counts as busy; 3 s
	CardKey  time.Duration // between two keys of a card; 6 s
	Token    time.Duration // until a tokeniser counts as late that says nothing, not even that; 12 s
	Muted    time.Duration // after digits that an agent is not to hear, until the caller is heard again if nothing follows; 6 s
	Held     time.Duration // between two questions whether a phone that holds us, and so sends nothing, is still there; 30 s
}

func (t Times) orDefaults() Times {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&t.Budget, 1200*time.Millisecond)
	set(&t.GiveUp, 4*time.Second)
	set(&t.Key, 2500*time.Millisecond)
	set(&t.BargeIn, 880*time.Millisecond)
	set(&t.Nod, 80*time.Millisecond)
	set(&t.Resume, 260*time.Millisecond)
	set(&t.Words, 450*time.Millisecond)
	set(&t.Choose, 700*time.Millisecond)
	set(&t.Hold, 3*time.Second)
	set(&t.Position, 30*time.Second)
	set(&t.Ring, 20*time.Second)
	set(&t.Retry, 2*time.Second)
	set(&t.Reach, 3*time.Second)
	set(&t.CardKey, 6*time.Second)
	set(&t.Token, 12*time.Second)
	set(&t.Muted, 6*time.Second)
	set(&t.Held, 30*time.Second)
	return t
}

// queueTries is how often the queue is asked for before the call is given up: for longer than
// the ten seconds that Redis may be away.
const queueTries = 8

// machine is the life of one call, pure: it is told what happened and when, and
// says what to do. It starts no goroutine, does no I/O and looks at no clock.
type machine struct {
	times     Times
	assistant *assistant.Assistant
	script    *assistant.Dialogue
	redactor  *redact.Redactor
	policy    redact.Policy // of the redactor

	state     State
	languages []string // still in question; one once it is settled
	hearing   map[string]bool
	timers    [timerCount]time.Time
	out       []Action // of the step in progress

	lap      lap // of the answer that is being got
	turn     turn
	pending  *assistant.Input // said or keyed while nothing may interrupt
	guesses  map[string]guess // by language, of the utterance being decided
	classify int              // number of the newest Classify
	asides   int              // number of the newest about words that may go on: those count down from 0
	shown    redact.Safe      // newest partial that was shown
	keypad   keypad
	taking   *taking // nil: no card is being taken
	entries  int     // of cards, given to the tokeniser so far
	hook     hooking
	guarded  guarded
	voice    bool                // the caller's side sounds like speech just now
	began    time.Time           // when it last began to
	owed     map[string][]string // by language, what a recognizer heard and has yet to put into words: utterances, oldest first

	place      place
	summary    redact.Safe            // of what the caller wants, for agents
	queued     time.Time              // when the caller first entered a queue
	tickets    int                    // places taken so far
	calls      int64                  // made to numbers outside, counted down: their offers
	outside    map[string]Destination // by queue: whose people are reached by a number outside
	refuge     string                 // a number: who takes callers when this process stops
	moving     moving
	kept       kept // where a supervisor has the caller
	back       returning
	mail       mailing                  // what the caller leaves a message for
	cutOff     *CutOff                  // what a call before lost with its process; nil: nothing
	resuming   bool                     // it is being taken
	note       Note                     // of what the caller wants
	callable   string                   // the caller's own number, if it may be called
	callbacks  map[string]CallbackOffer // by queue
	hours      map[string]QueueHours    // by queue
	voicemails map[string]Voicemail     // by queue
	rings      func(queue string) time.Duration
	returned   time.Time // when an agent got a caller back whom he had sent on
	holder     int64     // the offer of whom the caller talks with, or did, whose phone holds us; 0: none does
	music      bool      // the caller hears some for that
	handing    bool      // the far side is being joined to the caller's network
	closing    bool      // the call must end
	goodbye    Cause     // why the bot hangs up
}

// turn is what the bot is saying, or said last.
type turn struct {
	number  int
	lines   []assistant.Line
	texts   []redact.Safe // of the lines, as they are spoken
	current int           // index of the line being played
	started bool
	then    assistant.Step // what comes after the last line
	filled  bool           // a filler was played in this turn
	paused  bool           // the caller's voice holds it
	over    overlap        // of that voice
	nod     *redact.Result // such a word, over the question that it may answer
	lap     lap            // of what it answers
	waits   int            // silences that passed because a recognizer is late

	wordless time.Duration // what the caller has said, and no words came of it so far
}

// guess is what one recognizer understood of an utterance.
type guess struct {
	text    redact.Result
	heard   float64 // the recognizer's confidence in it
	intent  intent.Result
	decided bool
}

// place is where the caller goes: a queue, a colleague's own queue, or a number
// outside; and the human who is reached there.
type place struct {
	queue    string
	direct   bool // of one colleague: nobody waits there
	number   string
	by       By
	shown    redact.Safe // the number, as it may be shown
	ticket   int
	priority int
	skills   []string // that whoever takes the caller must have
	offer    int64    // the reservation in progress, 0 without; below 0, of a number outside
	agent    string
	tries    int
	told     bool // that nobody is free
	held     bool // a supervisor has taken the caller
	since    time.Time
	resumes  bool // the place is that of a call that was cut off
	promise  queue.Promise
	back     bool          // of a callback, whose caller has answered before the agent was rung
	entered  time.Time     // of such a one: when the caller came to the queue
	boost    time.Duration // the caller counts as having waited that much longer
}

// taken reports whether the caller is on the way to a human: nothing is for the
// bot any more.
func (p place) taken() bool { return p.queue != "" || p.number != "" || p.held }

// newMachine makes the machine of a call in one of the languages, or in the one
// that the caller chooses among several.
func newMachine(s Setup) *machine {
	a, languages := s.Assistant, s.Languages
	start := assistant.Start{
		Trouble: s.Trouble,
		Caller:  assistant.Caller{Number: s.Caller, Trust: s.Trust, Believed: s.Believed, Called: s.Called},
	}
	redacted := "" // of several languages, the redactor minds all
	if len(languages) == 1 {
		start.Language, redacted = languages[0], languages[0]
	}
	m := &machine{
		times:     s.Times.orDefaults(),
		assistant: a,
		redactor:  s.Redaction.New(redacted),
		policy:    s.Redaction,
		languages: languages,
		hearing:   make(map[string]bool),
		guesses:   make(map[string]guess),
		owed:      make(map[string][]string),
		goodbye:   CauseDone,
		outside:   s.Outside,
		refuge:    s.Refuge,
		callable:  s.Callable, cutOff: s.CutOff, callbacks: s.Callbacks, hours: s.Hours, voicemails: s.Voicemails, rings: s.ring,
		guarded: guarded{agents: s.MuteAgents},
	}
	for _, l := range languages {
		m.hearing[l] = slices.Contains(s.Heard, l)
		if !m.hearing[l] {
			start.KeypadOnly = append(start.KeypadOnly, l)
		}
	}
	m.script = a.Start(start)
	return m
}

// step tells the machine that ev happened at now and gives what to do.
func (m *machine) step(now time.Time, ev Event) []Action {
	m.out = nil
	if m.state == StateEnded {
		return m.afterEnd(ev)
	}
	switch ev := ev.(type) {
	case Invited:
		m.do(Answer{})
	case Came:
		m.came(now, ev)
	case Answered:
		m.begin(now)
	case CallerGone:
		cause := CauseCaller
		if ev.Fault != "" {
			cause = CauseLost
		}
		if !m.goneWithMessage(now, cause, ev.Fault) {
			m.end(cause, ev.Fault)
		}
	case Shutdown:
		m.end(CauseShutdown, "")
	case Broken:
		m.end(CauseFault, "")
	case Closing:
		m.close(now)
	case Tick:
		m.tick(now)
	case Tokenized:
		m.tokenized(now, ev)
	case Hooked:
		m.hooked(now, ev)
	case MessageKept:
		m.messageKept(now, ev)
	case Supervised, TakenOver, HandedBack:
		m.supervising(now, ev)
	case VoiceStarted, VoiceStopped, SpeechBegan, SpeechOver, SpeechDropped, Heard, Pressed, Relieved, Deaf, Regained, Understood:
		m.listen(now, ev)
	case SpeakStarted, Sounded, LineDone, SpeakFailed:
		m.spoken(now, ev)
	default:
		m.queueing(now, ev)
	}
	m.guard()
	return m.out
}

// opening is how the script begins: by keypad if no recognizer could be had.
func (m *machine) opening() assistant.InputKind {
	for _, l := range m.languages {
		if m.hearing[l] {
			return assistant.InputStart
		}
	}
	return assistant.InputDeaf
}

// deadline is when the next Tick is due; zero if none is.
func (m *machine) deadline() time.Time {
	var first time.Time
	for _, t := range m.timers {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

func (m *machine) ended() bool { return m.state == StateEnded }

func (m *machine) do(a ...Action) { m.out = append(m.out, a...) }

func (m *machine) write(e Entry) {
	if e.Language == "" && len(m.languages) == 1 {
		e.Language = m.languages[0]
	}
	m.do(Write{e})
}

func (m *machine) enter(s State) {
	if m.state != s {
		m.state = s
		m.write(Entry{Kind: KindState, State: s.String()})
	}
}

func (m *machine) set(t timer, now time.Time, d time.Duration) { m.timers[t] = now.Add(d) }
func (m *machine) stop(t timer)                                { m.timers[t] = time.Time{} }

// due stops t and reports whether it had come.
func (m *machine) due(t timer, now time.Time) bool {
	if m.timers[t].IsZero() || m.timers[t].After(now) {
		return false
	}
	m.stop(t)
	return true
}

func (m *machine) tick(now time.Time) {
	for t := range timerCount {
		if m.due(t, now) {
			m.expire(now, t)
		}
		if m.state == StateEnded {
			return
		}
	}
}

func (m *machine) expire(now time.Time, t timer) {
	if m.taking != nil && m.expireCard(now, t) || m.mail.stage > mailAsked && m.expireMail(now, t) {
		return
	}
	switch t {
	case timerBudget:
		m.fill()
	case timerGiveUp:
		m.giveUp(now, "the turn could not be spoken in time")
	case timerSilence:
		m.silent(now)
	case timerKeys:
		if m.back.stage == backKeys && m.state == StateQueued {
			m.keyedBack(now, m.redactor.EndKeys())
			return
		}
		m.keyed(now, m.redactor.EndKeys())
	case timerBargeIn:
		m.longVoice(now)
	case timerResume:
		m.resume(m.turn.over.reason())
	case timerChoose:
		m.decide(now)
	case timerHold:
		m.tellHold(now)
	case timerPosition:
		if m.turn.speaking() { // it would not be said
			m.set(timerPosition, now, time.Second)
			return
		}
		m.do(AskPosition{m.place.ticket})
		m.set(timerPosition, now, m.times.Position)
	case timerRetry:
		if m.back.stage == backAsked {
			m.tellBack()
			return
		}
		m.enqueue()
	case timerReach:
		m.unreached(now, queue.LineBusy)
	case timerAway:
		m.end(CauseMoved, "nothing was told of the transfer")
	case timerHook, timerMoment:
		m.expireHook(now, t)
	case timerToken, timerMuted, timerMail, timerCount:
	}
}

// end is the one way out: whatever the call holds is let go of.
func (m *machine) end(cause Cause, detail string) {
	m.writeHeld()
	m.letGo(leaveReason(cause))
	m.timers = [timerCount]time.Time{}
	m.enter(StateEnded)
	reason := string(cause)
	if detail != "" {
		reason += ": " + detail
	}
	m.write(Entry{Kind: KindEnded, Reason: reason})
	m.do(Hangup{Cause: cause})
}

// letGo gives up whatever humans and places the call holds.
func (m *machine) letGo(why queue.Reason) {
	m.dropCard()
	m.dropHook()
	m.dropMail()
	switch {
	case m.state == StateBridged:
		m.do(Release{Offer: m.place.offer})
	case m.place.queue != "":
		m.do(Leave{Ticket: m.place.ticket, Reason: why})
	}
	if m.moving.ask != 0 {
		m.do(Tell{Ask: m.moving.ask, Code: 487})
		m.release(m.moving.from)
	}
	m.moving, m.place = moving{}, place{}
}

// afterEnd undoes what arrives too late: an agent reserved for a caller who left.
func (m *machine) afterEnd(ev Event) []Action {
	switch ev := ev.(type) {
	case Reserved:
		m.do(Requeue{Offer: ev.Offer, Reason: queue.GaveWay}, Leave{Ticket: m.tickets, Reason: queue.HungUp})
	case Placed:
		m.do(Leave{Ticket: ev.Ticket, Reason: queue.HungUp})
	case AgentAnswered:
		m.do(Release{Offer: ev.Offer})
	case Handed:
		m.do(Release{Offer: ev.Offer})
		m.answerAsker(ev.Ask, 487)
	case TransferAsked:
		m.do(Tell{Ask: ev.Ask, Code: 487})
	}
	return m.out
}

// next gives the script what happened and does what it says.
func (m *machine) next(now time.Time, in assistant.Input) {
	m.stop(timerSilence)
	m.stop(timerKeys)
	m.stop(timerChoose)
	m.guesses = make(map[string]guess) // what is still being weighed is no answer to what comes
	in.At = now
	step := m.script.Next(in)
	if step.Picked != "" { // as sure as can be, and for the record like what is said
		m.write(Entry{Kind: KindIntent, Language: step.Language, Intent: &Scored{Name: step.Picked, Confidence: 1}, Reason: "by key"})
	}
	if step.Reason != "" {
		m.write(Entry{Kind: KindDecision, Reason: step.Reason, Flags: step.Flags, Outcome: m.outcome(in, step)})
	}
	if step.Language != "" {
		m.settle(step.Language)
	}
	step = m.inHours(now, step)
	m.attend(step)
	if step.Place != nil && !opens(step) {
		m.join(now, *step.Place)
	}
	if step.Hook != nil {
		m.consult(now, step)
		return
	}
	m.dropHook()
	if step.Capture != nil {
		m.take(now, step)
		return
	}
	m.speak(now, step)
}

// settle fixes the call's language.
func (m *machine) settle(language string) {
	if len(m.languages) == 1 && m.languages[0] == language {
		return
	}
	m.languages = []string{language}
	m.redactor.SetLanguage(language)
}

// message is one of the call's own lines.
func (m *machine) message(name assistant.Message) assistant.Line {
	return m.assistant.Message(name, m.languages[0])
}

// attend tells redactor and recognizers what the script expects next.
func (m *machine) attend(step assistant.Step) {
	m.expects(step.Listen)
	if step.Listen == nil {
		m.redactor.Expect(redact.Expect{})
		return
	}
	l := step.Listen
	m.redactor.Expect(l.Redact())
	m.do(Attend{Languages: l.Languages, Expect: l.Expect, Length: l.Length, Phrases: l.Phrases})
}

// leaveReason puts a cause in one of the queue's words.
func leaveReason(c Cause) queue.Reason {
	switch c {
	case CauseShutdown:
		return queue.Shutdown
	case CauseCaller, CauseLost:
		return queue.HungUp
	default:
		return queue.Failure
	}
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
