package e2e

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/callward/callward/call"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

const earYAML = `version: 1
web_calls: {numbers: ["+33100000000"], minute: 20}
tenants:
  acme:
    numbers: {"+33100000000": {language: en}}
    queues: {billing: {}, technical: {}, emergency: {}}
    wrap_up: 100ms
    agents: {jean: {password: j, queues: [billing]}}
`

const (
	mostToEar = 150 * time.Millisecond // on a quiet machine, on loopback
	settling  = 5 * time.Second        // until what was held back at first, against jitter, is given up in a pause

	pageTone  = 900.0
	phoneTone = 500.0
)

// thorough reports whether figures are wanted, and are to be kept to.
func thorough() bool { return os.Getenv("CALLWARD_SLOW") != "" }

// earLine is a line whose callers press 7 for jean.
func earLine(t *testing.T) *line {
	t.Helper()
	file := filepath.Join(t.TempDir(), "callward.yaml")
	write(t, file, earYAML)
	return startLine(t, "--config", file, "--speech", "unix:/nonexistent/speech.sock")
}

// deskScript has the desk speak a tone where a microphone would be asked for: a syllable as soon
// as it says that the agent talks with somebody. It notes when that is, and when it first hears
// who calls.
const deskScript = `(async (hz) => {
  const audio = new AudioContext(), tone = new OscillatorNode(audio, {frequency: hz}), volume = new GainNode(audio, {gain: 0}), out = audio.createMediaStreamDestination();
  tone.connect(volume).connect(out); tone.start();
  await audio.resume();
  window.mouth = {audio, volume};
  navigator.mediaDevices.getUserMedia = async () => new MediaStream([out.stream.getAudioTracks()[0].clone()]);
  const before = window.peers?.length ?? 0, wait = (ms) => new Promise((done) => setTimeout(done, ms));
  window.talking = new Promise((done) => {
    const seen = new MutationObserver(() => {
      if (!document.querySelector("#hold")) return;
      seen.disconnect();
      volume.gain.value = 0.3;
      setTimeout(() => volume.gain.value = 0, 300);
      done(performance.now());
    });
    seen.observe(document.body, {childList: true, subtree: true});
  });
  window.first = (async () => {
    const ear = new AudioContext(), meter = new AnalyserNode(ear, {fftSize: 256}), now = new Float32Array(256);
    await ear.resume();
    while ((window.peers?.length ?? 0) === before || !peers.at(-1).getReceivers()[0]) await wait(1);
    ear.createMediaStreamSource(new MediaStream([peers.at(-1).getReceivers()[0].track])).connect(meter);
    do { await wait(1); meter.getFloatTimeDomainData(now); } while (!now.some((x) => Math.abs(x) > 0.05));
    const at = performance.now();
    await ear.close();
    return at;
  })();
  return 1;
})`

func TestAnAgentInABrowserAndACallerAtAPhoneHearEachOtherSoon(t *testing.T) {
	needs(t, "chromium", "flite", "sox")
	l := earLine(t)
	p := openPage(t, microphone(t, "hello", time.Second), "http://"+l.http+"/signin")
	p.welcome(l, "/desk")
	p.run("sign in", chromedp.SendKeys("input[name=name]", "jean"), chromedp.SendKeys("input[name=password]", "j"), chromedp.Click("#register"))
	events := listens(t, l)
	codecs := []string{"PCMA", "PCMU"}
	if !thorough() {
		codecs = codecs[:1]
	}
	for i, codec := range codecs {
		c := newSpeaker(t, l, events, codec)
		c.calls(fmt.Sprint("+3361111111", i))
		c.after(call.KindDisclosure, "")
		c.keys("7")
		c.after(call.KindQueued, "")
		b := c.beeper()
		b.speaks(time.Hour)
		evaluate[int](p, fmt.Sprintf("%s(%v)", deskScript, pageTone))
		p.run("answer", chromedp.WaitVisible("#answer"), chromedp.Click("#answer"), chromedp.WaitVisible("#hold"))
		after := evaluate[float64](p, `Promise.all([first, talking]).then(([f, t]) => new Promise((done) => setTimeout(() => done(f - t), 1000)))`)
		hearsFirst(t, "caller "+codec, toneLength(c.ear.PCM(), pageTone))
		hearsAfter(t, "browser agent", milliseconds(after))
		p.compares(c, b, "browser agent opus", "caller "+codec)
		_ = c.leg.Hangup(t.Context(), sip.Normal)
		p.run("see that it is over", chromedp.WaitNotPresent("#hold"))
	}
	l.isClean()
}

func TestACallerInABrowserAndAnAgentAtAPhoneHearEachOtherSoon(t *testing.T) {
	needs(t, "chromium", "sox")
	l := earLine(t)
	p := openPage(t, "", "http://"+l.http+"/call")
	jean := siptest.NewPhone(t, "jean", nil)
	signsIn(t, l, jean, "jean", "j")
	codecs := [][2]string{{"opus", "PCMU"}, {"opus", "PCMA"}, {"PCMA", "PCMA"}, {"PCMU", "PCMU"}}
	if !thorough() {
		codecs = codecs[:1]
	}
	for _, codec := range codecs {
		evaluate[string](p, fmt.Sprintf("%s(%q, %q, %v)", callScript, url.QueryEscape("+33100000000"), codec[0], pageTone))
		l.waitFor("the opening to be over", 30*time.Second, func() bool { return len(l.newest(call.KindDisclosure)) > 0 })
		evaluate[int](p, `peers.at(-1).getSenders()[0].dtmf.insertDTMF("7", 160, 80); 1`)
		c := newSpeaker(t, l, nil, codec[1])
		b := c.beeper()
		ring := jean.Ring()
		evaluate[int](p, "window.opening = hear(5); 1")
		time.Sleep(time.Second) // until it hears
		b.speaks(syllable)
		answered := time.Now()
		c.picks(ring)
		if !c.ear.Until(siptest.Patience, func(pcm []int16) bool { return toneLength(pcm, pageTone) > 0 }) {
			t.Fatal("the agent does not hear the caller")
		}
		hearsAfter(t, "agent "+codec[1], time.Since(answered))
		hearsFirst(t, "browser caller "+codec[0], toneLength(evaluate[[]int16](p, "opening"), phoneTone))
		p.compares(c, b, "browser caller "+codec[0], "agent "+codec[1])
		evaluate[int](p, `fetch(at, {method: "DELETE"}).then((r) => { peers.at(-1).close(); return r.status; })`)
		siptest.Ended(t, c.leg)
	}
	l.isClean()
}

// beeper gives the phone's end of a measurement.
func (s *speaker) beeper() *beeper {
	b := &beeper{hz: phoneTone}
	s.session.Hear(b)
	s.session.Play(b)
	return b
}

// hearsFirst sees how much is heard of what is said at once after the answer.
func hearsFirst(t *testing.T, who string, heard time.Duration) {
	t.Helper()
	t.Logf("first words to %s: %v of %v are heard", who, heard, syllable)
	if heard == 0 || thorough() && heard < syllable-50*time.Millisecond {
		t.Errorf("%s misses the beginning of what is said: of %v, %v are heard", who, syllable, heard)
	}
}

// hearsAfter sees that who has answered hears at once what the caller says.
func hearsAfter(t *testing.T, who string, after time.Duration) {
	t.Helper()
	t.Logf("%s hears the caller %v after the answer", who, after.Round(time.Millisecond))
	if thorough() && after > 2*mostToEar {
		t.Errorf("%s hears the caller only %v after the answer", who, after)
	}
}

// compares has a page and a phone hear each other, and tells how long it takes either way.
func (p *page) compares(c *speaker, b *beeper, here, there string) {
	p.t.Helper()
	b.speaks(time.Hour)
	evaluate[int](p, "mouth.volume.gain.value = 0.3; 1")
	c.hearsTone(pageTone)
	p.hearsTone(phoneTone)
	evaluate[int](p, "mouth.volume.gain.value = 0; 1")
	p.measures(b, here, there, " at first", false)
	if thorough() {
		time.Sleep(settling)
		p.measures(b, here, there, "", true)
	}
}

// measures tells how long beeps take either way.
func (p *page) measures(b *beeper, here, there, when string, bound bool) {
	p.t.Helper()
	n := 4
	if thorough() {
		n = 20
	}
	toPhone, toPage, held := p.beeps(b, n)
	soon(p.t, here+" → "+there+when, toPhone, n, bound)
	soon(p.t, there+" → "+here+when, toPage, n, bound)
	p.t.Logf("of the latter, %v are the browser's jitter buffer", held.Round(time.Millisecond))
}

// soon tells how long the beeps of one way took, and whether that is soon enough.
func soon(t *testing.T, way string, took []time.Duration, n int, bound bool) {
	t.Helper()
	p95 := beepNear // at least, if one was later than that
	if len(took) == n {
		p95 = took[n*95/100]
	}
	t.Logf("mouth to ear: %s %v, 95 %% within %v; %v", way, middle(took), p95.Round(time.Millisecond), inMilliseconds(took))
	if bound && p95 > mostToEar {
		t.Errorf("mouth to ear: %s: 95 %% of %d beeps within %v, want %v", way, n, p95, mostToEar)
	}
}

// middle is the median of what is in order.
func middle(took []time.Duration) time.Duration {
	if len(took) == 0 {
		return beepNear
	}
	return took[len(took)/2].Round(time.Millisecond)
}

func inMilliseconds(took []time.Duration) (out []int64) {
	for _, d := range took {
		out = append(out, d.Round(time.Millisecond).Milliseconds())
	}
	return out
}
