package media_test

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/callward/callward/media"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/media/sdp"
)

// wideTone is a sine for ever, at 16 kHz if that is wanted.
type wideTone struct {
	hz float64
	at int
}

func (w *wideTone) ReadFrame(f *media.Frame) (ok, done bool) {
	for i := range f.PCM {
		f.PCM[i] = int16(8192 * math.Sin(2*math.Pi*w.hz*float64(w.at)/float64(f.Rate)))
		w.at++
	}
	return true, false
}

// widePair gives two sessions that speak codec.
func widePair(t *testing.T, e *media.Engine, codec string) (caller, callee *media.Session) {
	t.Helper()
	open := func() *media.Session {
		s, err := e.Open(media.Options{Codecs: []string{codec}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	caller, callee = open(), open()
	agree(t, caller, callee)
	return caller, callee
}

// hearsWide is hears at 16 kHz, where a tone turns half as far from sample to sample.
func hearsWide(t *testing.T, e *mediatest.Ear, hz float64) {
	t.Helper()
	hears(t, e, hz/2)
}

func TestWidebandIsHeardWhole(t *testing.T) {
	t.Parallel()
	for _, codec := range []string{sdp.G722, sdp.Opus} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			a, b := widePair(t, running(t, media.Config{}), codec)
			if a.Rate() != media.WideRate || b.Stats().Codec != codec {
				t.Fatalf("agreed on %d Hz, %s", a.Rate(), b.Stats().Codec)
			}
			there, back := ear(b), ear(a)
			echo := media.NewEcho()
			b.Hear(echo)
			b.Play(echo)
			a.Play(&wideTone{hz: 5000})
			hearsWide(t, there, 5000)
			hearsWide(t, back, 5000)
		})
	}
}

func TestABridgeKeepsWidebandAndReachesNarrowband(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{})
	for _, c := range []struct {
		from, to string
		hz       float64
	}{
		{sdp.G722, sdp.Opus, 5000},
		{sdp.Opus, sdp.G722, 5000},
		{sdp.G722, sdp.PCMA, 1000},
		{sdp.PCMU, sdp.Opus, 1000},
	} {
		t.Run(c.from+" to "+c.to, func(t *testing.T) {
			t.Parallel()
			a, near := widePair(t, e, c.from)
			far, b := widePair(t, e, c.to)
			bridge := media.NewBridge(near, far)
			t.Cleanup(func() { _ = bridge.Close() })
			heard := ear(b)
			a.Play(&wideTone{hz: c.hz})
			if b.Rate() == media.WideRate {
				hearsWide(t, heard, c.hz)
			} else {
				hears(t, heard, c.hz)
			}
		})
	}
}

// What is played and what is heard is counted at 8 kHz, whatever the codec.
func TestPositionsAreOfOneRate(t *testing.T) {
	t.Parallel()
	a, b := widePair(t, running(t, media.Config{}), sdp.G722)
	voice := ear(b)
	a.Play(media.NewTone(700, 3*time.Second))
	done := await(t, a, media.PlayDone)
	if done.Samples != 3*media.Rate {
		t.Errorf("%d samples of 3 s", done.Samples)
	}
	if share := mediatest.Share(mediatest.Sounding(voice.PCM()), 350); share < 0.9 {
		t.Errorf("a tone of 8 kHz was heard as %.0f %% of itself", share*100)
	}
}

func TestATapHasOneRate(t *testing.T) {
	t.Parallel()
	for _, codec := range []string{sdp.PCMA, sdp.G722} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			a, b := widePair(t, running(t, media.Config{}), codec)
			a.Play(media.NewTone(1000, 0))
			narrow, wide := mediatest.NewEar(), mediatest.NewEar()
			b.Hear(media.NewTap(media.Rate, func(pcm []int16, _ bool) { narrow.WriteFrame(&media.Frame{PCM: pcm}) }))
			b.Hear(media.NewTap(media.WideRate, func(pcm []int16, _ bool) { wide.WriteFrame(&media.Frame{PCM: pcm}) }))
			hears(t, narrow, 1000)
			hearsWide(t, wide, 1000)
		})
	}
}

// A later offer may change the codec, and with it the rate.
func TestTheCodecChangesWithinACall(t *testing.T) {
	t.Parallel()
	e := running(t, media.Config{})
	a, err := e.Open(media.Options{Codecs: []string{sdp.PCMA, sdp.G722}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	b := open(t, e)
	agree(t, a, b)
	heard := ear(b)
	a.Play(media.NewTone(1000, 0))
	hears(t, heard, 1000)
	offer, err := a.Offer()
	if err != nil {
		t.Fatal(err)
	}
	wide := bytes.Replace(offer, []byte("RTP/AVP 8 9"), []byte("RTP/AVP 9 8"), 1)
	answer, err := b.Accept(wide)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.SetAnswer(answer); err != nil {
		t.Fatal(err)
	}
	if a.Rate() != media.WideRate {
		t.Fatalf("%d Hz after\n%s", a.Rate(), answer)
	}
	heard.Forget()
	hearsWide(t, heard, 1000)
}

func TestKeysArePressedInEveryCodec(t *testing.T) {
	t.Parallel()
	for _, codec := range []string{sdp.G722, sdp.Opus} {
		t.Run(codec, func(t *testing.T) {
			t.Parallel()
			a, b := widePair(t, running(t, media.Config{}), codec)
			a.Play(media.NewTone(300, time.Second))
			if _, err := a.SendDigits("4711#"); err != nil {
				t.Fatal(err)
			}
			var got []byte
			for len(got) < 5 {
				got = append(got, await(t, b, media.Digit).Key.Byte())
			}
			await(t, a, media.DigitsDone)
			if string(got) != "4711#" {
				t.Errorf("heard %q", got)
			}
		})
	}
}

// A key that comes before any sound is taken, and the sound behind it is heard whole,
// whatever its timestamps are.
func TestAKeyBeforeAnySoundHarmsNoneOfIt(t *testing.T) {
	t.Parallel()
	s, p := open(t, running(t, media.Config{})), peer(t, "")
	accept(t, s, p.Offer("sendrecv"))
	heard := ear(s)
	const base = 3 << 30
	send := func(n int, h rtp.Header, payload []byte) {
		h.SSRC, h.SequenceNumber = 9, uint16(n)
		_ = p.Send(addressOf(s), rtp.Packet{Header: h, Payload: payload})
		time.Sleep(media.FrameTime)
	}
	for n := range 4 {
		send(n, rtp.Header{PayloadType: 101, Timestamp: base}, []byte{7, 10, byte(n), 160})
	}
	if key := await(t, s, media.Digit).Key.Byte(); key != '7' {
		t.Errorf("key %q", key)
	}
	tone := mediatest.Tone(500, 8*time.Second)
	end := talk(func(n uint16) {
		payload, n := make([]byte, 160), n+3
		g711.PCMU.Encode(payload, tone[int(n)%400*160:][:160])
		header := rtp.Header{SSRC: 9, SequenceNumber: n, Timestamp: base + uint32(n)*160}
		_ = p.Send(addressOf(s), rtp.Packet{Header: header, Payload: payload})
	})
	defer end()
	hears(t, heard, 500)
	if st := s.Stats(); st.Late > st.Received/2 || st.Sources != 1 { // a busy machine makes a few late
		t.Errorf("%+v", st)
	}
}

// wanting offers one codec under a number, with packets of so many milliseconds.
func wanting(p *mediatest.Peer, format string, number, ms int) []byte {
	offer := string(p.Offer("sendrecv"))
	offer = strings.Replace(offer, "0 8 101", strconv.Itoa(number)+" 101", 1)
	return []byte(offer + fmt.Sprintf("a=rtpmap:%d %s\r\na=ptime:%d\r\n", number, format, ms))
}

// A peer gets packets of the length that it asks for, evenly numbered.
func TestPacketsAreAsLongAsThePeerWants(t *testing.T) {
	t.Parallel()
	for _, ms := range []int{10, 20, 30, 40, 50, 60} {
		t.Run(strconv.Itoa(ms), func(t *testing.T) {
			t.Parallel()
			s, p := open(t, running(t, media.Config{})), peer(t, "")
			accept(t, s, wanting(p, "PCMU/8000", 0, ms))
			s.Play(media.NewTone(500, 0))
			eventually(t, "a second of packets", func() bool { return len(p.Got()) > 1000/ms })
			got := p.Got()
			for i, r := range got {
				if len(r.Payload) != 8*ms {
					t.Fatalf("packet %d has %d bytes", i, len(r.Payload))
				}
				if i > 0 && (r.SequenceNumber != got[i-1].SequenceNumber+1 || r.Timestamp != got[i-1].Timestamp+uint32(8*ms)) {
					t.Fatalf("packet %d follows %d/%d with %d/%d", i, got[i-1].SequenceNumber, got[i-1].Timestamp, r.SequenceNumber, r.Timestamp)
				}
			}
			pcm := mediatest.Sounding(p.PCM(g711.PCMU))
			if share := mediatest.Share(pcm, 500); share < 0.95 || mediatest.LongestGap(pcm) > 20*time.Millisecond {
				t.Errorf("%.0f %% of it is the tone, with a gap of %s", share*100, mediatest.LongestGap(pcm))
			}
		})
	}
}

// Whatever its packets last, a peer is heard whole.
func TestPacketsOfEveryLengthAreHeard(t *testing.T) {
	t.Parallel()
	for _, ms := range []int{10, 20, 30, 40, 60} {
		t.Run(strconv.Itoa(ms), func(t *testing.T) {
			t.Parallel()
			s, p := open(t, running(t, media.Config{})), peer(t, "")
			accept(t, s, p.Offer("sendrecv"))
			heard := ear(s)
			var group sync.WaitGroup
			defer group.Wait()
			done := make(chan struct{})
			defer close(done)
			group.Go(func() {
				tone := mediatest.Tone(500, 200*time.Second)
				ticker := time.NewTicker(time.Duration(ms) * time.Millisecond)
				defer ticker.Stop()
				for n := 0; ; n++ {
					payload := make([]byte, 8*ms)
					g711.PCMU.Encode(payload, tone[n*8*ms:][:8*ms])
					_ = p.Send(addressOf(s), rtp.Packet{
						Header:  rtp.Header{SSRC: 1, SequenceNumber: uint16(n), Timestamp: uint32(n * 8 * ms)},
						Payload: payload,
					})
					select {
					case <-ticker.C:
					case <-done:
						return
					}
				}
			})
			hears(t, heard, 500)
		})
	}
}

// Packets of Opus that last longer than 60 ms, or nothing, are refused.
// A peer that answers sends by the numbers of our offer, and wants its own (RFC 3264
// section 6.1).
func TestAPeerMaySendByTheNumbersOfOurOffer(t *testing.T) {
	t.Parallel()
	s, p := openWith(t, running(t, media.Config{}), media.Options{Codecs: []string{sdp.Opus, sdp.PCMA}}), peer(t, "")
	if _, err := s.Offer(); err != nil {
		t.Fatal(err)
	}
	answer := strings.Replace(string(p.Offer("sendrecv")), "RTP/AVP 0 8 101\r\n", "RTP/AVP 96 97\r\n", 1)
	answer = strings.Replace(answer, "a=rtpmap:101 telephone-event/8000\r\n", "a=rtpmap:96 opus/48000/2\r\na=rtpmap:97 telephone-event/48000\r\n", 1)
	if err := s.SetAnswer([]byte(answer)); err != nil {
		t.Fatal(err)
	}
	for i, number := range []uint8{107, 107, 96, 96, 110, 97, 101} {
		payload := []byte{0xf8, 0xff, 0xfe}
		if number != 107 && number != 96 {
			payload = []byte{5, 0x8a, 3, 0xc0}
		}
		header := rtp.Header{PayloadType: number, SSRC: 1, SequenceNumber: uint16(i), Timestamp: uint32(i * 960)}
		if err := p.Send(addressOf(s), rtp.Packet{Header: header, Payload: payload}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	eventually(t, "all of them are heard", func() bool { return s.Stats().Received == 7 })
	if st := s.Stats(); st.Codec != sdp.Opus || st.Unknown != 0 {
		t.Errorf("%s, %d packets of unknown type", st.Codec, st.Unknown)
	}
	s.Play(media.NewTone(440, 0))
	eventually(t, "it gets its own", func() bool {
		got := p.Got()
		return len(got) > 5 && got[len(got)-1].PayloadType == 96
	})
}

// An answer that allows several codecs allows to go from one to the other.
func TestNarrowbandIsHeardWhereWidebandWasAgreed(t *testing.T) {
	t.Parallel()
	s, p := open(t, running(t, media.Config{})), peer(t, "")
	accept(t, s, wanting(p, "G722/8000", 9, 20))
	e := ear(s)
	defer goTalk(p, s, 440)()
	hearsWide(t, e, 440)
}

// What was lost before a change of codec stays counted.
func TestLossIsCountedAcrossCodecs(t *testing.T) {
	t.Parallel()
	s, p := open(t, running(t, media.Config{})), peer(t, "")
	accept(t, s, p.Offer("sendrecv"))
	tone := mediatest.Tone(440, 2*time.Second)
	for n := range 60 {
		if n%3 != 2 {
			payload := make([]byte, 160)
			g711.PCMU.Encode(payload, tone[n*160:][:160])
			header := rtp.Header{SSRC: 1, SequenceNumber: uint16(n), Timestamp: uint32(n) * 160}
			if err := p.Send(addressOf(s), rtp.Packet{Header: header, Payload: payload}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	eventually(t, "losses are counted", func() bool { return s.Stats().Lost > 10 })
	before := s.Stats()
	accept(t, s, []byte(strings.Replace(string(p.Offer("sendrecv")), "RTP/AVP 0 8 101", "RTP/AVP 8 101", 1)))
	eventually(t, "the codec is another", func() bool { return s.Stats().Codec == sdp.PCMA })
	time.Sleep(100 * time.Millisecond)
	if after := s.Stats(); after.Lost < before.Lost || after.MOS > 3.2 { // without the loss it is above 4; the delay, which counts too, begins anew
		t.Errorf("lost %d and judged %.2f before, %d and %.2f after", before.Lost, before.MOS, after.Lost, after.MOS)
	}
}

func TestOpusThatLastsTooLongIsRefused(t *testing.T) {
	t.Parallel()
	s, p := open(t, running(t, media.Config{})), peer(t, "")
	accept(t, s, wanting(p, "opus/48000/2", 96, 20))
	for i, payload := range [][]byte{{}, {3 << 3 & 0xff, 1}, {1<<3 | 3, 63, 1}, {1<<3 | 3}, {31<<3 | 3, 0}} {
		_ = p.Send(addressOf(s), rtp.Packet{
			Header:  rtp.Header{PayloadType: 96, SSRC: 1, SequenceNumber: uint16(i), Timestamp: uint32(i * 960)},
			Payload: payload,
		})
		time.Sleep(media.FrameTime)
	}
	eventually(t, "four of five are refused", func() bool { return s.Stats().TooLong == 4 })
}
