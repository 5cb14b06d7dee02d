package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/callward/callward/call"
	"github.com/callward/callward/media/dtmf"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/sdp"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// badNetwork is the one that calls must survive, with draws of its own for each.
func badNetwork(seed int) mediatest.Impairment {
	return mediatest.Impairment{Loss: 0.05, Reorder: 0.05, Duplicate: 0.02, Jitter: 60 * time.Millisecond, Seed: uint64(seed)}
}

func TestImpairedCallsCompleteWithEveryDigit(t *testing.T) {
	needs(t, "flite")
	t.Parallel()
	impairedCalls(t, 6, 6, 0.3)
}

func TestSlowImpairedCallsCompleteWithEveryDigit(t *testing.T) {
	slow(t)
	needs(t, "flite")
	impairedCalls(t, 200, 20, 0.95)
}

// impairedCalls has callers on bad networks, some at once, key a number to the line and
// hear their own voice from the number that echoes. Of 200 one may fail. The share of the
// echo that must sound, over all of them, is small for a machine that others load too.
func impairedCalls(t *testing.T, callers, most int, echo float64) {
	t.Helper()
	assistants, err := filepath.Abs("testdata/numbers")
	if err != nil {
		t.Fatal(err)
	}
	l := startLine(t, "--assistants", assistants).ready()
	phone := siptest.NewPhone(t, "impaired", nil)
	failed, misheard := make([]error, callers), make([]string, callers)
	var sums impairedSums
	some(callers, most, func(i int) {
		misheard[i], failed[i] = keysANumber(l, phone, i, &sums)
		if failed[i] == nil {
			failed[i] = hearsItself(l, phone, i, &sums)
		}
	})
	completed := 0
	for i := range callers {
		if failed[i] == nil {
			completed++
		} else {
			t.Logf("seed %d: %v", i, failed[i])
		}
		if misheard[i] != "" {
			t.Errorf("seed %d: %s", i, misheard[i])
		}
	}
	t.Logf("%d of %d callers completed; %s", completed, callers, &sums)
	if completed*1000 < callers*995 {
		t.Errorf("%d of %d callers completed, want 99.5 %%", completed, callers)
	}
	if loud := sums.loud / float64(max(sums.echoes, 1)); loud < echo {
		t.Errorf("%.1f %% of what came back of the tone sounded, want %.0f %%", 100*loud, 100*echo)
	}
	l.isClean()
}

// impairedSums are what all calls together saw.
type impairedSums struct {
	mu       sync.Mutex
	up, down mediatest.Counts
	calls    int
	lost     float64 // of the callers' packets, in the eyes of the line; a sum over calls
	jitter   float64 // in ms, likewise
	loud     float64 // part of the echo that sounded, likewise
	leastMOS float64
	leastLit float64
	echoes   int
	leapt    time.Duration
}

func (s *impairedSums) add(c *impairedCaller, sound *call.Sound) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leapt += c.leapt
	for _, n := range []struct{ to, from *mediatest.Counts }{{&s.up, &c.up}, {&s.down, &c.down}} {
		n.to.Came += n.from.Came
		n.to.Lost += n.from.Lost
		n.to.Held += n.from.Held
		n.to.Twice += n.from.Twice
		n.to.Left += n.from.Left
	}
	if sound == nil {
		return
	}
	if s.calls == 0 || sound.MOS < s.leastMOS {
		s.leastMOS = sound.MOS
	}
	s.calls++
	s.lost += sound.Lost
	s.jitter += sound.Jitter
}

func (s *impairedSums) echo(loud float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.echoes == 0 || loud < s.leastLit {
		s.leastLit = loud
	}
	s.echoes++
	s.loud += loud
}

func (s *impairedSums) String() string {
	n, e := float64(max(s.calls, 1)), float64(max(s.echoes, 1))
	return fmt.Sprintf("network, to the line: %+v, to the callers: %+v; the line lost %.2f %% and saw %.1f ms of jitter, least MOS %.2f; %.2f %% of the echo sounded, least %.2f %%; the line's clock leapt by %s in all",
		s.up, s.down, 100*s.lost/n, s.jitter/n, s.leastMOS, 100*s.loud/e, 100*s.leastLit, s.leapt)
}

// keysANumber calls the line, which speaks, and keys twelve digits. What misheard says
// of them is empty if the line took each once.
func keysANumber(l *line, phone *siptest.Phone, seed int, sums *impairedSums) (misheard string, err error) {
	c, err := dialImpaired(l, phone, "line-en", badNetwork(seed))
	if err != nil {
		return "", err
	}
	defer c.close()
	number := trickyNumber(seed)
	for asked, row := range []string{"1" + number, "1", ""} {
		if !c.until(40*time.Second, func() bool { return c.asked() > asked }) {
			break // which the journal explains
		}
		c.keys(row)
	}
	if got, want := c.journal(call.KindCallerKeyed), []string{"1", number, "1"}; !slices.Equal(got, want) {
		misheard = fmt.Sprintf("keyed %q, the line took %q\n%s", want, got, l.journal(c.id))
	}
	r, err := c.hangup()
	if err != nil {
		return misheard, err
	}
	pcm, err := c.heard()
	sums.add(c, r.Sound)
	if r.Sound == nil || r.Sound.Lost > 0.5 {
		return misheard, fmt.Errorf("the line did not hear the caller: %+v", r.Sound)
	}
	if err == nil && len(mediatest.Sounding(pcm)) < rate {
		err = fmt.Errorf("%d samples of the line's voice came", len(mediatest.Sounding(pcm)))
	}
	return misheard, err
}

// trickyNumber is of ten digits, many of them twice in a row, where one that is lost
// or doubled could hide.
func trickyNumber(seed int) string {
	r := rand.New(rand.NewPCG(uint64(seed), 1))
	digits := make([]byte, 10)
	for i := range digits {
		digits[i] = '0' + byte(r.IntN(10))
		if i > 0 && r.IntN(4) == 0 {
			digits[i] = digits[i-1]
		}
	}
	return string(digits)
}

// hearsItself calls the number that echoes, and demands back the tone it sends.
func hearsItself(l *line, phone *siptest.Phone, seed int, sums *impairedSums) error {
	const tone = 440
	c, err := dialImpaired(l, phone, "echo", badNetwork(1000+seed))
	if err != nil {
		return err
	}
	defer c.close()
	c.say(mediatest.Tone(tone, 2*time.Second))
	c.until(20*time.Second, func() bool { return c.silent() && len(mediatest.Sounding(c.pcm())) > rate/2 && quietEnd(c.pcm()) })
	if _, err = c.hangup(); err != nil {
		return err
	}
	pcm, err := c.heard()
	sums.add(c, nil)
	if err != nil {
		return err
	}
	pcm = mediatest.Sounding(pcm)
	loud, all := 0, 0
	for ; len(pcm) >= 160; pcm = pcm[160:] {
		all++
		if mediatest.Level(pcm[:160]) > 500 && mediatest.Share(pcm[:160], tone) > 0.5 {
			loud++
		}
	}
	if loud < 25 {
		return fmt.Errorf("of 2 s of the tone, %d packets came back, %d with it", all, loud)
	}
	sums.echo(float64(loud) / float64(all)) // what was lost on the way there is made up for
	return nil
}

// quietEnd reports whether the last 200 ms are silent.
func quietEnd(pcm []int16) bool {
	return len(pcm) > rate/5 && loudness(pcm[len(pcm)-rate/5:]) < 20
}

// An impairedCaller is a caller of whom each packet is known, at the far end of a relay.
type impairedCaller struct {
	*mediatest.Peer

	l        *line
	relay    *mediatest.Relay
	leg      *sip.Leg
	name, id string
	to       netip.AddrPort
	up, down mediatest.Counts // after hangup
	leapt    time.Duration    // by how much the line's clock did, likewise
	stop     context.CancelFunc
	sending  sync.WaitGroup

	mu      sync.Mutex
	says    []int16
	presses *dtmf.Sender
}

// dialImpaired places a call whose sound goes through a network. The caller sends
// silence until told otherwise.
func dialImpaired(l *line, phone *siptest.Phone, number string, network mediatest.Impairment) (*impairedCaller, error) {
	c := &impairedCaller{l: l, stop: func() {}}
	var err error
	if c.Peer, err = mediatest.NewPeer(""); err != nil {
		return nil, err
	}
	if c.relay, err = mediatest.NewRelay(network); err != nil {
		c.Close()
		return nil, err
	}
	if err = c.dial(phone, number); err != nil {
		c.close()
		return nil, fmt.Errorf("call %s: %w", number, err)
	}
	return c, nil
}

func (c *impairedCaller) dial(phone *siptest.Phone, number string) error {
	offer, err := c.relay.Offer(c.Offer("sendrecv"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), siptest.Patience)
	defer cancel()
	c.name = "impaired" + strconv.Itoa(nextBranch.add())
	from := strings.Replace(phone.URI("udp"), phone.Name, c.name, 1)
	c.leg, err = phone.Dial(ctx, sip.Invite{To: "sip:" + number + "@" + c.l.sip, From: from, SDP: offer}, nil)
	if err != nil {
		return err
	}
	for _, r := range c.l.calls() { // test numbers do not tell the call's name
		if r.Caller == c.name {
			c.id = string(r.Call)
		}
	}
	body, err := c.relay.Answer(c.leg.Remote())
	if err != nil {
		return err
	}
	answer, err := sdp.Parse(body)
	if err != nil {
		return err
	}
	c.to = answer.Address()
	ctx, c.stop = context.WithCancel(context.Background())
	c.sending.Go(func() { c.send(ctx) })
	return nil
}

// close may be called after hangup.
func (c *impairedCaller) close() {
	c.stop()
	c.sending.Wait()
	if c.leg != nil {
		_ = c.leg.Hangup(context.Background(), sip.Normal)
	}
	c.relay.Close()
	c.Close()
}

func (c *impairedCaller) say(pcm []int16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.says = pcm
}

func (c *impairedCaller) keys(row string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.presses, _ = dtmf.NewSender(row)
}

// silent reports whether all has been said and keyed.
func (c *impairedCaller) silent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.says) == 0 && c.presses == nil
}

// send sends a packet every 20 ms: of a key, of what is to be said, or of silence.
func (c *impairedCaller) send(ctx context.Context) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	frame := make([]int16, 160)
	for n := uint16(1); ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		p := rtp.Packet{Header: rtp.Header{SSRC: 7, SequenceNumber: n, Timestamp: uint32(n) * 160}}
		c.mu.Lock()
		if key, ok := c.press(p.Timestamp); ok {
			p.PayloadType, p.Timestamp, p.Marker, p.Payload = 101, key.Timestamp, key.Marker, key.Payload[:]
		} else {
			clear(frame)
			c.says = c.says[copy(frame, c.says):]
			p.Payload = make([]byte, len(frame))
			g711.PCMU.Encode(p.Payload, frame)
		}
		c.mu.Unlock()
		_ = c.Send(c.to, p)
	}
}

// press gives the packet of a key, if one is due now; c.mu is held.
func (c *impairedCaller) press(now uint32) (p dtmf.Packet, ok bool) {
	if c.presses == nil {
		return p, false
	}
	p, ok, done := c.presses.Next(now, 160)
	if done {
		c.presses = nil
	}
	return p, ok
}

func (c *impairedCaller) until(limit time.Duration, ok func() bool) bool {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return true
		}
	}
	return false
}

// journal gives the texts of the line's entries of a kind.
func (c *impairedCaller) journal(kind call.Kind) (texts []string) {
	for _, e := range c.l.entries(c.id) {
		if e.Kind == kind {
			texts = append(texts, e.Text.String())
		}
	}
	return texts
}

// asked counts the questions that the line has put to their end.
func (c *impairedCaller) asked() int { return len(c.journal(call.KindBotDone)) }

// hangup ends the call and gives the line's record of it, in which it ended well.
func (c *impairedCaller) hangup() (call.Record, error) {
	_ = c.leg.Hangup(context.Background(), sip.Normal)
	var r call.Record
	ended := c.until(siptest.Patience, func() bool {
		return json.Unmarshal([]byte(c.l.get("/api/v1/calls/"+c.id)), &r) == nil && r.State == call.StateEnded.String()
	})
	c.stop()
	c.sending.Wait()
	c.until(siptest.Patience, func() bool { // what is on its way arrives
		_, c.down = c.relay.Counts()
		return len(c.Got()) == c.down.Left && c.down.Left == c.down.Came-c.down.Lost+c.down.Twice
	})
	c.up, c.down = c.relay.Counts()
	switch {
	case !ended:
		return r, fmt.Errorf("the line does not know that the caller hung up: %s", r.State)
	case r.Cause != "caller hung up" && r.Cause != sip.Normal.String(): // a test number says the latter
		return r, fmt.Errorf("the line says that the call ended with %s", r.Cause)
	}
	return r, nil
}

// heard gives the sound that came, in order and without what was lost. It fails if the
// line's stream is not whole but for what the network lost of it.
func (c *impairedCaller) heard() ([]int16, error) {
	got := c.inOrder()
	// one may have been under way while they were counted
	if arrived := c.down.Came - c.down.Lost; len(got) < arrived || len(got) > arrived+1 || len(got) < 50 {
		return nil, fmt.Errorf("%d packets of the line came, %d should have", len(got), arrived)
	}
	missing := 0
	for i := 1; i < len(got); i++ {
		if got[i].SSRC != got[0].SSRC {
			return nil, errors.New("the line's sound is of two sources")
		}
		step := got[i].SequenceNumber - got[i-1].SequenceNumber
		missing += int(step) - 1
		if leap := int32(got[i].Timestamp-got[i-1].Timestamp) - int32(step)*160; leap != 0 {
			c.leapt += time.Duration(leap) * time.Second / rate // a machine that is overloaded, see the metrics of the pacer
		}
	}
	if missing > c.down.Lost {
		return nil, fmt.Errorf("%d packets of the line are missing, the network lost %d", missing, c.down.Lost)
	}
	return c.pcm(), nil
}

// inOrder gives each packet that came, once.
func (c *impairedCaller) inOrder() []mediatest.Received {
	got := c.Got()
	if len(got) == 0 {
		return nil
	}
	first := got[0].SequenceNumber
	slices.SortStableFunc(got, func(a, b mediatest.Received) int {
		return cmp.Compare(int16(a.SequenceNumber-first), int16(b.SequenceNumber-first))
	})
	return slices.CompactFunc(got, func(a, b mediatest.Received) bool { return a.SequenceNumber == b.SequenceNumber })
}

func (c *impairedCaller) pcm() []int16 {
	var pcm []int16
	frame := make([]int16, 160)
	for _, p := range c.inOrder() {
		clear(frame)
		decode(frame, p.Packet)
		pcm = append(pcm, frame...)
	}
	return pcm
}

func TestSlowImpairedEnglishIsRecognized(t *testing.T) {
	slow(t)
	needs(t, "flite", "espeak-ng")
	impairedWords(t, startLine(t).ready(), "en")
}

func TestSlowImpairedFrenchIsRecognized(t *testing.T) {
	slow(t)
	needs(t, "espeak-ng")
	impairedWords(t, startLine(t, frenchModel(t)...).ready(), "fr")
}

// impairedWords has each request said by each voice over a good network and over a bad
// one. The words that are recognized may be at most 5 points fewer.
func impairedWords(t *testing.T, l *line, lang string) {
	t.Helper()
	phone := siptest.NewPhone(t, "words-"+lang, nil)
	all := requests(t, lang)[:fewRequests]
	n := len(all) * len(voices[lang])
	heard := [2][]string{make([]string, n), make([]string, n)} // clean, impaired
	some(2*n, mostTalkers, func(i int) {
		k, bad := i/2, i%2
		network := mediatest.Impairment{}
		if bad == 1 {
			network = badNetwork(k)
		}
		heard[bad][k] = says(t, l, phone, "line-"+lang, network, all[k%len(all)].words, voices[lang][k/len(all)])
	})
	words, wrong := 0, [2]int{}
	var rows []string
	for k := range n {
		said := strings.Fields(plain(all[k%len(all)].words))
		words += len(said)
		var off [2]int
		for way := range heard {
			off[way] = distance(strings.Fields(heard[way][k]), said)
			wrong[way] += off[way]
		}
		if off[0] != off[1] {
			rows = append(rows, fmt.Sprintf("%d against %d wrong of %q by %s: %q, impaired (seed %d): %q",
				off[0], off[1], strings.Join(said, " "), voices[lang][k/len(all)], heard[0][k], k, heard[1][k]))
		}
	}
	percent := func(wrong int) float64 { return 100 * (1 - float64(wrong)/float64(words)) }
	clean, impaired := percent(wrong[0]), percent(wrong[1])
	t.Logf("%s: of %d words, %.1f %% are recognized on a good network, %.1f %% on a bad one: %.1f points fewer\n%s",
		lang, words, clean, impaired, clean-impaired, strings.Join(rows, "\n"))
	if words < 200 {
		t.Errorf("%d words prove nothing", words)
	}
	if clean-impaired > 5 {
		t.Errorf("%s: a bad network costs %.1f points of the words, want at most 5", lang, clean-impaired)
	}
}

// says calls the line, says a sentence after the greeting, and gives what the line
// made of it.
func says(t *testing.T, l *line, phone *siptest.Phone, number string, network mediatest.Impairment, words, speaker string) string {
	t.Helper()
	defer talks()()
	pcm, _ := voiced(t, "", words, speaker)
	c, err := dialImpaired(l, phone, number, network)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer c.close()
	if !c.until(40*time.Second, func() bool { return c.asked() > 0 }) {
		t.Errorf("the line did not greet\n%s", l.journal(c.id))
		return ""
	}
	c.say(pcm)
	c.until(time.Minute, c.silent)
	said := func() []string { return c.journal(call.KindCallerSaid) }
	before := len(said()) // a sentence may be heard in two parts
	c.until(6*time.Second, func() bool { return len(said()) > before })
	if _, err := c.hangup(); err != nil {
		t.Error(err)
	}
	return plain(strings.ReplaceAll(strings.Join(said(), " "), "' ", "'"))
}
