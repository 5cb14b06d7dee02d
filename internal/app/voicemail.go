package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/records"
)

// Voicemails say which callers of a queue may leave a message, and how long it may be.
// docs/queues.md has the whole of it.
type Voicemails struct {
	When    []string      `koanf:"when"`    // of waiting, nobody and closed; empty: none may
	After   time.Duration `koanf:"after"`   // of waiting, it is offered; 0: 2 min
	Longest time.Duration `koanf:"longest"` // 0: 2 min
	Silence time.Duration `koanf:"silence"` // after which it is over; 0: 5 s
}

// Who may leave a message.
const (
	mailWaiting = "waiting" // who would rather do so than wait
	mailNobody  = "nobody"  // who is not taken, or has waited for max_wait
	mailClosed  = "closed"  // who comes outside the queue's hours

	voicemailAfter   = 2 * time.Minute
	voicemailLongest = 2 * time.Minute
	voicemailSilence = 5 * time.Second
)

func (v Voicemails) offer() call.Voicemail {
	or := func(d, usual time.Duration) time.Duration {
		if d == 0 {
			return usual
		}
		return d
	}
	o := call.Voicemail{Longest: or(v.Longest, voicemailLongest), Silence: or(v.Silence, voicemailSilence)}
	for _, w := range v.When {
		switch w {
		case mailWaiting:
			o.After = or(v.After, voicemailAfter)
		case mailNobody:
			o.Nobody = true
		case mailClosed:
			o.Closed = true
		}
	}
	return o
}

// voicemails gives those of a tenant's queues.
func (t Tenant) voicemails() map[string]call.Voicemail {
	out := map[string]call.Voicemail{}
	for name, q := range t.Queues {
		if len(q.Voicemail.When) > 0 {
			out[name] = q.Voicemail.offer()
		}
	}
	return out
}

// voicemail checks what a queue says of it.
func (k *checker) voicemail(path string, q Queue) {
	v := q.Voicemail
	for i, w := range v.When {
		place := fmt.Sprintf("%s.when[%d]", path, i)
		k.word(place, w, []string{mailWaiting, mailNobody, mailClosed})
		k.want(w != "", place, "empty; allowed: waiting, nobody, closed")
		k.want(w != mailClosed || q.Hours != "" && q.Closed == "", place,
			"only a queue with hours, and no other queue that takes its callers at other times, has callers when it is closed; set hours, and leave closed out")
	}
	some := len(v.When) > 0
	k.want(some || v.After == 0 && v.Longest == 0 && v.Silence == 0, path, "nobody may leave a message; name some with when: [waiting, nobody, closed]")
	k.within(path+".after", v.After, time.Second, time.Hour)
	k.within(path+".longest", v.Longest, 5*time.Second, 5*time.Minute)
	k.within(path+".silence", v.Silence, 2*time.Second, 30*time.Second)
	k.want(!some || q.Number == "", path, "the queue is outside: its callers do not wait here")
}

// within holds a duration to what is allowed, or 0, which is the usual one.
func (k *checker) within(path string, d, least, most time.Duration) {
	k.want(d == 0 || d >= least && d <= most, path, "%s; allowed: %s to %s", d, least, most)
}

// A mailbox keeps messages in memory, and has them told.
type mailbox struct {
	*records.Messages

	outputs *outputs
	log     *slog.Logger
}

// Put keeps m. A message that nobody has heard may have to make room for it.
func (b *mailbox) Put(ctx context.Context, m call.Message) error {
	_, before := b.Count()
	if err := b.Messages.Put(ctx, m); err != nil {
		return err
	}
	if _, dropped := b.Count(); dropped > before {
		b.log.Warn("a message was forgotten to make room", slog.String("tenant", m.Tenant))
	}
	b.outputs.messageLeft(m)
	return nil
}
