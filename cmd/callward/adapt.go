package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/callward/callward/internal/adapt"
	"github.com/callward/callward/internal/adapt/google"
	"github.com/callward/callward/internal/adapt/openai"
	"github.com/callward/callward/internal/adapt/riva"
	"github.com/callward/callward/internal/adapt/vosk"
	"github.com/callward/callward/internal/certs"
	"github.com/callward/callward/internal/telemetry"
)

func adaptCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "adapt",
		Short: "Serve the speech contracts in front of an engine that speaks something else",
		Long: "adapt answers callward.asr.v1 and callward.tts.v1, with health and reflection, and has\n" +
			"another engine do the work. Each call's utterances are ended here; the engine gets them\n" +
			"one by one. Ctrl-C or SIGTERM drains: streams in progress may finish.",
		Example: "  callward adapt vosk --listen unix:/run/callward/vosk.sock --to 127.0.0.1:5001 --lang en\n" +
			"  callward adapt openai --listen 127.0.0.1:7071 --to http://127.0.0.1:8000/v1 --lang en,fr",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(adaptVosk(), adaptRiva(), adaptGoogle(), adaptOpenAI())
	return c
}

// adaptFlags are what every adapter is told.
type adaptFlags struct {
	listen     string
	to         string
	languages  []string
	model      string
	models     []string
	patience   time.Duration
	drain      time.Duration
	tokenFile  string
	tls        bool
	ca         string
	cert       string
	key        string
	serverName string
	metadata   []string
	serve      []string
	voices     []string
}

func (f *adaptFlags) add(flags *pflag.FlagSet, to, model string, languages []string) {
	flags.StringVar(&f.listen, "listen", "", "where to answer: unix:PATH, or HOST:PORT on a loopback address")
	flags.StringVar(&f.to, "to", to, "the engine")
	flags.StringSliceVar(&f.languages, "lang", languages, "languages of the engine, by the tags that it has for them")
	flags.StringVar(&f.model, "model", model, "model for recognition, where a call names none")
	flags.StringSliceVar(&f.models, "models", nil, "models that a call may name")
	flags.DurationVar(&f.patience, "patience", 0, "how long the engine may take to its last word (default 1.8s; the contract allows 2s)")
	flags.DurationVar(&f.drain, "drain", 5*time.Second, "how long streams may finish after SIGTERM")
	flags.StringVar(&f.tokenFile, "token-file", "", "file with a token to send as Authorization: Bearer; read anew for each stream")
	flags.StringVar(&f.ca, "ca", "", "authorities of the engine's certificate, PEM (default: the system's)")
	flags.StringVar(&f.cert, "cert", "", "certificate to show to the engine, PEM")
	flags.StringVar(&f.key, "key", "", "its key, PEM")
	flags.StringVar(&f.serverName, "server-name", "", "name on the engine's certificate, if it is not that of --to")
}

// addGRPC adds what only engines with gRPC have.
func (f *adaptFlags) addGRPC(flags *pflag.FlagSet, tls bool) {
	flags.BoolVar(&f.tls, "tls", tls, "reach the engine over TLS")
	flags.StringArrayVar(&f.metadata, "metadata", nil, "NAME=VALUE to send with each stream; may be repeated")
}

// addTTS adds what only engines that speak have.
func (f *adaptFlags) addTTS(flags *pflag.FlagSet, voices []string) {
	flags.StringSliceVar(&f.serve, "serve", []string{"asr", "tts"}, "what to serve: asr, tts or both")
	flags.StringSliceVar(&f.voices, "voice", voices, "voices, best first: NAME, or LANG=NAME for one that speaks only that language")
}

// clientTLS is how the engine is trusted.
func (f *adaptFlags) clientTLS(log *slog.Logger) (*tls.Config, error) {
	store, err := certs.Open(certs.Files{Certificate: f.cert, Key: f.key, CA: f.ca}, log)
	if err != nil {
		return nil, err
	}
	config := store.Client().Clone()
	config.ServerName = f.serverName
	return config, nil
}

func (f *adaptFlags) dial(log *slog.Logger) (*adapt.Conn, error) {
	if f.to == "" {
		return nil, errors.New("--to is missing: where is the engine?")
	}
	a := adapt.Access{TokenFile: f.tokenFile, Metadata: make(map[string]string)}
	for _, m := range f.metadata {
		name, value, ok := strings.Cut(m, "=")
		if !ok || name == "" {
			return nil, errors.New("--metadata: want NAME=VALUE") // the value may be a secret
		}
		a.Metadata[name] = value
	}
	if f.tls {
		var err error
		if a.TLS, err = f.clientTLS(log); err != nil {
			return nil, err
		}
	}
	return adapt.Dial(f.to, a)
}

// asr is recognition as every adapter serves it.
func (f *adaptFlags) asr(name string, v adapt.Vendor, r adapt.Recognizer, log *slog.Logger) *adapt.ASR {
	models := f.models
	if f.model != "" && !slices.Contains(models, f.model) {
		models = append(models, f.model)
	}
	return &adapt.ASR{
		Vendor: v, Recognizer: r, Name: "callward adapt " + name, Build: version, Languages: f.languages, Models: models,
		Patience: f.patience, Log: log,
	}
}

func (f *adaptFlags) tts(name string, v adapt.Vendor, s adapt.Synthesizer, log *slog.Logger) (*adapt.TTS, error) {
	out := &adapt.TTS{Vendor: v, Synthesizer: s, Name: "callward adapt " + name, Build: version, Languages: f.languages, Log: log}
	for _, v := range f.voices {
		language, voice, ok := strings.Cut(v, "=")
		if !ok {
			language, voice = "", v
		}
		if ok && !slices.Contains(f.languages, language) {
			return nil, fmt.Errorf("--voice %s: %s is not among --lang %s", v, language, strings.Join(f.languages, ","))
		}
		out.Voices = append(out.Voices, adapt.Voice{Name: voice, Language: language})
	}
	return out, nil
}

// serves reports whether a service is to be served.
func (f *adaptFlags) serves(service string) bool { return slices.Contains(f.serve, service) }

// check refuses flags that make no adapter.
func (f *adaptFlags) check() error {
	if len(f.languages) == 0 {
		return errors.New("--lang is missing: which languages does the engine know?")
	}
	for _, s := range f.serve {
		if s != "asr" && s != "tts" {
			return fmt.Errorf("--serve %q: want asr, tts or both", s)
		}
	}
	if f.listen == "" {
		return errors.New("--listen is missing: want unix:PATH or HOST:PORT")
	}
	return nil
}

// run serves until a signal.
func (f *adaptFlags) run(c *cobra.Command, s *adapt.Server) error {
	ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	l, err := adapt.Listen(ctx, f.listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "serves on %s, languages %s\n", f.listen, strings.Join(f.languages, ", "))
	s.Drain = f.drain
	return s.Serve(ctx, l)
}

func adaptLog(c *cobra.Command) *slog.Logger {
	return telemetry.NewLogger(c.ErrOrStderr(), telemetry.Log{Level: new(slog.LevelVar)})
}

func adaptVosk() *cobra.Command {
	f := &adaptFlags{}
	c := &cobra.Command{
		Use:   "vosk",
		Short: "Recognize with a vosk-server (gRPC)",
		Long: "vosk serves recognition with vosk-server's gRPC flavour (vosk.stt.v1). That server has one\n" +
			"model, so one language. Hints are not for it: its grammar is the model's.",
		Example: "  callward adapt vosk --listen unix:/run/callward/vosk.sock --to 127.0.0.1:5001 --lang fr",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			log := adaptLog(c)
			conn, err := f.dial(log)
			if err != nil {
				return err
			}
			defer conn.Close() //nolint:errcheck // the program ends
			a := f.asr("vosk", conn, vosk.New(conn, f.model), log)
			a.Interim, a.WordTimes = true, true
			return f.run(c, &adapt.Server{ASR: a})
		},
	}
	f.add(c.Flags(), "127.0.0.1:5001", "", []string{"en"})
	f.addGRPC(c.Flags(), false)
	return c
}

func adaptRiva() *cobra.Command {
	f := &adaptFlags{}
	c := &cobra.Command{
		Use:   "riva",
		Short: "Recognize and speak with NVIDIA Riva",
		Long: "riva serves recognition and synthesis with NVIDIA Riva, or with a NIM that has its contract.\n" +
			"A NIM does one of the two: run an adapter for each, with --serve.",
		Example: "  callward adapt riva --listen unix:/run/callward/riva.sock --to 127.0.0.1:50051 --lang en-US\n" +
			"  callward adapt riva --listen 127.0.0.1:7071 --to grpc.nvcf.nvidia.com:443 --tls --token-file /run/secrets/nvidia \\\n" +
			"    --metadata function-id=ID --serve asr --lang en-US",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runRiva(c, f) },
	}
	f.add(c.Flags(), "127.0.0.1:50051", "", []string{"en-US"})
	f.addGRPC(c.Flags(), false)
	f.addTTS(c.Flags(), nil)
	return c
}

func runRiva(c *cobra.Command, f *adaptFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	log := adaptLog(c)
	conn, err := f.dial(log)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // the program ends
	engine, s := riva.New(conn, f.model), &adapt.Server{}
	if f.serves("asr") {
		s.ASR = f.asr("riva", conn, engine, log)
		s.ASR.Interim, s.ASR.Stability, s.ASR.WordTimes = true, true, true
	}
	if f.serves("tts") {
		if s.TTS, err = f.tts("riva", conn, engine, log); err != nil {
			return err
		}
	}
	return f.run(c, s)
}

func adaptGoogle() *cobra.Command {
	f, recognizer := &adaptFlags{}, ""
	c := &cobra.Command{
		Use:   "google",
		Short: "Recognize with Google's Cloud Speech-to-Text v2",
		Long: "google serves recognition with Google's Cloud Speech-to-Text v2. The token is one of OAuth and\n" +
			"lasts an hour: have a timer put a new one into the file. A region has an address of its own.",
		Example: "  gcloud auth print-access-token > /run/secrets/google\n" +
			"  callward adapt google --listen unix:/run/callward/google.sock --token-file /run/secrets/google \\\n" +
			"    --to eu-speech.googleapis.com:443 --recognizer projects/PROJECT/locations/eu/recognizers/_ --lang en-US,fr-FR",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			log := adaptLog(c)
			conn, err := f.dial(log)
			if err != nil {
				return err
			}
			defer conn.Close() //nolint:errcheck // the program ends
			r, err := google.New(conn, recognizer, f.model)
			if err != nil {
				return fmt.Errorf("--recognizer: %w", err)
			}
			a := f.asr("google", conn, r, log)
			a.Interim, a.Stability, a.WordTimes, a.Longest = true, true, true, google.Longest
			return f.run(c, &adapt.Server{ASR: a})
		},
	}
	f.add(c.Flags(), "speech.googleapis.com:443", "telephony", []string{"en-US", "fr-FR"})
	f.addGRPC(c.Flags(), true)
	c.Flags().StringVar(&recognizer, "recognizer", "", "projects/PROJECT/locations/LOCATION/recognizers/ID; the ID _ is that of none")
	return c
}

func adaptOpenAI() *cobra.Command {
	f, o := &adaptFlags{}, openai.Config{}
	c := &cobra.Command{
		Use:   "openai",
		Short: "Recognize and speak with a server of OpenAI's shape (HTTP)",
		Long: "openai serves recognition by POST audio/transcriptions and synthesis by POST audio/speech, as\n" +
			"OpenAI, speaches, whisper.cpp's server and others have them. Words come when an utterance is\n" +
			"over: there are no partials.",
		Example: "  callward adapt openai --listen unix:/run/callward/whisper.sock --to http://127.0.0.1:8000/v1 --lang en,fr\n" +
			"  callward adapt openai --listen 127.0.0.1:7071 --to https://api.openai.com/v1 --token-file /run/secrets/openai \\\n" +
			"    --model whisper-1 --tts-model tts-1 --voice alloy",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runOpenAI(c, f, o) },
	}
	f.add(c.Flags(), "http://127.0.0.1:8000/v1", "whisper-1", []string{"en", "fr"})
	f.addTTS(c.Flags(), []string{"alloy"})
	c.Flags().StringVar(&o.SpeechModel, "tts-model", "tts-1", "model for synthesis")
	c.Flags().StringVar(&o.SpeechContainer, "tts-format", "pcm", "what synthesis sends: pcm (24 kHz) or wav")
	return c
}

func runOpenAI(c *cobra.Command, f *adaptFlags, o openai.Config) error {
	if err := f.check(); err != nil {
		return err
	}
	log := adaptLog(c)
	var err error
	if o.TLS, err = f.clientTLS(log); err != nil {
		return err
	}
	o.URL, o.TokenFile, o.Model = f.to, f.tokenFile, f.model
	api, err := openai.New(o)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	defer api.Close()
	s := &adapt.Server{}
	if f.serves("asr") {
		s.ASR = f.asr("openai", api, api, log)
	}
	if f.serves("tts") {
		if s.TTS, err = f.tts("openai", api, api, log); err != nil {
			return err
		}
		s.TTS.Rate = openai.SpeechRate
	}
	return f.run(c, s)
}
