package story

import (
	"fmt"
	"strings"
	"time"

	"github.com/callward/callward/call"
)

// facts tells of the call as a whole.
func (w *words) facts() []Line {
	r := w.record
	var out []Line
	add := func(what, text string) {
		if text != "" {
			out = append(out, Line{What: what, Text: Clean(text)})
		}
	}
	add(w.say("call"), string(r.Call))
	add(w.say("caller"), w.who())
	add(w.say("number"), w.dialled())
	add(w.say("when"), w.when())
	add(w.say("language"), w.languages())
	if r.Intent != nil && r.Intent.Name != "" {
		add(w.say("about"), fmt.Sprintf("%s %.2f", r.Intent.Name, r.Intent.Confidence))
	}
	add(w.say("disclosure"), w.disclosed())
	for _, c := range r.Cards {
		add(w.say("card"), fmt.Sprintf("%s [card ••••%s]", c.Brand, lastFour(c.LastFour)))
	}
	add(w.say("sound"), w.sound())
	add(w.say("outcome"), w.end())
	return out
}

// lastFour holds a foreign record to as many digits as may be shown.
func lastFour(s string) string { return s[max(0, len(s)-4):] }

func (w *words) who() string {
	r := w.record
	parts := []string{r.Caller}
	if r.Caller == "" {
		parts[0] = w.say("unknown")
	}
	if r.Trust != "" {
		parts = append(parts, w.say("trust %s", r.Trust))
	}
	if r.Trunk != "" {
		parts = append(parts, w.say("by trunk %s", r.Trunk))
	}
	return strings.Join(parts, ", ")
}

func (w *words) dialled() string {
	r := w.record
	parts := []string{r.Called}
	if r.Assistant != "" {
		parts = append(parts, w.say("assistant %s", r.Assistant))
	}
	if r.Tenant != "" {
		parts = append(parts, w.say("tenant %s", r.Tenant))
	}
	return strings.Trim(strings.Join(parts, ", "), ", ")
}

func (w *words) when() string {
	r := w.record
	if r.Started.IsZero() {
		return ""
	}
	parts := []string{r.Started.Format("2006-01-02 15:04:05 MST")}
	switch {
	case r.Answered.IsZero():
		parts = append(parts, w.say("never answered"))
	case r.Ended.IsZero():
		parts = append(parts, w.say("still going on"))
	default:
		parts = append(parts, w.say("answered after %s, %s long", w.seconds(r.Answered.Sub(r.Started)), w.seconds(r.Ended.Sub(r.Answered))))
	}
	return strings.Join(parts, ", ")
}

// seconds is a duration for people.
func (w *words) seconds(d time.Duration) string {
	d = max(d, 0)
	if d >= time.Minute {
		return w.say("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return w.say("%.1f s", d.Seconds())
}

// languages says what was spoken, and what could be understood by voice.
func (w *words) languages() string {
	r := w.record
	out := r.Language
	if len(r.Languages) > 1 {
		out += " " + w.say("(of %s, the caller chose)", strings.Join(r.Languages, ", "))
	}
	switch {
	case len(r.Languages) == 0:
	case len(r.Heard) == 0:
		out += ", " + w.say("by keypad alone: no recogniser heard the caller")
	case len(r.Heard) < len(r.Languages):
		out += ", " + w.say("by voice only %s", strings.Join(r.Heard, ", "))
	}
	return strings.Trim(out, ", ")
}

func (w *words) disclosed() string {
	var out []string
	for _, p := range w.record.Disclosure {
		out = append(out, w.say("played whole in %s (%s)", p.Language, w.seconds(played(p.Samples))))
	}
	return strings.Join(out, ", ")
}

// played is how long samples last; they are counted at 8 kHz.
func played(samples int64) time.Duration {
	const most = 24 * 60 * 60 * 8000 // a day: of a foreign record
	return time.Duration(min(max(samples, 0), most)) * (time.Second / 8000)
}

func (w *words) sound() string {
	s := w.record.Sound
	if s == nil {
		return ""
	}
	out := s.Codec
	if s.Protected {
		out += ", SRTP"
	}
	if s.MOS > 0 {
		out += fmt.Sprintf(", MOS %.1f", s.MOS)
	}
	return out + ", " + w.say("%.1f %% lost", 100*s.Lost)
}

// end says how the call ended, and with whom.
func (w *words) end() string {
	r := w.record
	var parts []string
	if r.Queue != "" {
		parts = append(parts, w.say("waited in queue %s", r.Queue))
	}
	if r.Agent != "" {
		parts = append(parts, w.say("talked with agent %s", r.Agent))
	}
	switch {
	case r.State == call.StateEnded.String():
		parts = append(parts, w.say("ended: %s", w.rule(r.Cause)))
	case r.State != "":
		parts = append(parts, w.say("it is %s", r.State))
	}
	return strings.Join(parts, ", ")
}
