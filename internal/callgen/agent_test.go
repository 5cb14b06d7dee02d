package callgen

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/media"
	"github.com/callward/callward/sip"
)

func startAgent(t *testing.T, l *testLine, change func(*AgentOptions)) (log *shown, stop func() error) {
	t.Helper()
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("SKIPPED: espeak-ng is not installed: run deploy/setup.sh")
	}
	v, err := voice.Parse("espeak:en")
	if err != nil {
		t.Fatal(err)
	}
	o := AgentOptions{
		Register: l.phone.address.String(), Transport: Transport{Network: l.phone.network, CA: l.ca}, User: "agent1", Password: "secret",
		Greeting: "Hello", Phrases: []string{"I see"}, Voice: v,
	}
	if change != nil {
		change(&o)
	}
	log = newShown()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Agent(ctx, o, log.show) }()
	stop = func() error {
		cancel()
		err := <-ended
		ended <- err
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return log, stop
}

func agents(user string) (string, bool) { return "secret", user == "agent1" }

// dialAgent calls the agent from the line, who may take so long to answer.
func dialAgent(t *testing.T, l *testLine, within time.Duration) (*sip.Leg, *media.Session, error) {
	t.Helper()
	contact, ok := l.phone.sip.Locate("agent1")
	if !ok {
		t.Fatal("the agent is not registered")
	}
	session, err := l.phone.media.Open(media.Options{Confidential: l.phone.network == "tls"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	offer, err := session.Offer()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	leg, err := l.phone.sip.Dial(ctx, sip.Invite{
		To: contact, SDP: offer, Headers: map[string]string{callHeader: "call-7"},
	}, nil)
	if err == nil {
		err = session.SetAnswer(leg.Remote())
	}
	return leg, session, err
}

func TestAnAgentRegistersAnswersHearsAndSpeaks(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "tcp", "tls"} {
		t.Run(network, func(t *testing.T) {
			l := newLine(t, network, agents)
			log, stop := startAgent(t, l, nil)
			log.wait(t, KindRegistered)
			leg, session, err := dialAgent(t, l, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			ear := newEar(false)
			session.Hear(ear)
			session.Play(media.NewTone(700, 0))
			log.wait(t, KindAnswered)
			log.wait(t, KindHears)
			deadline := time.Now().Add(30 * time.Second)
			for heard, _ := ear.state(); heard < 200*time.Millisecond && time.Now().Before(deadline); heard, _ = ear.state() {
				time.Sleep(10 * time.Millisecond)
			}
			if heard, _ := ear.state(); heard < 200*time.Millisecond {
				t.Error("the agent says nothing")
			}
			if st := session.Stats(); st.Sealed != (network == "tls") || st.Forged > 0 {
				t.Errorf("the line's sound is protected: %v; of what came, %d packets were not", st.Sealed, st.Forged)
			}
			_ = leg.Hangup(t.Context(), sip.Normal)
			log.wait(t, KindHungUp)
			if e := log.last(); e.Call != "call-7" || e.Samples == 0 {
				t.Errorf("the end: %+v", e)
			}
			if err := stop(); err != nil {
				t.Errorf("stopped with %v", err)
			}
			if _, ok := l.phone.sip.Locate("agent1"); ok {
				t.Error("still registered after the end")
			}
		})
	}
}

func TestAnAgentWhoIsStoppedHangsUp(t *testing.T) {
	t.Parallel()
	l := newLine(t, "udp", agents)
	log, stop := startAgent(t, l, nil)
	log.wait(t, KindRegistered)
	leg, _, err := dialAgent(t, l, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	log.wait(t, KindAnswered)
	if err := stop(); err != nil {
		t.Error(err)
	}
	select {
	case <-leg.Done():
	case <-time.NewTimer(30 * time.Second).C:
		t.Error("the leg lives on")
	}
}

func TestAnAgentMayRefuseOrLetItRing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*AgentOptions)
		within time.Duration
		cause  sip.Cause
	}{
		"refuse":    {func(o *AgentOptions) { o.Refuse = true }, time.Minute, sip.Busy},
		"no answer": {func(o *AgentOptions) { o.NoAnswer = true }, 5 * time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLine(t, "udp", agents)
			log, _ := startAgent(t, l, c.change)
			log.wait(t, KindRegistered)
			_, _, err := dialAgent(t, l, c.within)
			var no *sip.Rejected
			if err == nil || errors.As(err, &no) != (c.cause != 0) || no != nil && no.Cause() != c.cause {
				t.Errorf("the call comes to %v", err)
			}
			log.wait(t, KindHungUp)
			if log.kinds()[KindAnswered] > 0 {
				t.Error("answered")
			}
		})
	}
}

func TestAWrongPasswordIsSaidInWords(t *testing.T) {
	t.Parallel()
	l := newLine(t, "udp", agents)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	err := Agent(ctx, AgentOptions{
		Register: l.phone.address.String(), User: "agent1", Password: "wrong", Refuse: true,
	}, func(call.Entry) {})
	if err == nil || !strings.Contains(err.Error(), "does not let agent1 register") {
		t.Errorf("ended with %v", err)
	}
}
