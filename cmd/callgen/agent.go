package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/callgen"
)

func agentCommand() *cobra.Command {
	var o callgen.AgentOptions
	var voiceName, language, socket string
	var asJSON bool
	c := &cobra.Command{
		Use:   "agent",
		Short: "Be an agent's telephone: register, answer, talk",
		Long: "agent registers with digest authentication and answers calls, one at a time, until\n" +
			"it is stopped; then it takes its registration back.",
		Example: "  callgen agent --register 127.0.0.1:5060 --user agent1 --password secret\n" +
			"  callgen agent --register 127.0.0.1:5060 --user agent1 --password env:AGENT_PASSWORD --refuse\n" +
			"  callgen agent --register 127.0.0.1:5060 --user agent1 --password secret --say \"Hello, this is Ann\"",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if o.User == "" {
				return errors.New("--user is missing")
			}
			if o.Voice, err = chosenVoice(voiceName, language); err != nil {
				return err
			}
			if o.Password, err = secret(o.Password); err != nil {
				return err
			}
			if socket == "" {
				socket = os.Getenv(callgen.TellEnv)
			}
			show, end, err := alsoTold(c.Context(), socket, shower(asJSON))
			if err != nil {
				return failed(err)
			}
			return failed(errors.Join(callgen.Agent(c.Context(), o, show), end()))
		},
	}
	f := c.Flags()
	f.StringVar(&o.Register, "register", "127.0.0.1:5060", "where to register, host:port")
	f.StringVar(&o.User, "user", "", "user to register")
	f.StringVar(&o.Password, "password", "", "password, or file:PATH, or env:NAME")
	f.DurationVar(&o.AnswerAfter, "answer-after", time.Second, "let it ring for so long")
	f.StringVar(&o.Greeting, "say", "Hello, you are through to an agent. How can I help you?", "greeting")
	f.StringArrayVar(&o.Phrases, "then", []string{"I see.", "Let me look at that for you.", "One moment, please."},
		"phrase to speak now and then; may be repeated")
	f.StringVar(&voiceName, "voice", "flite:rms", "voice of the agent")
	f.StringVar(&language, "lang", "en", "language of the agent, if --voice is empty")
	f.BoolVar(&o.Refuse, "refuse", false, "refuse every call as busy")
	f.BoolVar(&o.NoAnswer, "no-answer", false, "let every call ring")
	c.MarkFlagsMutuallyExclusive("refuse", "no-answer")
	f.BoolVar(&asJSON, "json", false, "write one event a line, as JSON")
	f.StringVar(&socket, "tell", "", "unix socket to tell the events to as well, as JSON ["+callgen.TellEnv+"]")
	phoneFlags(f, &o.Transport, &o.Ports)
	return c
}

// alsoTold shows entries and tells them at a socket, if there is one.
func alsoTold(ctx context.Context, socket string, show func(call.Entry)) (both func(call.Entry), end func() error, err error) {
	if socket == "" {
		return show, func() error { return nil }, nil
	}
	tell, end, err := callgen.TellTo(ctx, socket)
	if err != nil {
		return nil, nil, err
	}
	return func(e call.Entry) { show(e); tell(e) }, end, nil
}
