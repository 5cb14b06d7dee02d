package queue

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// waitBounds part the waits of answered callers, in seconds; scripts/tally.lua has the
// same. What is longer falls behind the last.
var waitBounds = [...]int{5, 10, 20, 30, 60, 120, 300, 600} //nolint:gochecknoglobals // a table

// A Tally counts what happened to the callers of one queue since midnight where the pool
// is. docs/queues.md defines each count. What has entered is somewhere:
//
//	Queued + Carried + Unbridged = Answered + Abandoned + Short + Left + Lost + Moved + Expired + Callbacks + waiting now
type Tally struct {
	Queued    int64 // entries; a caller who overflowed here counts again
	Carried   int64 // waiting at midnight
	Answered  int64 // accepted by an agent
	Unbridged int64 // of them, never joined to the agent: they waited again
	Abandoned int64 // hung up while waiting, after Settings.Short
	Short     int64 // before that
	Left      int64 // taken back by the bot, or ended by us
	Lost      int64 // their node died
	Moved     int64 // overflowed elsewhere after Settings.MaxWait
	Expired   int64 // were told, after Settings.MaxWait, that nobody comes
	Callbacks int64 // hung up to be called back; what becomes of it is in none of the others
	Full      int64 // not taken, or sent on at once: as many waited as may
	Empty     int64 // the same: nobody was at work
	Offers    int64
	Missed    int64 // agents who let an offer ring out (ring, no answer)

	CalledBack int64 // callbacks that were answered
	Uncalled   int64 // callbacks given up: too many tries, or too late

	AnsweredInTarget  int64 // answered within Settings.Target
	AbandonedInTarget int64 // abandoned within it
	Handled           int64 // talks that have ended

	Wait time.Duration // of all who were answered, added up
	Talk time.Duration // of all talks that have ended
	Wrap time.Duration // of all wrap-up that has ended

	waits [len(waitBounds)]int64
}

// A Share is a part of a whole. Of nothing there is no share.
type Share struct{ Part, Whole int64 }

// Value gives the share from 0 to 1; not ok: of nothing.
func (s Share) Value() (v float64, ok bool) {
	if s.Whole <= 0 {
		return 0, false
	}
	return float64(s.Part) / float64(s.Whole), true
}

// AnsweredLevel is the service level of those who were answered: sl_answered.
func (t Tally) AnsweredLevel() Share { return Share{t.AnsweredInTarget, t.Answered} }

// InclusiveLevel counts who gave up in time as served: sl_inclusive.
func (t Tally) InclusiveLevel() Share {
	return Share{t.AnsweredInTarget + t.AbandonedInTarget, t.Answered + t.Abandoned}
}

// OfferedLevel is the service level of all who entered, except who left at once or wants
// to be called back: sl_offered, which is meant where no name stands.
func (t Tally) OfferedLevel() Share {
	return Share{t.AnsweredInTarget, t.Queued + t.Carried - t.Short - t.Callbacks}
}

// AbandonRate is of all who entered.
func (t Tally) AbandonRate() Share { return Share{t.Abandoned, t.Queued + t.Carried} }

// ASA is the mean wait of those who were answered; 0 if nobody was.
func (t Tally) ASA() time.Duration { return mean(t.Wait, t.Answered) }

// AHT is the mean of talk and wrap-up; 0 if no talk has ended.
func (t Tally) AHT() time.Duration { return mean(t.Talk+t.Wrap, t.Handled) }

func mean(sum time.Duration, n int64) time.Duration {
	if n == 0 {
		return 0
	}
	return sum / time.Duration(n)
}

// Waits gives how many were answered within each of so many seconds, as a histogram
// counts: each includes those before.
func (t Tally) Waits() (within map[float64]uint64, answered uint64) {
	within, sum := make(map[float64]uint64), uint64(0)
	for i, n := range t.waits {
		sum += uint64(max(n, 0))
		within[float64(waitBounds[i])] = sum
	}
	return within, uint64(max(t.Answered, 0))
}

// Figures are the counts of one queue, and how busy its agents were.
type Figures struct {
	Tally
	Recent   Pace  // of the last half hour, in slots of five minutes
	Occupied Share // ms in talks and wrap-up, of those and being available, of its agents today
}

// A Pace is what happened lately.
type Pace struct {
	Queued, Answered, Abandoned, Handled int64
	Handling                             time.Duration // talk and wrap-up, added up
}

const (
	slotLength = 5 * time.Minute
	slots      = 6
)

// Figures reads the counts of every queue that has any.
func (r *Redis) Figures(ctx context.Context) (map[string]Figures, error) {
	reply, err := r.run(ctx, r.scripts.figures).Slice()
	if err == nil && len(reply) != 3 {
		err = fmt.Errorf("reply has %d parts, need 3", len(reply))
	}
	if err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	agents, err := r.agents.read(reply[2])
	if err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	today := day(r.now(), r.cfg.Zone)
	out := tallies(pairs(reply[0]), today)
	for queue, p := range paces(pairs(reply[1]), r.now()) {
		f := out[queue]
		f.Recent = p
		out[queue] = f
	}
	for _, a := range agents {
		a.occupy(out, r.now(), today)
	}
	return out, nil
}

// pairs reads names and values as Redis lists a hash.
func pairs(part any) map[string]int64 {
	list, _ := part.([]any)
	out := make(map[string]int64, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		name, _ := list[i].(string)
		text, _ := list[i+1].(string)
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			out[name] = n
		}
	}
	return out
}

// tallies sorts counts by queue. Those of a day that is over count no more.
func tallies(counts map[string]int64, today int64) map[string]Figures {
	out := make(map[string]Figures)
	if counts["day"] != today && counts["day"] != today+1 { // the clock may be behind midnight
		return out
	}
	for field, n := range counts {
		if queue, what, ok := strings.Cut(field, " "); ok {
			f := out[queue]
			f.set(what, n)
			out[queue] = f
		}
	}
	return out
}

func (t *Tally) set(what string, n int64) {
	counts := map[string]*int64{
		"queued": &t.Queued, "carried": &t.Carried, "answered": &t.Answered, "unbridged": &t.Unbridged,
		"abandoned": &t.Abandoned, "short": &t.Short, "left": &t.Left, "lost": &t.Lost, "moved": &t.Moved,
		"expired": &t.Expired, "full": &t.Full, "empty": &t.Empty, "offers": &t.Offers, "rona": &t.Missed,
		"callbacks": &t.Callbacks, "called_back": &t.CalledBack, "uncalled": &t.Uncalled,
		"answered_in": &t.AnsweredInTarget, "abandoned_in": &t.AbandonedInTarget, "handled": &t.Handled,
	}
	for i, s := range waitBounds {
		counts["wait"+strconv.Itoa(s)] = &t.waits[i]
	}
	sums := map[string]*time.Duration{"wait_ms": &t.Wait, "talk_ms": &t.Talk, "wrap_ms": &t.Wrap}
	if c := counts[what]; c != nil {
		*c = n
	}
	if d := sums[what]; d != nil {
		*d = time.Duration(n) * time.Millisecond
	}
}

// paces adds up the slots of the last half hour, by queue.
func paces(counts map[string]int64, now time.Time) map[string]Pace {
	out := make(map[string]Pace)
	last := now.UnixMilli() / slotLength.Milliseconds()
	for field, n := range counts {
		parts := strings.Fields(field)
		if len(parts) != 3 {
			continue
		}
		slot, err := strconv.ParseInt(parts[2], 10, 64)
		if err != nil || slot > last || slot <= last-slots {
			continue
		}
		p := out[parts[0]]
		p.add(parts[1], n)
		out[parts[0]] = p
	}
	return out
}

func (p *Pace) add(what string, n int64) {
	switch what {
	case "queued":
		p.Queued += n
	case "answered":
		p.Answered += n
	case "abandoned":
		p.Abandoned += n
	case "handled":
		p.Handled += n
	case "handle_ms":
		p.Handling += time.Duration(n) * time.Millisecond
	}
}

// occupy adds an agent's day to the queues they serve.
func (a agentDoc) occupy(queues map[string]Figures, now time.Time, today int64) {
	talk, wrap, free := int64(a.Talk), int64(a.Wrap), int64(a.Free)
	if int64(a.Day) != today {
		talk, wrap, free = 0, 0, 0
	}
	running := max(0, now.UnixMilli()-int64(a.Mark))
	switch {
	case a.Mark == 0:
	case a.State == Busy:
		talk += running
	case a.State == WrapUp:
		wrap += running
	case a.State == Available:
		free += running
	}
	for _, q := range unlist(a.Queues, 0) {
		name, _, _ := strings.Cut(q, "=")
		f := queues[name]
		f.Occupied.Part += talk + wrap
		f.Occupied.Whole += talk + wrap + free
		queues[name] = f
	}
}
