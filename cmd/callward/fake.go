package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/internal/fake"
)

// fakeFlags are those of `callward fake`.
type fakeFlags struct {
	listen, script, faultFile, ledger string
	faults                            []string
	coded, calm, list                 bool
	finalEvery                        time.Duration
}

func fakeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "fake",
		Short: "Be a speech engine for a rehearsal, faulty on demand",
		Long: "fake is an engine that keeps its contract, but for the faults that it is told to have.\n" +
			"It asks nobody who they are: let it listen on loopback.",
		Example: "  callward fake asr --script talk.txt\n  callward fake tts --fault stall:after=1s",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(fakeOf(fake.ASR), fakeOf(fake.TTS), fakeOf(fake.Dialog), fakeOf(fake.Payment), fakeHookCommand())
	return c
}

func fakeOf(s fake.Service) *cobra.Command {
	f := &fakeFlags{}
	name := "  callward fake " + string(s)
	short := map[fake.Service]string{fake.ASR: "Recognize by a script", fake.TTS: "Speak in tones", fake.Dialog: "Understand callers by their words", fake.Payment: "Give tokens for cards, of which the last four digits are kept"}[s]
	c := &cobra.Command{
		Use:   string(s),
		Short: short,
		Example: name + " --listen tcp:127.0.0.1:7071\n" + name + " --fault stall:after=2s,for=3s --fault no-end\n" +
			name + " --faults faults.yaml --calm\n" + name + " --list",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.list {
				return listFaults(c.OutOrStdout(), s)
			}
			return serveFake(c, s, f)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.listen, "listen", "tcp:127.0.0.1:7071", "where to listen: unix:PATH or tcp:HOST:PORT")
	flags.StringArrayVar(&f.faults, "fault", nil, "a fault, `NAME[:after=TIME,for=TIME,code=CODE]`; may be repeated")
	flags.StringVar(&f.faultFile, "faults", "", "a YAML `FILE` of faults")
	flags.BoolVar(&f.calm, "calm", false, "faults of streams begin with SIGUSR1 and end with SIGUSR2; those of connections befall what is open at SIGUSR1")
	flags.BoolVar(&f.list, "list", false, "name the faults and serve nothing")
	if s == fake.Dialog {
		flags.StringVar(&f.script, "script", "", "a `FILE` with a word and the intent it stands for a line")
	}
	if s == fake.ASR {
		flags.StringVar(&f.script, "script", "", "a `FILE` with an utterance a line, partials before it parted by |")
		flags.BoolVar(&f.coded, "coded", false, "understand coded audio and account for each frame of it; with --script: by the script")
		flags.DurationVar(&f.finalEvery, "final-every", 2*time.Second, "with --coded: the audio of an utterance")
		flags.StringVar(&f.ledger, "ledger", "-", "with --coded: the `FILE` for lines of JSON that say what was received")
	}
	return c
}

func listFaults(w io.Writer, s fake.Service) error {
	for _, k := range fake.Kinds(s) {
		breaks := ""
		if k.Breaks != "" {
			breaks = " (fails " + k.Breaks + ")"
		}
		fmt.Fprintf(w, "%-18s  %s%s\n", k.Name, k.Means, breaks)
	}
	return nil
}

func serveFake(c *cobra.Command, s fake.Service, f *fakeFlags) error {
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	faults, err := f.read(s)
	if err != nil {
		return err
	}
	e := fake.NewTTS(faults...)
	if s == fake.Payment {
		e = fake.NewPayment(faults...)
	}
	if s == fake.Dialog {
		if e, err = f.understanding(faults); err != nil {
			return err
		}
	}
	if s == fake.ASR {
		sum, asr, err := f.recognizer(c.OutOrStdout(), faults)
		if err != nil {
			return err
		}
		defer sum()
		e = asr
	}
	e.Calm = f.calm
	l, err := listenFake(ctx, f.listen)
	if err != nil {
		return err
	}
	defer onSignals(e)()
	fmt.Fprintf(c.ErrOrStderr(), "callward fake %s listens on %s\n", s, l.Addr())
	return e.Serve(ctx, l)
}

// read gives the faults of the flags and of the file.
func (f *fakeFlags) read(s fake.Service) ([]fake.Fault, error) {
	var out []fake.Fault
	for _, text := range f.faults {
		fault, err := fake.ParseFault(s, text)
		if err != nil {
			return nil, fmt.Errorf("--fault: %w", err)
		}
		out = append(out, fault)
	}
	if f.faultFile == "" {
		return out, nil
	}
	data, err := os.ReadFile(f.faultFile)
	if err != nil {
		return nil, fmt.Errorf("--faults: %w", err)
	}
	more, err := fake.ParseFaults(s, data)
	if err != nil {
		return nil, fmt.Errorf("--faults %s: %w", f.faultFile, err)
	}
	return append(out, more...), nil
}

// understanding gives a dialog service with the words of the script.
func (f *fakeFlags) understanding(faults []fake.Fault) (*fake.Engine, error) {
	if f.script == "" {
		return fake.NewDialog(nil, faults...), nil
	}
	data, err := os.ReadFile(f.script)
	if err != nil {
		return nil, fmt.Errorf("--script: %w", err)
	}
	words, err := fake.ParseWords(data)
	if err != nil {
		return nil, fmt.Errorf("--script %s: %w", f.script, err)
	}
	return fake.NewDialog(words, faults...), nil
}

// recognizer gives the engine, and what to do at its end.
func (f *fakeFlags) recognizer(out io.Writer, faults []fake.Fault) (end func(), e *fake.Engine, err error) {
	var script []asrtest.Turn
	if f.script != "" {
		file, err := os.Open(f.script)
		if err != nil {
			return nil, nil, fmt.Errorf("--script: %w", err)
		}
		script, err = asrtest.ReadScript(file)
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, nil, fmt.Errorf("--script %s: %w", f.script, err)
		}
	}
	if f.coded {
		return f.codedRecognizer(out, script, faults)
	}
	return func() {}, fake.NewASR(script, faults...), nil
}

func (f *fakeFlags) codedRecognizer(out io.Writer, script []asrtest.Turn, faults []fake.Fault) (end func(), e *fake.Engine, err error) {
	c := &fake.Coded{FinalEvery: f.finalEvery, Ledger: out}
	closeLedger := func() {}
	if f.ledger != "-" {
		file, err := os.OpenFile(f.ledger, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, nil, fmt.Errorf("--ledger: %w", err)
		}
		c.Ledger, closeLedger = file, func() { _ = file.Close() }
	}
	if len(script) > 0 {
		return closeLedger, fake.NewAccounted(script, c.Ledger, faults...), nil
	}
	stop := make(chan struct{})
	go func() {
		each := time.NewTicker(time.Second)
		defer each.Stop()
		for {
			select {
			case <-each.C:
				c.Sum()
			case <-stop:
				return
			}
		}
	}()
	return func() { close(stop); c.Sum(); closeLedger() }, fake.NewCoded(c, faults...), nil
}

// armed is what has faults that come and go.
type armed interface {
	Arm()
	Disarm()
}

// onSignals arms an engine with SIGUSR1 and disarms it with SIGUSR2, until end.
func onSignals(e armed) (end func()) {
	got, stop := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(got, syscall.SIGUSR1, syscall.SIGUSR2)
	go func() {
		for {
			select {
			case s := <-got:
				if s == syscall.SIGUSR1 {
					e.Arm()
				} else {
					e.Disarm()
				}
			case <-stop:
				return
			}
		}
	}()
	return func() { signal.Stop(got); close(stop) }
}

// listenFake opens unix:PATH or tcp:HOST:PORT.
func listenFake(ctx context.Context, address string) (net.Listener, error) {
	network, at := "tcp", strings.TrimPrefix(address, "tcp:")
	if path, unix := strings.CutPrefix(address, "unix:"); unix {
		network, at = "unix", strings.TrimPrefix(path, "//")
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, network, at)
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", address, err)
	}
	return l, nil
}
