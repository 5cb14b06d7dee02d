package e2e

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/certs/certstest"
	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/sip/siptest"
)

// baresipConfig is a headless baresip: it plays a tone, and writes what it hears
// to a file.
const baresipConfig = `module_path /usr/lib/baresip/modules
module stdio.so
module g711.so
module aufile.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app contact.so
sip_listen 127.0.0.1:0
audio_source aufile,%[1]s/in.wav
audio_player aufile,%[1]s/player.wav
audio_alert aufile,%[1]s/alert.wav
snd_path %[1]s
rtp_ports 32000-32255
sip_cafile %[2]s
sip_verify_server yes
`

func TestBaresipHearsTheLine(t *testing.T) {
	needs(t, "baresip", "sox")
	t.Parallel()
	ca := certstest.New(t)
	cert, key, _ := ca.Issue("line", "127.0.0.1", time.Now().Add(time.Hour))
	secure := "127.0.0.1:" + freePort(t)
	l := startLine(t, "--sip", "tls:"+secure, "--tls-certificate", cert, "--tls-key", key).ready()
	for transport, at := range map[string]string{"udp": l.sip, "tcp": l.sip, "tls": secure} {
		t.Run(transport, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "config"), fmt.Sprintf(baresipConfig, dir, ca.File))
			write(t, filepath.Join(dir, "accounts"), fmt.Sprintf("<sip:guest@%s;transport=%s>;regint=0;audio_codecs=PCMA/8000/1,PCMU/8000/1\n", at, transport))
			write(t, filepath.Join(dir, "contacts"), "")
			run(t, "sox", "-n", "-r", "8000", "-c", "1", "-b", "16", filepath.Join(dir, "in.wav"), "synth", "20", "sine", "440", "vol", "0.05")
			before := len(l.ended())
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, "baresip", "-f", dir, "-t", "8", // of an opening that lasts longer
				"-e", fmt.Sprintf("/dial sip:line-en@%s;transport=%s", at, transport))
			out, err := cmd.CombinedOutput()
			if !strings.Contains(string(out), "Call established") {
				t.Fatalf("baresip was not answered: %v\n%s", err, out)
			}
			heard := recordings(t, dir)
			if loudness(heard) < 200 {
				t.Errorf("baresip heard %d samples with loudness %.0f\n%s", len(heard), loudness(heard), out)
			}
			l.waitFor("the end of baresip's call", 30*time.Second, func() bool { return len(l.ended()) > before })
		})
	}
	l.isClean()
}

// recordings joins what sndfile wrote of the received audio.
func recordings(t *testing.T, dir string) []int16 {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "dump-*-dec.wav"))
	if err != nil || len(files) == 0 {
		t.Fatalf("baresip recorded nothing: %v", err)
	}
	var all []int16
	for _, f := range files {
		all = append(all, readWAV(t, f)...)
	}
	return all
}

// sippScenario is a caller whose sound is that of a soundingEnd for a while.
const sippScenario = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="caller with sound">
  <send retrans="500"><![CDATA[
    INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]t[call_number]
    To: <sip:[service]@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 INVITE
    Contact: <sip:sipp@[local_ip]:[local_port]>
    Max-Forwards: 70
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=sipp 1 1 IN IP[local_ip_type] [local_ip]
    s=-
    c=IN IP[media_ip_type] [media_ip]
    t=0 0
    m=audio [field0] RTP/AVP 8
    a=rtpmap:8 PCMA/8000
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
    ACK [next_url] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]t[call_number]
    To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
    Call-ID: [call_id]
    CSeq: 1 ACK
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
  <pause milliseconds="%d"/>
  <send retrans="500"><![CDATA[
    BYE [next_url] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]t[call_number]
    To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
    Call-ID: [call_id]
    CSeq: 2 BYE
    Max-Forwards: 70
    Content-Length: 0

  ]]></send>
  <recv response="200"/>
</scenario>
`

func TestSippCallsNeverFailAndLeaveNothingBehind(t *testing.T) {
	needs(t, "sipp", "redis-server")
	l := startLine(t, "--redis", startRedis(t)).ready()
	l.waitFor("the line to settle", 30*time.Second, func() bool { return l.goroutines() > 0 })
	idle := l.goroutines()
	whole := 0
	for n, pcm := range sipp(t, l, "echo", 200, 10, 3*time.Second) {
		pcm = pcm[min(len(pcm), rate/2):]
		gaps, _ := mediatest.Continuity(pcm, sippTone)
		silent := time.Duration(0)
		for _, g := range gaps {
			silent += g.Length
		}
		if len(pcm) < 3*rate/2 || mediatest.Share(pcm, sippTone) < 0.8 || silent > 500*time.Millisecond {
			t.Errorf("echo of call %d: %d samples, %.2f of it the tone, %s are missing", n, len(pcm), mediatest.Share(pcm, sippTone), silent)
		}
		if mediatest.Whole(pcm, sippTone) == nil {
			whole++
		}
	}
	if whole < 180 { // others load the machine, too
		t.Errorf("the echo of %d of 200 calls is whole", whole)
	}
	for n, pcm := range sipp(t, l, "line", 5, 5, 12*time.Second) {
		if sound := mediatest.Sounding(pcm); len(sound) < 2*rate || loudness(sound) < 300 {
			t.Errorf("call %d heard %d samples of level %.0f from the line", n, len(sound), loudness(sound))
		}
	}
	l.isClean()
	l.waitFor(fmt.Sprintf("at most %.0f goroutines, as before the calls", idle), 60*time.Second, func() bool { return l.goroutines() <= idle })
}

// leftovers are the metrics that are 0 when nobody calls.
var leftovers = []string{
	"callward_calls_active", "callward_sip_dialogs", "callward_media_ports_in_use", "callward_queue_redis_leftovers", "callward_asr_streams_open",
}

// sippTone is what callers of sipp say, in Hz.
const sippTone = 400

// A soundingEnd is the sound of a call that sipp signals: a tone, a packet for each
// that comes, to where that came from.
type soundingEnd struct {
	conn *net.UDPConn
	done chan struct{}
	pcm  []int16 // heard; read after close
}

func openSoundingEnd(t *testing.T) *soundingEnd {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	e := &soundingEnd{conn: conn, done: make(chan struct{})}
	go e.run()
	return e
}

func (e *soundingEnd) run() {
	defer close(e.done)
	const typ, header, frame = 8, 12, rate / 50
	tone := mediatest.Tone(sippTone, time.Second)
	in, out := make([]byte, 1500), make([]byte, header+frame)
	for n := uint16(0); ; n++ {
		got, from, err := e.conn.ReadFromUDPAddrPort(in)
		if err != nil {
			return
		}
		if got < header || in[1]&0x7f != typ {
			continue
		}
		heard := make([]int16, got-header)
		g711.PCMA.Decode(heard, in[header:got])
		e.pcm = append(e.pcm, heard...)
		out[0], out[1] = 2<<6, typ
		binary.BigEndian.PutUint16(out[2:], n)
		binary.BigEndian.PutUint32(out[4:], uint32(n)*frame)
		g711.PCMA.Encode(out[header:], tone[int(n)%50*frame:][:frame])
		_, _ = e.conn.WriteToUDPAddrPort(out, from)
	}
}

func (e *soundingEnd) close() {
	_ = e.conn.Close()
	<-e.done
}

// sipp places calls at a rate, each with sound for hold; none may fail. It gives what
// each has heard.
func sipp(t *testing.T, l *line, number string, calls, rate int, hold time.Duration) [][]int16 {
	t.Helper()
	dir := t.TempDir()
	ports := strings.Builder{}
	ports.WriteString("SEQUENTIAL\n")
	ends := make([]*soundingEnd, calls)
	for i := range ends {
		ends[i] = openSoundingEnd(t)
		fmt.Fprintf(&ports, "%d;\n", ends[i].conn.LocalAddr().(*net.UDPAddr).Port)
	}
	scenario, list := filepath.Join(dir, "call.xml"), filepath.Join(dir, "ports.csv")
	write(t, scenario, fmt.Sprintf(sippScenario, hold.Milliseconds()))
	write(t, list, ports.String())
	cmd := exec.CommandContext(t.Context(), "sipp", l.sip, "-s", number, "-sf", scenario, "-inf", list,
		"-i", "127.0.0.1", "-m", fmt.Sprint(calls), "-r", fmt.Sprint(rate), "-l", fmt.Sprint(calls),
		"-timeout", "120s", "-trace_stat", "-stf", filepath.Join(dir, "stat.csv"), "-trace_err", "-error_file", filepath.Join(dir, "errors.log"))
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	heard := make([][]int16, calls)
	for i, e := range ends {
		e.close()
		heard[i] = e.pcm
	}
	if err != nil {
		errs, _ := os.ReadFile(filepath.Join(dir, "errors.log"))
		t.Fatalf("sipp: %v\n%s\n%s", err, tail(string(out)), tail(string(errs)))
	}
	if got := statistic(t, filepath.Join(dir, "stat.csv"), "SuccessfulCall(C)"); got != fmt.Sprint(calls) {
		t.Errorf("sipp: %s of %d calls to %s succeeded", got, calls, number)
	}
	return heard
}

// statistic reads the last value of a column that sipp wrote.
func statistic(t *testing.T, path, column string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(b)), "\n")
	last := strings.Split(rows[len(rows)-1], ";")
	for i, name := range strings.Split(rows[0], ";") {
		if name == column && i < len(last) {
			return last[i]
		}
	}
	t.Fatalf("sipp counted no %s", column)
	return ""
}

// ended gives the calls that are over, as the API shows them.
func (l *line) ended() []call.Record {
	var over []call.Record
	for _, r := range l.calls() {
		if !r.Ended.IsZero() {
			over = append(over, r)
		}
	}
	return over
}

// isOver waits until a call is over, and gives its record, which the line writes when it has
// said goodbye already.
func (l *line) isOver() (r call.Record) {
	l.t.Helper()
	l.waitFor("the record of a call that is over", siptest.Patience, func() bool {
		over := l.ended()
		if len(over) > 0 {
			r = over[0]
		}
		return len(over) > 0
	})
	return r
}

func (l *line) goroutines() float64 {
	n, _ := l.metric("go_goroutines")
	return n
}

// isClean waits until nothing of any call is left, as /metrics shows it.
func (l *line) isClean() {
	l.t.Helper()
	for _, m := range leftovers {
		l.waitFor(m+" to be 0", 60*time.Second, func() bool {
			v, ok := l.metric(m)
			return ok && v == 0
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
	return string(out)
}
