package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/sdp"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// What callers say over a prompt of seven seconds. Interruptions must end it; what
// only says "I hear you", a cough and an echo must not. Some of the latter are in no
// list of the machine's.
var overPrompts = map[string]map[string][]string{
	"en": {
		"interruption": {
			"stop i want to speak to a person", "when is my invoice due", "no i want to pay by card please",
			"wait i want to give my meter reading", "an agent please", "can i talk to an agent",
			"sorry i have a question about my bill", "my power is out", "hold on i am moving house next month", "actually i want to cancel my contract",
			"wait a moment please",
		},
		"backchannel": {"uh huh", "okay", "yes", "right", "yeah", "i see", "sure", "of course", "makes sense", "all right then"},
	},
	"fr": {
		"interruption": {
			"non je veux parler à un conseiller", "attendez je veux payer par carte", "un conseiller s'il vous plaît",
			"je veux donner mon relevé de compteur", "ma facture est fausse", "excusez moi j'ai une question",
			"je voudrais parler à quelqu'un", "il y a une panne de courant", "en fait je déménage le mois prochain", "je souhaite résilier mon contrat",
			"attendez un instant",
		},
		"backchannel": {"oui", "d'accord", "hum", "oui oui", "ah bon", "très bien", "je vois", "bien sûr", "ça marche", "ok merci"},
	},
}

// A trial is what came of one caller.
type trial struct {
	kind, words string
	paused      time.Duration // from the onset of the voice to the last sound of the bot; below 0: not paused
	decided     time.Duration // from the pause to what was decided
	ended       bool          // the prompt was given up
	story       string
}

func (r trial) String() string {
	return fmt.Sprintf("%s %q: paused after %s, decided after %s, given up: %v", r.kind, r.words, r.paused.Round(time.Millisecond), r.decided.Round(time.Millisecond), r.ended)
}

func TestEnglishCallersInterruptAndAreNotMisheard(t *testing.T) {
	needs(t, "flite", "espeak-ng")
	t.Parallel()
	turns(t, startLine(t, ahead).ready(), "en")
}

func TestFrenchCallersInterruptAndAreNotMisheard(t *testing.T) {
	needs(t, "espeak-ng")
	t.Parallel()
	turns(t, startLine(t, append(frenchModel(t), ahead)...).ready(), "fr")
}

// turns has callers speak over prompts. CALLWARD_TURNS is how many of each kind; what
// is demanded of a few is less than of many.
func turns(t *testing.T, l *line, lang string) {
	t.Helper()
	each, _ := strconv.Atoi(os.Getenv("CALLWARD_TURNS"))
	each = max(each, 5)
	var all []trial
	var mu sync.Mutex
	kinds := []string{"interruption", "backchannel", "cough", "echo"}
	var group sync.WaitGroup
	work := make(chan int)
	for range 2 {
		group.Go(func() {
			for i := range work {
				kind := kinds[i%len(kinds)]
				list, words, n := overPrompts[lang][kind], "", i/len(kinds)
				if len(list) > 0 {
					words = list[n%len(list)]
					n += n / len(list) // the next time round by another voice
				}
				v := voices[lang][n%len(voices[lang])]
				r := l.speaksOver(t, lang, kind, words, v)
				mu.Lock()
				all = append(all, r)
				mu.Unlock()
			}
		})
	}
	for i := range each * len(kinds) {
		work <- i
	}
	close(work)
	group.Wait()
	judgeTurns(t, lang, kinds, all)
}

func judgeTurns(t *testing.T, lang string, kinds []string, all []trial) {
	t.Helper()
	percentiles := func(d []time.Duration) string {
		if len(d) == 0 {
			return "none"
		}
		slices.Sort(d)
		at := func(p float64) time.Duration { return d[int(p*float64(len(d)-1)+0.5)].Round(time.Millisecond) }
		return fmt.Sprintf("p50 %s, p95 %s, most %s", at(0.5), at(0.95), at(1))
	}
	for _, kind := range kinds {
		var paused, decided []time.Duration
		var wrong []trial
		n := 0
		for _, r := range all {
			if r.kind != kind {
				continue
			}
			n++
			if r.paused >= 0 {
				paused, decided = append(paused, r.paused), append(decided, r.decided)
			}
			bad := r.ended || r.decided > 1200*time.Millisecond
			switch kind {
			case "interruption":
				bad = !r.ended
			case "echo":
				bad = r.paused >= 0
			}
			if bad {
				wrong = append(wrong, r)
			}
		}
		t.Logf("%s, %d of %s: %d wrong; onset to silence %s; pause to decision %s", lang, n, kind, len(wrong), percentiles(paused), percentiles(decided))
		for _, r := range wrong {
			t.Logf("%s\n%s", r, r.story)
		}
		if allowed := n / 5; len(wrong) > allowed {
			t.Errorf("%s: %d of %d are wrong", kind, len(wrong), n)
		}
		if kind != "echo" && kind != "cough" && len(paused) < n*4/5 {
			t.Errorf("%s: the bot paused for %d of %d", kind, len(paused), n)
		}
	}
}

// overCaller is a caller of whom each packet is known.
type overCaller struct {
	*mediatest.Peer

	to     netip.AddrPort
	mu     sync.Mutex
	says   []int16
	begun  time.Time // when the first of it was sent
	digits []byte
	echo   float64
}

// speaksOver places a call, presses 1, and speaks over the reply.
func (l *line) speaksOver(t *testing.T, lang, kind, words, speaker string) trial {
	t.Helper()
	r := trial{kind: kind, words: words, paused: -1}
	defer talks()()
	said, onset := voiced(t, kind, words, speaker)
	c, id, hangUp := l.places(t, "line-"+lang)
	if c == nil {
		return r
	}
	defer hangUp()
	if kind == "echo" {
		c.mu.Lock()
		c.echo = 0.1 // -20 dB
		c.mu.Unlock()
	}

	l.within(id, 40*time.Second, func(e call.Entry) bool { return e.Kind == call.KindDisclosure })
	c.mu.Lock()
	c.digits = append(c.digits, '1')
	c.mu.Unlock()
	if !l.within(id, 20*time.Second, func(e call.Entry) bool { return e.Kind == call.KindCallerKeyed }) {
		r.story = "the key was not heard\n" + l.journal(id)
		return r
	}
	time.Sleep(1500*time.Millisecond + time.Duration(nextBranch.add()%700)*time.Millisecond)
	spoke := time.Now()
	if said != nil {
		c.mu.Lock()
		c.says = said
		c.mu.Unlock()
	}
	time.Sleep(2500*time.Millisecond + time.Duration(len(said))*time.Second/rate/2)
	pausedAt := r.judge(l.entries(id), spoke)
	if !pausedAt.IsZero() {
		c.mu.Lock()
		began := c.begun.Add(onset)
		c.mu.Unlock()
		if said == nil {
			began = spoke
		}
		r.paused = c.silentFrom(began).Sub(began)
	}
	r.story = l.journal(id)
	return r
}

// places has a call placed by a caller of whom each packet is known; nil: in vain. id names
// the call.
func (l *line) places(t *testing.T, number string) (c *overCaller, id string, hangUp func()) {
	t.Helper()
	return l.placesFor(t, number, time.Minute)
}

// placesFor does so for a call that may last.
func (l *line) placesFor(t *testing.T, number string, limit time.Duration) (c *overCaller, id string, hangUp func()) {
	t.Helper()
	peer, err := mediatest.NewPeer("")
	if err != nil {
		t.Error(err)
		return nil, "", nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	phone := siptest.NewPhone(t, "over"+strconv.Itoa(nextBranch.add()), nil)
	leg, err := phone.Dial(ctx, sip.Invite{To: "sip:" + number + "@" + l.sip, From: phone.URI("udp"), SDP: peer.Offer("sendrecv")}, nil)
	var answer *sdp.Remote
	if err == nil {
		answer, err = sdp.Parse(leg.Remote())
	}
	if err != nil {
		t.Errorf("call: %v", err)
		cancel()
		peer.Close()
		return nil, "", nil
	}
	c = &overCaller{Peer: peer, to: answer.Address()}
	var done sync.WaitGroup
	done.Go(func() { c.send(ctx) })
	return c, leg.Header("X-Callward-Call"), func() {
		_ = leg.Hangup(context.WithoutCancel(ctx), sip.Normal)
		cancel()
		done.Wait()
		peer.Close()
	}
}

// judge reads from the journal what was decided about a voice from a moment on, and
// when the prompt paused.
func (r *trial) judge(journal []call.Entry, spoke time.Time) (paused time.Time) {
	for _, e := range journal {
		switch {
		case e.Time.Before(spoke):
		case e.Kind == call.KindPaused && paused.IsZero():
			paused = e.Time
		case e.Kind == call.KindBargeIn, e.Kind == call.KindResumed && !paused.IsZero():
			if r.decided == 0 && !paused.IsZero() {
				r.decided = e.Time.Sub(paused)
			}
			r.ended = r.ended || e.Kind == call.KindBargeIn
		}
	}
	return paused
}

// voiced gives what is said, and when in it the voice begins.
func voiced(t *testing.T, kind, words, speaker string) (pcm []int16, onset time.Duration) {
	t.Helper()
	switch kind {
	case "echo":
		return nil, 0
	case "cough":
		pcm = make([]int16, rate/4)
		for i, s := range noise(len(pcm)) {
			pcm[i] = int16(float64(s) * 2 * math.Sin(math.Pi*float64(i)/float64(len(pcm))))
		}
		return pcm, 0
	}
	v, err := voice.Parse(speaker)
	if err == nil {
		pcm, err = v.Render(t.Context(), words)
	}
	if err != nil {
		t.Error(err)
		return nil, 0
	}
	for i := 0; i+160 <= len(pcm); i += 160 {
		if loudness(pcm[i:][:160]) > 300 {
			return pcm, time.Duration(i) * time.Second / rate
		}
	}
	return pcm, 0
}

// send sends a packet every 20 ms: what is to be said, the echo of what is heard, or
// silence.
func (c *overCaller) send(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := uint16(1); ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		frame := make([]int16, 160)
		c.mu.Lock()
		switch {
		case len(c.says) > 0:
			if c.begun.IsZero() {
				c.begun = time.Now()
			}
			c.says = c.says[copy(frame, c.says):]
		case c.echo > 0:
			if got := c.Got(); len(got) > 5 {
				decode(frame, got[len(got)-5].Packet)
				for i := range frame {
					frame[i] = int16(c.echo * float64(frame[i]))
				}
			}
		}
		var key byte
		if len(c.digits) > 0 {
			key, c.digits = c.digits[0], c.digits[1:]
		}
		c.mu.Unlock()
		if key != 0 {
			at := uint32(n) * 160
			for i, end := range []byte{0, 0x80, 0x80} {
				_ = c.Send(c.to, rtp.Packet{
					Header:  rtp.Header{SSRC: 7, PayloadType: 101, SequenceNumber: n, Timestamp: at, Marker: i == 0},
					Payload: []byte{key - '0', end | 10, 3, 32},
				})
				n++
			}
			continue
		}
		payload := make([]byte, 160)
		g711.PCMU.Encode(payload, frame)
		_ = c.Send(c.to, rtp.Packet{Header: rtp.Header{SSRC: 7, SequenceNumber: n, Timestamp: uint32(n) * 160}, Payload: payload})
	}
}

func decode(frame []int16, p rtp.Packet) {
	law := g711.PCMU
	if p.PayloadType == 8 {
		law = g711.PCMA
	}
	if len(p.Payload) == len(frame) {
		law.Decode(frame, p.Payload)
	}
}

// silentFrom is when the first of ten silent packets came after a moment.
func (c *overCaller) silentFrom(after time.Time) time.Time {
	frame := make([]int16, 160)
	var from time.Time
	quiet := 0
	for _, p := range c.Got() {
		if p.At.Before(after) || len(p.Payload) != len(frame) {
			continue
		}
		decode(frame, p.Packet)
		if loudness(frame) > 20 {
			quiet = 0
			continue
		}
		if quiet++; quiet == 1 {
			from = p.At
		}
		if quiet == 10 {
			return from
		}
	}
	return after.Add(time.Hour)
}

// entries is the journal of a call so far.
// record gives a call's, empty if there is none.
func (l *line) record(id string) (r call.Record) {
	_ = json.Unmarshal([]byte(l.get("/api/v1/calls/"+id)), &r)
	return r
}

func (l *line) entries(id string) []call.Entry { return l.record(id).Journal }

func (l *line) journal(id string) string {
	return visit{entries: l.entries(id)}.story()
}

func (l *line) within(id string, limit time.Duration, is func(call.Entry) bool) bool {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) { // to look costs the callers' machine
		if slices.ContainsFunc(l.entries(id), is) {
			return true
		}
	}
	return false
}
