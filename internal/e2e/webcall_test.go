package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/media/mediatest"
)

// callScript places a call of the page's own, with a tone for a voice and one codec.
const callScript = `(async (number, codec, hz) => {
  const audio = new AudioContext(), tone = new OscillatorNode(audio, {frequency: hz}), volume = new GainNode(audio, {gain: 0.3});
  const mouth = audio.createMediaStreamDestination();
  tone.connect(volume).connect(mouth); tone.start();
  const peer = new RTCPeerConnection();
  window.mouth = {audio, volume};
  const sender = peer.addTransceiver(mouth.stream.getAudioTracks()[0], {direction: "sendrecv"});
  const events = (c) => c.mimeType === "audio/telephone-event";
  sender.setCodecPreferences(RTCRtpReceiver.getCapabilities("audio").codecs.filter((c) => c.mimeType.toLowerCase() === "audio/" + codec.toLowerCase() || events(c)));
  peer.ontrack = (e) => { const a = new Audio(); a.srcObject = new MediaStream([e.track]); a.muted = true; a.play(); };
  await peer.setLocalDescription();
  const reply = await fetch("/api/v1/web-calls?to=" + number, {method: "POST", headers: {"Content-Type": "application/sdp"}, body: peer.localDescription.sdp});
  if (reply.status !== 201) throw new Error(reply.status + " " + await reply.text());
  window.at = reply.headers.get("Location");
  await peer.setRemoteDescription({type: "answer", sdp: await reply.text()});
  await new Promise((ok, fail) => {
    peer.onconnectionstatechange = () => { if (peer.connectionState === "connected") ok(); if (peer.connectionState === "failed") fail(new Error("failed")); };
  });
  return sender.sender.getParameters().codecs[0].mimeType;
})`

func TestABrowserHearsItselfInEachCodec(t *testing.T) {
	needs(t, "chromium", "sox")
	l := startLine(t, "--web-call", "echo", "--web-call-rate", "10", "--speech", "unix:/nonexistent/speech.sock")
	p := openPage(t, "", "http://"+l.http+"/call")
	for i, codec := range []string{"opus", "G722", "PCMA", "PCMU"} {
		hz := float64(400 + 100*i)
		if spoken := evaluate[string](p, fmt.Sprintf(`%s("echo", %q, %v)`, callScript, codec, hz)); !strings.EqualFold(spoken, "audio/"+codec) {
			t.Errorf("%s: spoken is %s", codec, spoken)
		}
		p.hears(500 * time.Millisecond) // until it comes back
		heard := p.hears(2 * time.Second)
		if sound := mediatest.Sounding(heard); len(sound) < rate || shareOf(sound, hz) < 0.9 {
			t.Errorf("%s: of %d samples that come back, %.0f %% are the tone", codec, len(sound), 100*shareOf(sound, hz))
		}
		t.Logf("%s: mouth to ear %.0f ms", codec, evaluate[float64](p, mouthToEar)/2)
		evaluate[int](p, `fetch(at, {method: "DELETE"}).then((r) => { peers.at(-1).close(); return r.status; })`)
	}
	l.isClean()
}

// mouthToEar is how long a tone takes to the echo and back, in milliseconds.
const mouthToEar = `(async () => {
  const ear = new AudioContext(), meter = new AnalyserNode(ear, {fftSize: 256}), now = new Float32Array(256);
  ear.createMediaStreamSource(new MediaStream([peers.at(-1).getReceivers()[0].track])).connect(meter);
  await ear.resume();
  const loud = () => { meter.getFloatTimeDomainData(now); return now.some((x) => Math.abs(x) > 0.05); };
  const until = async (want) => { const limit = performance.now() + 3000; while (loud() !== want && performance.now() < limit) await new Promise((r) => setTimeout(r, 2)); return performance.now(); };
  mouth.volume.gain.value = 0;
  await until(false); await new Promise((r) => setTimeout(r, 500));
  const begin = performance.now();
  mouth.volume.gain.value = 0.3;
  const end = await until(true);
  await ear.close();
  return end - begin;
})()`
