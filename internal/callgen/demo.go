package callgen

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// TellEnv names the variable that has an agent's telephone tell its events to a
// unix socket.
const TellEnv = "CALLGEN_TELL"

// DemoOptions says what to show, and where.
type DemoOptions struct {
	Callward  string        // the server's program
	SIP, HTTP string        // host:port of the server; another port is taken if it is not free
	RTP       string        // FIRST-LAST of the server; empty: its default
	Ports     Ports         // of the caller
	Timeout   time.Duration // for all of it
	Colours   bool
}

// Demo starts a server, places the showcase call and stops the server. It
// writes what happens, and at the end what was observed, to out. The error
// names what was not. Whatever happens, the server is gone when it returns.
func Demo(ctx context.Context, o DemoOptions, out io.Writer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, o.Timeout, fmt.Errorf("it took longer than %s", o.Timeout))
	defer cancel()
	began := time.Now()
	if err := o.choosePorts(ctx, out); err != nil {
		return err
	}
	s := newShowcase(ShowText(out, o.Colours))
	phones, err := listenTold(ctx, s.show)
	if err != nil {
		return err
	}
	defer phones.close()
	l, err := startDemoLine(o, TellEnv+"="+phones.socket)
	if err != nil {
		return err
	}
	err = play(ctx, o, l, s, began)
	s.saw(goalStopped, "exit code 0 after SIGINT", l.stop())
	s.hidden(l.printed.text())
	total := time.Since(began)
	if total > o.Timeout {
		s.saw(goalInTime, "", fmt.Errorf("%.1f s, not %s", total.Seconds(), o.Timeout))
	} else {
		s.saw(goalInTime, fmt.Sprintf("%.1f s of %s, the server's start and end included", total.Seconds(), o.Timeout), nil)
	}
	if unseen := checklist(out, s, began, o.Colours); unseen != nil {
		fmt.Fprintf(out, "\nWhat the server printed:\n%s", l.printed.text())
		err = errors.Join(err, unseen)
	}
	return err
}

// choosePorts takes those that are wanted, or free ones, and says so.
func (o *DemoOptions) choosePorts(ctx context.Context, out io.Writer) error {
	for _, a := range []struct {
		name    string
		address *string
	}{{"SIP", &o.SIP}, {"HTTP", &o.HTTP}} {
		got, err := freeAddress(ctx, *a.address)
		if err != nil {
			return err
		}
		if got != *a.address {
			fmt.Fprintf(out, "%s is taken: %s is at %s for the demo\n", *a.address, a.name, got)
			*a.address = got
		}
	}
	return nil
}

// play waits for the server, places the call and sees that nothing is left.
func play(ctx context.Context, o DemoOptions, l *demoLine, s *showcase, began time.Time) error {
	if err := s.learn(ctx); err != nil {
		return err
	}
	if err := l.ready(ctx); err != nil {
		s.saw(goalReady, "", err)
		return nil // the checklist tells
	}
	s.saw(goalReady, fmt.Sprintf("/readyz after %.1f s; SIP %s, HTTP %s", time.Since(began).Seconds(), l.sip, l.http), nil)
	err := Call(ctx, CallOptions{
		To: "sip:line-en@" + l.sip, Language: "en", From: "demo-caller",
		API: "http://" + l.http, Timeout: o.Timeout, WaitAgent: 30 * time.Second, Ports: o.Ports, guide: s,
	}, s.show)
	figures, notYet := l.rest(ctx)
	s.saw(goalRest, figures, notYet)
	return err
}

// checklist writes what was observed. The error names what was not.
func checklist(out io.Writer, s *showcase, began time.Time, colours bool) error {
	paint := &story{colours: colours}
	fmt.Fprintln(out, "\nObserved, in seconds from the start:")
	unseen := s.report(func(ok bool, at time.Time, what, evidence string) {
		mark, colour, when := "✗", bold, "     -"
		if ok {
			mark, colour, when = "✓", green, fmt.Sprintf("%6.1f", max(0, at.Sub(began).Seconds()))
		}
		fmt.Fprintf(out, "%s %s  %-44s %s\n", paint.paint(colour, mark), paint.paint(dim, when), what, evidence)
	})
	if len(unseen) > 0 {
		return fmt.Errorf("the demo did not show: %s", strings.Join(unseen, "; "))
	}
	return nil
}
