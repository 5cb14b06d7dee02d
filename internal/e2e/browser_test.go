package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/callward/callward/media/mediatest"
)

// A page is one of a real, headless Chromium with a microphone that plays a file.
type page struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // what the browser lives in
}

// openPage opens a browser that hears the WAV in its microphone, over and over.
func openPage(t *testing.T, wav, url string) *page {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: chromium is not installed: run `deploy/setup.sh test`")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), // its folder is removed by who knows that its children write on when it has ended
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("use-file-for-fake-audio-capture", wav),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"),
		chromedp.Flag("disable-component-update", true),
	)
	allocator, free := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	ctx, end := chromedp.NewContext(allocator)
	t.Cleanup(func() { end(); free() })
	p := &page{t, ctx}
	if err := chromedp.Do(ctx); err != nil { // the browser lives as long as the context it is started with
		t.Fatal(err)
	}
	p.run("open "+url, func(ctx context.Context, to *chromedp.Target) (none chromedp.Void, err error) {
		_, err = cdp.Call(ctx, to, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: earScript + voiceScript})
		return none, err
	}, chromedp.Navigate(url))
	return p
}

// earScript remembers the calls of a page, and lets the test hear what it hears.
const earScript = `
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...all) { super(...all); (window.peers ??= []).push(this); }
};
window.hear = async (seconds) => {
  const peer = () => window.peers?.at(-1);
  while (peer()?.connectionState !== "connected") await new Promise((done) => setTimeout(done, 50));
  const ear = new AudioContext({sampleRate: 8000});
  const source = ear.createMediaStreamSource(new MediaStream([peer().getReceivers()[0].track]));
  const tap = ear.createScriptProcessor(1024, 1, 1);
  const pcm = [];
  tap.onaudioprocess = (e) => { for (const x of e.inputBuffer.getChannelData(0)) pcm.push(Math.round(32767 * Math.max(-1, Math.min(1, x)))); };
  source.connect(tap); tap.connect(ear.destination);
  await ear.resume();
  await new Promise((done) => setTimeout(done, 1000 * seconds));
  await ear.close();
  return pcm;
};
`

// voiceScript counts how often a page asks for the microphone, and gives its leg a tone in
// place of it.
const voiceScript = `
window.asked = 0;
if (navigator.mediaDevices) {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = (what) => { window.asked++; return ask(what); };
}
window.say = async (hz) => {
  const mouth = new AudioContext(), tone = new OscillatorNode(mouth, {frequency: hz}), volume = new GainNode(mouth, {gain: 0.3}), out = mouth.createMediaStreamDestination();
  tone.connect(volume).connect(out); tone.start();
  await mouth.resume();
  await window.peers.at(-1).getSenders()[0].replaceTrack(out.stream.getAudioTracks()[0]);
  return window.asked;
};
`

// welcome signs the newcomer in by the link that the line prints, and goes on to a page.
func (p *page) welcome(l *line, path string) {
	p.t.Helper()
	var link []string
	l.waitFor("the link to be printed", 30*time.Second, func() bool {
		link = regexp.MustCompile(`/welcome#(\S+) `).FindStringSubmatch(l.out.String())
		return link != nil
	})
	redeem := fmt.Sprintf(`fetch("/api/v1/session/bootstrap", {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({token: %q})}).then(r => r.status)`, link[1])
	if status := evaluate[int](p, redeem); status != http.StatusNoContent {
		p.t.Fatalf("the link is answered with %d", status)
	}
	p.run("open "+path, chromedp.Navigate("http://"+l.http+path))
}

// hears gives what comes to the page in a while, at 8 kHz.
func (p *page) hears(d time.Duration) []int16 {
	p.t.Helper()
	return evaluate[[]int16](p, "hear("+seconds(d)+")")
}

// run does something in the page.
func (p *page) run(what string, actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v\n%s", what, err, p.text())
	}
}

// evaluate gives the value of an expression, which may be a promise.
func evaluate[T any](p *page, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAsValue, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%.80s: %v\n%s", expression, err, p.text())
	}
	return out
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

// text is what the page shows.
func (p *page) text() string {
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return out
}

// shows waits until the page shows a text.
func (p *page) shows(text string, patience time.Duration) {
	p.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if strings.Contains(p.text(), text) {
			return
		}
	}
	p.t.Fatalf("waited %s for %q\n%s", patience, text, p.text())
}

// titled waits until the tab has a name, and gives the one that it has: a page names it once it
// has been painted.
func (p *page) titled(want string) string {
	p.t.Helper()
	return evaluate[string](p, fmt.Sprintf(`(async (want) => {
  for (let n = 0; document.title !== want && n < 300; n++) await new Promise((done) => setTimeout(done, 100));
  return document.title;
})(%q)`, want))
}

// shareOf is that of a tone in what a browser heard: of each tenth of a second, since
// browsers stretch sound to make up for a machine that is busy.
func shareOf(pcm []int16, hz float64) float64 {
	const piece = rate / 10
	sum, n := 0.0, 0
	for ; len(pcm) >= piece; pcm = pcm[piece:] {
		sum += mediatest.Share(pcm[:piece], hz)
		n++
	}
	return sum / float64(max(n, 1))
}

// microphone makes a WAV of somebody who says something and is silent for a while.
func microphone(t *testing.T, words string, silence time.Duration) string {
	t.Helper()
	dir := t.TempDir()
	said, out := filepath.Join(dir, "said.wav"), filepath.Join(dir, "microphone.wav")
	run(t, "flite", "-voice", "slt", "-t", words, "-o", said)
	run(t, "sox", said, "-r", "48000", "-c", "1", "-b", "16", out, "pad", "1", seconds(silence))
	return out
}
