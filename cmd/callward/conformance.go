package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/callward/callward/internal/callgen/wav"
	"github.com/callward/callward/internal/conformance"
)

// Exit codes of `callward conformance`, beside 0.
const (
	exitFailed      = 1
	exitUnreachable = 2
	exitNoVerdict   = 3 // a flag or a file is wrong, or this machine was too busy to tell
)

// An exitError ends the program with a code of its own.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// noVerdict gives an error of a command line its exit code: that of a fault of the engine
// would accuse it.
func noVerdict(err error) error {
	if _, ok := errors.AsType[*exitError](err); ok || err == nil {
		return err
	}
	return &exitError{exitNoVerdict, err}
}

// conformanceFlags are those of `callward conformance`.
type conformanceFlags struct {
	languages, only, audio []string
	timeout                time.Duration
	json, junit            string
	ca, cert, key, server  string
	token, tokenFile       string
	secure, list           bool
}

func conformanceCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "conformance",
		Short: "Check that an engine keeps its contract",
		Long: "conformance talks with an engine over gRPC, in real time, and says which of the checks\n" +
			"of its contract it passes. Exit code 0 if all that MUST pass do, 1 if one does not, 2 if\n" +
			"nobody answers, 3 if there is no verdict: a flag is wrong, or this machine was too busy\n" +
			"to tell. It brings its own audio, in English and French.",
		Example: "  callward conformance asr 127.0.0.1:7070\n  callward conformance tts unix:/run/tts.sock --junit report.xml",
		Args:    func(c *cobra.Command, args []string) error { return noVerdict(cobra.NoArgs(c, args)) },
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return noVerdict(err) })
	c.AddCommand(
		conformanceOf(conformance.ASR, "recognizer", "callward.asr.v1"),
		conformanceOf(conformance.TTS, "synthesizer", "callward.tts.v1"),
		conformanceOf(conformance.Dialog, "service that understands callers", "callward.dialog.v1"),
		conformanceOf(conformance.Payment, "tokeniser, its sandbox", "callward.payment.v1"))
	return c
}

func conformanceOf(s conformance.Service, what, contract string) *cobra.Command {
	f := &conformanceFlags{}
	name := "  callward conformance " + string(s)
	c := &cobra.Command{
		Use:   string(s) + " HOST:PORT|unix:PATH",
		Short: "Check a " + what + " (" + contract + ")",
		Example: name + " 127.0.0.1:7070\n" + name + " unix:/run/engine.sock --lang fr,en --json report.json\n" +
			name + " engine.example:443 --ca ca.pem --token-file token --junit -\n" + name + " --list",
		Args: func(c *cobra.Command, args []string) error {
			if f.list {
				return nil
			}
			return noVerdict(cobra.ExactArgs(1)(c, args))
		},
		RunE: func(c *cobra.Command, args []string) error {
			if f.list {
				return listChecks(c.OutOrStdout(), s)
			}
			return noVerdict(conform(c, s, args[0], f))
		},
	}
	flags := c.Flags()
	flags.StringSliceVar(&f.languages, "lang", nil, "languages to check (default: those of en and fr that the engine claims)")
	flags.StringSliceVar(&f.only, "only", nil, "ids of the checks to run (default: all)")
	flags.BoolVar(&f.list, "list", false, "name the checks and run none")
	flags.DurationVar(&f.timeout, "timeout", conformance.DefaultTimeout, "how long a check waits for an answer")
	flags.StringVar(&f.json, "json", "", "write the report as JSON to a `FILE`, - for standard output")
	flags.StringVar(&f.junit, "junit", "", "write the report as JUnit XML to a `FILE`, - for standard output")
	flags.BoolVar(&f.secure, "tls", false, "TLS, with the authorities that this machine trusts; the flags below imply it")
	flags.StringVar(&f.ca, "ca", "", "TLS: a `FILE` of certificates that sign the engine's")
	flags.StringVar(&f.cert, "cert", "", "TLS: a `FILE` with our certificate, for engines that ask for one")
	flags.StringVar(&f.key, "key", "", "TLS: a `FILE` with its key")
	flags.StringVar(&f.server, "server-name", "", "TLS: the name on the engine's certificate (default: its host)")
	flags.StringVar(&f.token, "token", "", "sent with each request as authorization: Bearer `TOKEN`; others on this machine may read the command line")
	flags.StringVar(&f.tokenFile, "token-file", "", "a `FILE` with the token")
	if s == conformance.ASR {
		flags.StringArrayVar(&f.audio, "audio", nil, "a clear utterance of your own, `LANGUAGE=WAV`, at 8 kHz; may be repeated")
	}
	return c
}

func listChecks(w io.Writer, s conformance.Service) error {
	for _, k := range conformance.Checks(s) {
		fmt.Fprintf(w, "%-6s  %-26s  %s (%s)\n", k.Level, k.ID, k.Means, k.Spec)
	}
	return nil
}

func conform(c *cobra.Command, s conformance.Service, address string, f *conformanceFlags) error {
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := conformance.Options{Service: s, Address: address, Languages: f.languages, Timeout: f.timeout, Only: f.only}
	var err error
	if o.TLS, err = f.tls(); err != nil {
		return err
	}
	if o.Token, err = f.bearer(); err != nil {
		return err
	}
	if o.Audio, err = ownAudio(f.audio); err != nil {
		return err
	}
	table := c.OutOrStdout()
	if f.json == "-" || f.junit == "-" {
		table = c.ErrOrStderr()
	}
	o.Tell = func(r conformance.Result) { fmt.Fprintln(table, r.Line()) }
	report, err := conformance.Run(ctx, o)
	if errors.Is(err, conformance.ErrUnreachable) {
		return &exitError{exitUnreachable, err}
	}
	if errors.Is(err, conformance.ErrInsecure) {
		return fmt.Errorf("--token or --token-file: %w", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprint(table, report.Summary())
	if err := errors.Join(
		toFile(c.OutOrStdout(), f.json, report.WriteJSON),
		toFile(c.OutOrStdout(), f.junit, report.WriteJUnit)); err != nil {
		return err
	}
	if !report.Told() {
		return &exitError{exitNoVerdict, errors.New("a check that MUST pass could not be told")}
	}
	if !report.Conforms() {
		return &exitError{exitFailed, errors.New("a check failed that MUST pass")}
	}
	return nil
}

// tls is nil if no flag asks for it.
func (f *conformanceFlags) tls() (*tls.Config, error) {
	if !f.secure && f.ca == "" && f.cert == "" && f.key == "" && f.server == "" {
		return nil, nil //nolint:nilnil // no TLS is a choice
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: f.server}
	if f.ca != "" {
		pem, err := os.ReadFile(f.ca)
		if err != nil {
			return nil, fmt.Errorf("--ca: %w", err)
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("--ca %s: no certificate in it", f.ca)
		}
	}
	if f.cert != "" || f.key != "" {
		own, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err != nil {
			return nil, fmt.Errorf("--cert and --key: %w", err)
		}
		t.Certificates = []tls.Certificate{own}
	}
	return t, nil
}

// bearer is the token, empty if there is none.
func (f *conformanceFlags) bearer() (string, error) {
	if f.tokenFile == "" {
		return f.token, nil
	}
	if f.token != "" {
		return "", errors.New("--token and --token-file: give one of them")
	}
	data, err := os.ReadFile(f.tokenFile)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("--token-file %s: want one token, of one line", f.tokenFile)
	}
	return token, nil
}

// ownAudio reads LANGUAGE=WAV flags.
func ownAudio(values []string) (map[string][]int16, error) {
	out := map[string][]int16{}
	for _, v := range values {
		language, path, ok := strings.Cut(v, "=")
		if !ok || language == "" {
			return nil, fmt.Errorf("--audio %q: want LANGUAGE=WAV", v)
		}
		file, err := os.Open(path) //nolint:gosec // the user names it
		if err != nil {
			return nil, fmt.Errorf("--audio: %w", err)
		}
		sound, err := wav.Read(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, fmt.Errorf("--audio %s: %w", path, err)
		}
		if sound.Rate != 8000 || len(sound.PCM) == 0 {
			return nil, fmt.Errorf("--audio %s: want audio at 8000 Hz, it has %d", path, sound.Rate)
		}
		out[language] = sound.PCM
	}
	return out, nil
}

// toFile writes where a flag says, if it says something.
func toFile(out io.Writer, path string, write func(io.Writer) error) error {
	switch path {
	case "":
		return nil
	case "-":
		return write(out)
	}
	f, err := os.Create(path) //nolint:gosec // the user names it
	if err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return errors.Join(write(f), f.Close())
}
