package e2e

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/sip/siptest"
)

// kamailioConfig is a proxy that asks to stay in the path of each call
// (Record-Route), and tells of every request that it passes on.
const kamailioConfig = `#!KAMAILIO
debug=2
log_stderror=yes
children=2
tcp_children=2
auto_aliases=no
dns=no
rev_dns=no
disable_tls=yes
listen=udp:%[1]s
listen=tcp:%[1]s
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "xlog.so"
loadmodule "siputils.so"
loadmodule "textops.so"

request_route {
	if (!mf_process_maxfwd_header("10")) {
		sl_send_reply("483", "Too Many Hops");
		exit;
	}
	if (is_method("CANCEL")) {
		if (t_check_trans()) t_relay();
		exit;
	}
	t_check_trans();
	if (has_totag()) {
		# Within a call only the route leads on: who does not keep it gets no further.
		if (loose_route()) {
			t_relay();
			exit;
		}
		xlog("L_NOTICE", "astray $rm from $proto:$sp\n");
		if (!is_method("ACK")) sl_send_reply("404", "No Route");
		exit;
	}
	record_route();
	$ru = "sip:" + $rU + "@%[2]s;transport=%[3]s";
	if (!t_relay()) sl_reply_error();
}

onsend_route {
	$var(to) = "udp";
	if ($sndto(proto) == 2) $var(to) = "tcp";
	xlog("L_NOTICE", "relayed $rm $cs from $proto:$sp to $var(to):$sndto(port) by [$(hdr(Route)[*])]\n");
}
`

// A proxy is a Kamailio between callers and a line.
type proxy struct {
	at   string // host:port, over UDP and TCP
	line string // transport:port by which it and the line speak
	log  *buffer
}

// startProxy starts a Kamailio that speaks with the line over a transport.
func startProxy(t *testing.T, l *line, transport string) *proxy {
	t.Helper()
	needs(t, "kamailio")
	_, port, _ := net.SplitHostPort(l.sip)
	p := &proxy{at: "127.0.0.1:" + freePort(t), line: transport + ":" + port, log: &buffer{}}
	dir := shortDir(t) // for its socket
	config := filepath.Join(dir, "kamailio.cfg")
	write(t, config, fmt.Sprintf(kamailioConfig, p.at, l.sip, transport))
	// -DD: in the foreground; -m and -M: MB of memory, shared and of each process.
	cmd := exec.Command("kamailio", "-f", config, "-DD", "-E", "-m", "16", "-M", "4", "-Y", dir, "-w", dir)
	cmd.Stdout, cmd.Stderr = p.log, p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} // so that its children end too
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Signal(os.Interrupt); <-ended })
	l.waitFor("Kamailio to listen", 30*time.Second, func() bool {
		select {
		case <-ended:
			t.Fatalf("Kamailio ended:\n%s", tail(p.log.String()))
		default:
		}
		c, err := net.Dial("tcp", p.at)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return p
}

// A passing is a request that a proxy passed on.
type passing struct {
	number   string // of its CSeq
	from, to string // transport:port
	routes   int    // that it came with
}

var relayed = regexp.MustCompile(`relayed (\w+) (\d+) from (\w+:\d+) to (\w+:\d+) by \[(.*)\]`)

// passed gives the requests of a method, in order.
func (p *proxy) passed(method string) []passing {
	var all []passing
	for _, m := range relayed.FindAllStringSubmatch(p.log.String(), -1) {
		if m[1] == method {
			all = append(all, passing{m[2], m[3], m[4], strings.Count(m[5], "<sip:")})
		}
	}
	return all
}

// last gives the number of the last request of a method, or nothing.
func (p *proxy) last(method string) string {
	all := p.passed(method)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1].number
}

// expect fails unless requests of the method passed, each with as many routes,
// from the line or to it.
func (p *proxy) expect(t *testing.T, method string, fromLine bool, caller string, routes int) {
	t.Helper()
	goes := func(r passing) bool { return fromLine && r.from == p.line || !fromLine && r.to == p.line }
	for end := time.Now().Add(siptest.Patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if slices.ContainsFunc(p.passed(method), goes) {
			break // a proxy logs a request once it has sent it
		}
	}
	found := 0
	for _, r := range p.passed(method) {
		if !goes(r) {
			continue // the other way
		}
		found++
		from := r.from
		if fromLine {
			from = r.to
		}
		if r.routes != routes || !strings.HasPrefix(from, caller+":") {
			t.Errorf("%s passed as %+v; want %d routes, %s on the caller's side", method, r, routes, caller)
		}
	}
	if found == 0 {
		t.Errorf("no %s passed between %s and the caller, from the line: %v\n%s", method, p.line, fromLine, tail(p.log.String()))
	}
	if strings.Contains(p.log.String(), "astray") {
		t.Errorf("a request did not keep the route:\n%s", tail(p.log.String()))
	}
}

// expectOffers fails unless after the first INVITE so many others passed, each
// with as many routes.
func (p *proxy) expectOffers(t *testing.T, n, routes int) {
	t.Helper()
	all := p.passed("INVITE")
	if len(all) != n+1 {
		t.Errorf("%d INVITE passed, want %d: %+v", len(all), n+1, all)
	}
	for i, r := range all {
		if i > 0 && r.routes != routes {
			t.Errorf("an offer within the call passed as %+v, want %d routes", r, routes)
		}
	}
}

// sides are the transports on both sides of a proxy. Where they differ, it enters
// its address twice, once for each side.
var sides = []struct {
	caller, line string
	routes       int
}{{"udp", "udp", 1}, {"tcp", "tcp", 1}, {"tcp", "udp", 2}}

// A call through a proxy is heard both ways, and its ACK and BYE go by the
// proxy, whoever hangs up.
func TestCallsThroughAProxyAreHeardAndKeepTheRoute(t *testing.T) {
	t.Parallel()
	needs(t, "kamailio", "sox", "flite")
	l := startLine(t).ready()
	t.Cleanup(l.isClean) // once all of them have ended
	for _, s := range sides {
		t.Run(s.caller+" to "+s.line, func(t *testing.T) {
			t.Parallel()
			p := startProxy(t, l, s.line)
			echoThrough(t, l, p, s.caller)
			p.expect(t, "INVITE", false, s.caller, 0)
			p.expect(t, "ACK", false, s.caller, s.routes)
			p.expect(t, "BYE", false, s.caller, s.routes)
			goodbyeThrough(t, l, p, s.caller)
			p.expect(t, "BYE", true, s.caller, s.routes)
		})
	}
}

// tone writes a tone of 16-bit sound to a file.
func tone(t *testing.T, path string, d time.Duration) {
	t.Helper()
	run(t, "sox", "-n", "-r", "8000", "-c", "1", "-b", "16", path, "synth", fmt.Sprint(d.Seconds()), "sine", "500", "vol", "0.3")
}

// echoThrough hears its own tone again, and hangs up.
func echoThrough(t *testing.T, l *line, p *proxy, transport string) {
	t.Helper()
	dir := t.TempDir()
	said, heard := filepath.Join(dir, "said.wav"), filepath.Join(dir, "heard.wav")
	tone(t, said, 2*time.Second)
	v := l.call(t.Context(), "echo", "--to", "sip:echo@"+p.at, "--transport", transport, "--api", "",
		"--wav", said, "--no-wait", "--hangup-after", "1s", "--timeout", "30s", "--record", heard)
	if v.code != 0 {
		t.Fatalf("callgen: %d\n%s", v.code, v.story())
	}
	loud := loudness(readWAV(t, heard))
	t.Logf("the echo has loudness %.0f", loud)
	if loud < 200 {
		t.Errorf("the echo has loudness %.0f", loud)
	}
}

// goodbyeThrough says goodbye, and waits for the bot to hang up.
func goodbyeThrough(t *testing.T, l *line, p *proxy, transport string) {
	t.Helper()
	heard := filepath.Join(t.TempDir(), "heard.wav")
	v := l.call(t.Context(), "line-en", "--to", "sip:line-en@"+p.at, "--transport", transport,
		"--lang", "en", "--say", "goodbye", "--hangup-after", "40s", "--record", heard)
	ended := v.all(call.KindEnded)
	if len(ended) != 1 || ended[0].Reason != string(call.CauseDone) {
		t.Errorf("the bot did not hang up: %+v\n%s", ended, v.story())
	}
	loud := loudness(readWAV(t, heard))
	t.Logf("the bot has loudness %.0f", loud)
	if loud < 200 {
		t.Errorf("the bot has loudness %.0f", loud)
	}
}

// sippHold is a caller who holds the call and takes it back, and is hung up on. It
// learns its route from the answer, as any phone does.
const sippHold = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="hold through a proxy">
  <send retrans="500"><![CDATA[
    INVITE sip:echo@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]t[call_number]
    To: <sip:echo@[remote_ip]:[remote_port]>
    Call-ID: [call_id]
    CSeq: 1 INVITE
    Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
    Max-Forwards: 70
    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=sipp 1 1 IN IP4 [local_ip]
    s=-
    c=IN IP4 [local_ip]
    t=0 0
    m=audio [media_port] RTP/AVP 8
    a=rtpmap:8 PCMA/8000
  ]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200" rrs="true"/>
  <send>{ack 1}</send>
  <pause milliseconds="200"/>
  <send retrans="500">{offer 2 sendonly}</send>
  <recv response="100" optional="true"/>
  <recv response="200"><action><ereg regexp="a=recvonly" search_in="body" check_it="true" assign_to="held"/></action></recv>
  <send>{ack 2}</send>
  <pause milliseconds="200"/>
  <send retrans="500">{offer 3 sendrecv}</send>
  <recv response="100" optional="true"/>
  <recv response="200"><action><ereg regexp="a=sendrecv" search_in="body" check_it="true" assign_to="back"/></action></recv>
  <send>{ack 3}</send>
  <recv request="BYE"/>
  <send><![CDATA[
    SIP/2.0 200 OK
    [last_Via:]
    [last_From:]
    [last_To:]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>
  <Reference variables="held,back"/>
</scenario>
`

// Requests within sipp's call, by their number and, for an offer, its direction.
const (
	sippWithin = `<![CDATA[
    %[2]s [next_url] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    [routes]
    From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]t[call_number]
    To: <sip:echo@[remote_ip]:[remote_port]>[peer_tag_param]
    Call-ID: [call_id]
    CSeq: %[1]s %[2]s
    Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>
    Max-Forwards: 70
`
	sippOffer = `    Content-Type: application/sdp
    Content-Length: [len]

    v=0
    o=sipp 1 %[1]s IN IP4 [local_ip]
    s=-
    c=IN IP4 [local_ip]
    t=0 0
    m=audio [media_port] RTP/AVP 8
    a=rtpmap:8 PCMA/8000
    a=%[2]s
  ]]>`
	sippNoBody = `    Content-Length: 0

  ]]>`
)

// sippHoldScenario fills in the requests within the call.
func sippHoldScenario() string {
	return regexp.MustCompile(`\{(ack|offer) (\d) ?(\w*)\}`).ReplaceAllStringFunc(sippHold, func(s string) string {
		f := strings.Fields(strings.Trim(s, "{}"))
		if f[0] == "ack" {
			return fmt.Sprintf(sippWithin, f[1], "ACK") + sippNoBody
		}
		return fmt.Sprintf(sippWithin, f[1], "INVITE") + fmt.Sprintf(sippOffer, f[1], f[2])
	})
}

// A hold goes by the route, and so does the BYE of a line that stops: the offers
// within the call must not have changed what the line knows of it.
func TestAHoldThroughAProxyKeepsTheRoute(t *testing.T) {
	t.Parallel()
	needs(t, "kamailio", "sipp")
	for _, s := range sides {
		t.Run(s.caller+" to "+s.line, func(t *testing.T) {
			l := startLine(t, "--speech", "unix:/nonexistent/speech.sock", "--drain-timeout", "0s")
			p := startProxy(t, l, s.line)
			ended := sippHolds(t, p, s.caller)
			l.waitFor("sipp to take the call back", 30*time.Second, func() bool {
				return p.last("ACK") == "3" || len(ended) > 0
			})
			l.stop()
			if failure := <-ended; failure != "" {
				t.Fatalf("%s\n%s", failure, tail(p.log.String()))
			}
			p.expectOffers(t, 2, s.routes)
			p.expect(t, "ACK", false, s.caller, s.routes)
			p.expect(t, "BYE", true, s.caller, s.routes)
		})
	}
}

// sippHolds places the call of sippHold. What comes at its end is empty if all
// went well.
func sippHolds(t *testing.T, p *proxy, transport string) <-chan string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "hold.xml"), sippHoldScenario())
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "sipp", p.at, "-sf", "hold.xml", "-t", transport[:1]+"1", "-i", "127.0.0.1",
		"-p", freePort(t), "-mp", freePort(t), "-m", "1", "-timeout", "30s", "-trace_err", "-error_file", "errors.log")
	cmd.Dir = dir
	ended := make(chan string, 1)
	go func() {
		out, err := cmd.CombinedOutput()
		if err == nil {
			ended <- ""
			return
		}
		errs, _ := os.ReadFile(filepath.Join(dir, "errors.log"))
		ended <- fmt.Sprintf("sipp: %v\n%s\n%s", err, tail(string(out)), tail(string(errs)))
	}()
	return ended
}
