package e2e

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callward/callward/internal/callgen"
	"github.com/callward/callward/internal/certs/certstest"
)

// load places calls to `echo` and gives the report once all have ended.
func (l *line) load(calls int, hold time.Duration, args ...string) <-chan callgen.LoadReport {
	l.t.Helper()
	reports := make(chan callgen.LoadReport, 1)
	all := append([]string{"load", "--json", "--rate", "50", "--calls", fmt.Sprint(calls), "--hold", hold.String()}, args...)
	cmd := exec.CommandContext(l.t.Context(), program(l.t, "callgen"), all...)
	go func() {
		var r callgen.LoadReport
		out, err := cmd.Output()
		if err == nil {
			err = json.Unmarshal(out, &r)
		}
		if err != nil {
			l.t.Errorf("load: %v\n%s", err, out)
		}
		reports <- r
	}()
	l.waitFor(fmt.Sprintf("%d calls at once", calls), 60*time.Second, func() bool {
		n, _ := l.metric("callward_sip_dialogs")
		return n == float64(calls)
	})
	return reports
}

// wholly checks that every call of a load was heard to its end.
func wholly(t *testing.T, r callgen.LoadReport, calls int) {
	t.Helper()
	if r.Completed != calls || r.Silent > 0 {
		t.Errorf("of %d calls: %+v", calls, r)
	}
}

// ask sends one request over UDP and gives the answer, from its first final line on.
func (l *line) ask(method string) string {
	l.t.Helper()
	c, err := net.Dial("udp", l.sip)
	if err != nil {
		l.t.Fatal(err)
	}
	defer c.Close()
	_, _ = fmt.Fprintf(c, "%[1]s sip:echo@%[2]s SIP/2.0\r\nVia: SIP/2.0/UDP %[3]s;branch=z9hG4bK%[1]s;rport\r\nMax-Forwards: 70\r\n"+
		"From: <sip:a@b.example>;tag=1\r\nTo: <sip:echo@%[2]s>\r\nCall-ID: %[1]s-%[3]s\r\nCSeq: 1 %[1]s\r\nContact: <sip:a@%[3]s>\r\nContent-Length: 0\r\n\r\n",
		method, l.sip, c.LocalAddr())
	buf := make([]byte, 4096)
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	for {
		n, err := c.Read(buf)
		if err != nil {
			l.t.Fatalf("%s is not answered: %v", method, err)
		}
		if answer := string(buf[:n]); !strings.HasPrefix(answer, "SIP/2.0 1") {
			return answer
		}
	}
}

// A server that is told to stop takes no more calls and cuts none.
func TestAStopCutsNoCall(t *testing.T) {
	t.Parallel()
	needs(t, "flite")
	const calls = 100
	l := startLine(t, "--drain-timeout", "40s", "--speech", "unix:/nonexistent/speech.sock")
	reports := l.load(calls, 10*time.Second, "--to", "sip:echo@"+l.sip)
	_ = l.cmd.Process.Signal(syscall.SIGTERM)
	for _, method := range []string{"OPTIONS", "INVITE"} {
		l.waitFor("503 to "+method, 30*time.Second, func() bool {
			answer := l.ask(method)
			return strings.HasPrefix(answer, "SIP/2.0 503 ") && strings.Contains(answer, "\r\nRetry-After: ")
		})
	}
	if n, _ := l.metric("callward_sip_dialogs"); n != calls {
		t.Errorf("%.0f calls are left while it drains", n)
	}
	wholly(t, <-reports, calls)
	ended := time.Now()
	select {
	case err := <-l.exit:
		l.exit <- nil // for stop
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
		t.Logf("it ended %s after the last call", time.Since(ended).Round(time.Millisecond))
	case <-time.After(30 * time.Second): //nolint:forbidigo // the test ends here
		t.Error("it does not end although nobody calls any more")
	}
}

// Certificates are replaced under live calls; one that is of no use is not taken.
func TestCertificatesAreReplacedUnderLiveCalls(t *testing.T) {
	t.Parallel()
	needs(t, "flite")
	const calls = 100
	ca := certstest.New(t)
	cert, key, first := ca.Issue("line", "127.0.0.1", time.Now().Add(time.Hour))
	secure := "127.0.0.1:" + freePort(t)
	l := startLine(t, "--sip", "tls:"+secure, "--tls-certificate", cert, "--tls-key", key, "--speech", "unix:/nonexistent/speech.sock")
	shown := func() *big.Int { return serial(t, ca.File, secure) }
	if got := shown(); got.Cmp(first) != 0 {
		t.Fatalf("serial %v, want %v", got, first)
	}
	reports := l.load(calls, 12*time.Second, "--to", "sip:echo@"+secure+";transport=tls", "--transport", "tls", "--tls-ca", ca.File)
	_, _, second := ca.Issue("line", "127.0.0.1", time.Now().Add(time.Hour))
	began := time.Now()
	l.waitFor("the new certificate", 30*time.Second, func() bool { return shown().Cmp(second) == 0 })
	t.Logf("the new certificate shows after %s", time.Since(began).Round(time.Millisecond))
	ca.Issue("line", "127.0.0.1", time.Now().Add(-time.Hour))
	l.waitFor("the expired one to be refused", 30*time.Second, func() bool { n, _ := l.metric("callward_tls_files_rejected_total"); return n >= 1 })
	if got := shown(); got.Cmp(second) != 0 {
		t.Errorf("serial %v, want still %v", got, second)
	}
	wholly(t, <-reports, calls)
	l.isClean()
}

// serial is that of the certificate that a server shows.
func serial(t *testing.T, ca, at string) *big.Int {
	t.Helper()
	pem, err := os.ReadFile(filepath.Clean(ca))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	c, err := tls.Dial("tcp", at, &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}) //nolint:noctx // within a machine
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].SerialNumber
}
