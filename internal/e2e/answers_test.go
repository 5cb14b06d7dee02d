package e2e

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/callward/callward/call"
)

// questions is what callers ask whose answers the line has.
var questions = map[string][]string{
	"en": {"what are your opening hours", "I have a question about my bill", "when do I have to pay my bill"},
	"fr": {"quels sont vos horaires", "j'ai une question sur ma facture", "quand dois-je payer ma facture"},
}

// An answer is how long one took.
type answer struct {
	sound  time.Duration // from the caller's last sound to the bot's first, on the wire
	turn   call.Entry    // how that came about, as the line sees it
	filler bool          // the first sound was not the answer
}

func TestEnglishAnswersComeSoon(t *testing.T) {
	needs(t, "flite")
	t.Parallel()
	answers(t, startLine(t, ahead).ready(), "en")
}

func TestFrenchAnswersComeSoon(t *testing.T) {
	needs(t, "espeak-ng")
	t.Parallel()
	answers(t, startLine(t, append(frenchModel(t), ahead)...).ready(), "fr")
}

// answers asks questions, one call after the other, and measures by the packets how long
// the line is silent. CALLWARD_TURNS is how many; what is demanded is little, for a
// machine that others load too.
func answers(t *testing.T, l *line, lang string) {
	t.Helper()
	each, _ := strconv.Atoi(os.Getenv("CALLWARD_TURNS"))
	each = max(each, 2)
	var all []answer
	for i := range each {
		list := questions[lang]
		if a, ok := l.asks(t, lang, list[i%len(list)], voices[lang][i/len(list)%len(voices[lang])]); ok {
			all = append(all, a)
		}
	}
	if len(all) < each*3/4 {
		t.Fatalf("%d of %d questions were answered", len(all), each)
	}
	at := func(p float64, of func(a answer) time.Duration) time.Duration {
		list := make([]time.Duration, len(all))
		for i, a := range all {
			list[i] = of(a)
		}
		slices.Sort(list)
		return list[int(p*float64(len(list)-1)+0.5)].Round(time.Millisecond)
	}
	fillers := 0
	for _, a := range all {
		if a.filler {
			fillers++
		}
	}
	sound := func(a answer) time.Duration { return a.sound }
	t.Logf("%s, %d answers, of which %d began with a filler: caller's last sound to the first of the bot p50 %s, p95 %s, most %s",
		lang, len(all), fillers, at(0.5, sound), at(0.95, sound), at(1, sound))
	for i, s := range all[0].turn.Waterfall.Steps() {
		step := func(a answer) time.Duration {
			return time.Duration(a.turn.Waterfall.Steps()[i].Milli) * time.Millisecond
		}
		t.Logf("%s:   %-8s p50 %s, p95 %s", lang, s.Name, at(0.5, step), at(0.95, step))
	}
	if p := at(0.5, sound); p > 6*time.Second {
		t.Errorf("answers take %s", p)
	}
}

// asks places a call and asks one question when the line listens.
func (l *line) asks(t *testing.T, lang, question, speaker string) (answer, bool) {
	t.Helper()
	defer talks()()
	said, _ := voiced(t, "question", question, speaker)
	c, id, hangUp := l.places(t, "line-"+lang)
	if c == nil || said == nil {
		return answer{}, false
	}
	defer hangUp()
	if !l.within(id, 40*time.Second, func(e call.Entry) bool { return e.Kind == call.KindBotDone }) {
		t.Logf("%q: the line does not listen\n%s", question, l.journal(id))
		return answer{}, false
	}
	time.Sleep(300 * time.Millisecond)
	c.mu.Lock()
	c.says = said
	c.mu.Unlock()
	told := l.within(id, 15*time.Second, func(e call.Entry) bool { return e.Kind == call.KindTurn })
	if !told {
		t.Logf("%q by %s: no answer\n%s", question, speaker, l.journal(id))
		return answer{}, false
	}
	time.Sleep(time.Second) // speech may begin with silence
	c.mu.Lock()
	last := c.begun.Add(lastSound(said))
	c.mu.Unlock()
	entries := l.entries(id)
	turn := entries[slices.IndexFunc(entries, func(e call.Entry) bool { return e.Kind == call.KindTurn })]
	first := c.soundFrom(last)
	if first.IsZero() {
		t.Logf("%q by %s: no sound\n%s", question, speaker, l.journal(id))
		return answer{}, false
	}
	return answer{sound: first.Sub(last), turn: turn, filler: turn.Waterfall.Filler}, true
}

// lastSound is where in what is said the voice ends.
func lastSound(pcm []int16) time.Duration {
	for i := len(pcm) / 160; i > 0; i-- {
		if loudness(pcm[(i-1)*160:i*160]) > 300 {
			return time.Duration(i) * 20 * time.Millisecond
		}
	}
	return 0
}

// soundFrom is when the first packet with sound came after a moment.
func (c *overCaller) soundFrom(after time.Time) time.Time {
	frame := make([]int16, 160)
	for _, p := range c.Got() {
		if p.At.After(after) && len(p.Payload) == len(frame) {
			if decode(frame, p.Packet); loudness(frame) > 20 {
				return p.At
			}
		}
	}
	return time.Time{}
}

// utter says something, and gives when the first and the last of it were sent.
func (c *overCaller) utter(pcm []int16) (began, ended time.Time) {
	c.mu.Lock()
	c.says, c.begun = pcm, time.Time{}
	c.mu.Unlock()
	for {
		time.Sleep(5 * time.Millisecond)
		c.mu.Lock()
		left, begun := len(c.says), c.begun
		c.mu.Unlock()
		if left == 0 {
			return begun, time.Now()
		}
	}
}

// quietFor waits until nothing has sounded for a while. False: in vain.
func (c *overCaller) quietFor(d, limit time.Duration) bool {
	frame := make([]int16, 160)
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		got, last := c.Got(), time.Time{}
		if len(got) == 0 {
			continue
		}
		for _, p := range got[max(0, len(got)-2*int(d/(20*time.Millisecond))):] {
			if len(p.Payload) == len(frame) {
				if decode(frame, p.Packet); loudness(frame) > 20 {
					last = p.At
				}
			}
		}
		if time.Since(last) > d && time.Since(got[0].At) > 2*d {
			return true
		}
	}
	return false
}

// waitForSound gives when the first sound came after a moment; zero: none within limit.
func (c *overCaller) waitForSound(after time.Time, limit time.Duration) time.Time {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if at := c.soundFrom(after); !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}
