package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/callward/callward/internal/fake"
)

const aboutFakeHook = `webhook is a system that assistants' webhooks may ask, and that may be told of events. It
says what it got, a line of JSON each, and whether the signature is good (Standard Webhooks).
It speaks TLS by a certificate of its own making, whose authority it writes to a file for
"ca" of the host in webhooks.allow, where allow_private must be true too.`

// fakeHookFlags are those of `callward fake webhook`.
type fakeHookFlags struct {
	fakeFlags

	secret, answer, ca string
	plain              bool
}

func fakeHookCommand() *cobra.Command {
	f := &fakeHookFlags{}
	c := &cobra.Command{
		Use:   string(fake.Webhook),
		Short: "Take webhooks, and say what they hold",
		Long:  aboutFakeHook,
		Example: "  callward fake webhook --ca fake-ca.pem --secret file:crm.secret\n" +
			"  callward fake webhook --fault unavailable:after=10s,for=30s\n" +
			"  callward fake webhook --answer order.json --fault stall:for=5s --calm\n" +
			"  callward fake webhook --list",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.list {
				return listFaults(c.OutOrStdout(), fake.Webhook)
			}
			return serveFakeHook(c, f)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.listen, "listen", "tcp:127.0.0.1:7443", "where to listen: tcp:HOST:PORT")
	flags.StringVar(&f.secret, "secret", "", "what messages must be signed with, as file:PATH or env:NAME; without it nothing is looked at")
	flags.StringVar(&f.answer, "answer", "", "a `FILE` of JSON that is answered (default {})")
	flags.StringVar(&f.ca, "ca", "", "the `FILE` to write the authority of its certificate to (PEM)")
	flags.BoolVar(&f.plain, "plain", false, "no TLS, as behind a proxy that has it")
	flags.StringArrayVar(&f.faults, "fault", nil, "a fault, `NAME[:after=TIME,for=TIME]`, times from the start; may be repeated")
	flags.StringVar(&f.faultFile, "faults", "", "a YAML `FILE` of faults")
	flags.BoolVar(&f.calm, "calm", false, "faults begin with SIGUSR1 and end with SIGUSR2")
	flags.BoolVar(&f.list, "list", false, "name the faults and serve nothing")
	return c
}

func serveFakeHook(c *cobra.Command, f *fakeHookFlags) error {
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	h, err := f.hook(c)
	if err != nil {
		return err
	}
	l, err := listenFake(ctx, f.listen)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	if !f.plain {
		if l, err = f.sealed(l); err != nil {
			return err
		}
	}
	defer onSignals(h)()
	fmt.Fprintf(c.ErrOrStderr(), "callward fake webhook listens on %s\n", l.Addr())
	return h.Serve(ctx, l)
}

// hook reads what the flags name.
func (f *fakeHookFlags) hook(c *cobra.Command) (*fake.Hook, error) {
	faults, err := f.read(fake.Webhook)
	if err != nil {
		return nil, err
	}
	h := &fake.Hook{Faults: faults, Calm: f.calm, Out: c.OutOrStdout()}
	if h.Secret, err = secretOf(f.secret); err != nil {
		return nil, err
	}
	if f.answer != "" {
		if h.Answer, err = os.ReadFile(f.answer); err != nil {
			return nil, fmt.Errorf("--answer: %w", err)
		}
	}
	return h, nil
}

// secretOf reads a secret from where it is kept: arguments are for all to see.
func secretOf(ref string) (string, error) {
	if path, ok := strings.CutPrefix(ref, "file:"); ok {
		b, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			return "", fmt.Errorf("--secret: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	if name, ok := strings.CutPrefix(ref, "env:"); ok {
		return os.Getenv(name), nil
	}
	if ref != "" {
		return "", errors.New("--secret: write it as file:PATH or env:NAME; arguments are for all to see")
	}
	return "", nil
}

// sealed puts TLS before what listens.
func (f *fakeHookFlags) sealed(l net.Listener) (net.Listener, error) {
	host, _, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		host = "localhost"
	}
	cert, authority, err := fake.SelfSigned(host, "localhost", "127.0.0.1", "::1")
	if err != nil {
		return nil, err
	}
	if f.ca != "" {
		if err := os.WriteFile(f.ca, authority, 0o644); err != nil { //nolint:gosec // a certificate is public
			return nil, fmt.Errorf("--ca: %w", err)
		}
	}
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}), nil
}
