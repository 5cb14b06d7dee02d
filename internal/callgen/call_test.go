package callgen

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/callgen/wav"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/sdp"
	"github.com/callward/callward/redact"
)

// tone writes a sound file that stands for something said.
func tone(t *testing.T, d time.Duration) string {
	t.Helper()
	pcm := make([]int16, 8000*d/time.Second)
	for i := range pcm {
		pcm[i] = int16(8000 * (1 - i/4%2*2)) // a square wave of 1 kHz
	}
	var b bytes.Buffer
	if err := wav.Write(&b, 8000, pcm); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tone.wav")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func options(to string) CallOptions {
	return CallOptions{
		To: to, Language: "en", Timeout: time.Minute,
		WaitAgent: time.Minute, HangupAfter: 200 * time.Millisecond,
	}
}

func TestTheCallerSpeaksWhenTheBotIsDone(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			l := newLine(t, network, nil)
			o := options(l.uri("line"))
			o.Transport.Network = network
			o.API = l.events()
			o.Record = filepath.Join(t.TempDir(), "out.wav")
			o.Steps = []Step{{Wav: tone(t, 400*time.Millisecond)}, {Keys: "12#"}}
			log := newShown()
			if err := Call(t.Context(), o, log.show); err != nil {
				t.Fatal(err)
			}
			kinds := log.kinds()
			if kinds[call.KindBotSaid] != 3 || kinds[call.KindBotDone] != 3 || kinds[call.KindEnded] != 1 {
				t.Errorf("shown: %v", kinds)
			}
			if keys, heard := l.received(); keys != "12#" || heard < 300*time.Millisecond {
				t.Errorf("the line heard keys %q and %v of sound", keys, heard)
			}
			if got := recorded(t, o.Record); got < 1200*time.Millisecond {
				t.Errorf("%v of sound recorded, not three times half a second", got)
			}
		})
	}
}

func TestTheCallerHearsWhenTheBotIsDoneWithoutAServerToAsk(t *testing.T) {
	t.Parallel()
	l := newLine(t, "udp", nil)
	o := options(l.uri("line"))
	o.Steps = []Step{{Wav: tone(t, 400*time.Millisecond)}}
	log := newShown()
	if err := Call(t.Context(), o, log.show); err != nil {
		t.Fatal(err)
	}
	if _, heard := l.received(); heard < 300*time.Millisecond {
		t.Errorf("the line heard %v", heard)
	}
}

func TestAnEchoComesBackAndBothSidesAreRecorded(t *testing.T) {
	t.Parallel()
	l := newLine(t, "udp", nil)
	o := options(l.uri("echo"))
	o.RecordBoth = filepath.Join(t.TempDir(), "both.wav")
	o.NoWait = true
	o.Steps = []Step{{Wav: tone(t, 400*time.Millisecond)}}
	if err := Call(t.Context(), o, newShown().show); err != nil {
		t.Fatal(err)
	}
	if got := recorded(t, o.RecordBoth); got < 300*time.Millisecond {
		t.Errorf("%v of sound recorded", got)
	}
}

// The codec's rate is not the recording's: a tone keeps its pitch and its length.
func TestAWidebandCallIsRecordedAtItsSpeed(t *testing.T) {
	t.Parallel()
	l := newLine(t, "udp", nil)
	o := options(l.uri("wideband"))
	o.RecordBoth = filepath.Join(t.TempDir(), "both.wav")
	o.NoWait = true
	o.Steps = []Step{{Wav: tone(t, 400*time.Millisecond)}}
	log := newShown()
	if err := Call(t.Context(), o, log.show); err != nil {
		t.Fatal(err)
	}
	if st := <-l.fared; st.Codec != sdp.G722 {
		t.Fatalf("the call was of %s", st.Codec)
	}
	heard, said := bothOf(t, o.RecordBoth)
	for side, pcm := range map[string][]int16{"heard": heard, "said": said} {
		pcm = mediatest.Sounding(pcm)
		if share := mediatest.Share(pcm, 1000); share < 0.7 || len(pcm) > 5000 {
			t.Errorf("%s: of %d samples, %.0f %% are the tone of 3200", side, len(pcm), 100*share)
		}
	}
	if n := log.last().Samples; n < 2400 || n > 5000 {
		t.Errorf("%d samples of sound are told of, not 3200", n)
	}
}

// Keys for the sound stand in the signalling where others cannot read it, and only there.
func TestSoundIsProtectedWhereSignallingIs(t *testing.T) {
	t.Parallel()
	for network, sealed := range map[string]bool{"tcp": false, "tls": true} {
		for _, inURI := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, asked for in the number: %v", network, inURI), func(t *testing.T) {
				l := newLine(t, network, nil)
				o := options(l.uri("echo"))
				o.Transport = Transport{Network: network, CA: l.ca}
				if inURI {
					o.To += ";transport=" + strings.ToUpper(network)
					o.Transport.Network = "tcp"
				}
				o.Record = filepath.Join(t.TempDir(), "out.wav")
				o.NoWait = true
				o.Steps = []Step{{Wav: tone(t, 400*time.Millisecond)}}
				if err := Call(t.Context(), o, newShown().show); err != nil {
					t.Fatal(err)
				}
				st := <-l.fared
				if st.Sealed != sealed || st.Forged > 0 || st.Received == 0 {
					t.Errorf("the line sealed its sound: %v; of what came, %d packets, %d were not protected", st.Sealed, st.Received, st.Forged)
				}
				if got := recorded(t, o.Record); got < 300*time.Millisecond {
					t.Errorf("%v of the echo heard", got)
				}
			})
		}
	}
}

func TestWhyACallFailsIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	l := newLine(t, "udp", nil)
	for name, c := range map[string]struct {
		change func(*CallOptions)
		says   string
		usage  bool
	}{
		"busy":        {func(o *CallOptions) { o.To = l.uri("busy") }, "486 busy", false},
		"hangs up":    {func(o *CallOptions) { o.To = l.uri("rude"); o.Steps = []Step{{Keys: "1"}} }, "hung up with 1 of 1", false},
		"takes long":  {func(o *CallOptions) { o.Timeout = time.Second; o.HangupAfter = time.Hour }, "longer than 1s", false},
		"no number":   {func(o *CallOptions) { o.To = "line" }, "no number", true},
		"no such key": {func(o *CallOptions) { o.Steps = []Step{{Keys: "x"}} }, "keys", true},
		"no file":     {func(o *CallOptions) { o.Steps = []Step{{Wav: "/nowhere.wav"}} }, "nowhere", true},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(l.uri("line"))
			c.change(&o)
			err := Call(t.Context(), o, newShown().show)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("says %v", err)
			}
			if IsUsage(err) != c.usage {
				t.Errorf("usage: %v", IsUsage(err))
			}
		})
	}
}

func TestASilentLineIsHintedAt(t *testing.T) {
	t.Parallel()
	dead, err := net.ListenPacket("udp", "127.0.0.1:0") // takes all and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dead.Close() }()
	o := options("sip:line@" + dead.LocalAddr().String())
	s := newShown()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Call(ctx, o, s.show) }()
	s.wait(t, KindNotice)
	cancel()
	if <-ended == nil {
		t.Fatal("a call to nobody was completed")
	}
	if hint := s.last().Reason; !strings.Contains(hint, dead.LocalAddr().String()) || !strings.Contains(hint, "make run") {
		t.Errorf("hint: %s", hint)
	}
}

func TestAnInterruptHangsUp(t *testing.T) {
	t.Parallel()
	l := newLine(t, "udp", nil)
	ctx, cancel := context.WithCancel(t.Context())
	o := options(l.uri("echo"))
	o.HangupAfter = time.Hour
	log := newShown()
	ended := make(chan error)
	go func() { ended <- Call(ctx, o, log.show) }()
	log.wait(t, KindConnected)
	cancel()
	if err := <-ended; err == nil {
		t.Error("an interrupted call counts as completed")
	}
	deadline := time.Now().Add(30 * time.Second)
	for l.phone.sip.Stats().Dialogs > 0 && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if n := l.phone.sip.Stats().Dialogs; n > 0 {
		t.Errorf("%d dialogs are left", n)
	}
}

func TestACardThatTheCallerSaysIsNotShown(t *testing.T) {
	var b bytes.Buffer
	show := ShowText(&b, false)
	c := &conversation{show: show, safe: redact.New("en")}
	c.tell(call.Entry{Kind: KindSaid, Text: c.safe.Speech("my card is 4111 1111 1111 1111")})
	if strings.Contains(b.String(), "4111 1111") {
		t.Errorf("shown: %s", b.String())
	}
}

// bothOf parts a recording of both sides.
func bothOf(t *testing.T, path string) (heard, said []int16) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil || len(b) < 44 {
		t.Fatalf("%d bytes: %v", len(b), err)
	}
	for b = b[44:]; len(b) >= 4; b = b[4:] {
		heard = append(heard, int16(binary.LittleEndian.Uint16(b)))
		said = append(said, int16(binary.LittleEndian.Uint16(b[2:])))
	}
	return heard, said
}

// recorded gives the length of the sound in a file.
func recorded(t *testing.T, path string) time.Duration {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sound, err := wav.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	var loud int64
	for at := 0; at+160 <= len(sound.PCM); at += 160 {
		if isLoud(sound.PCM[at : at+160]) {
			loud += 160
		}
	}
	return duration(loud)
}
