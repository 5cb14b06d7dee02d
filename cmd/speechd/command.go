package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/callward/callward/internal/speechd/recog"
	"github.com/callward/callward/internal/speechd/voice"
)

// options are the flags.
type options struct {
	listen     string
	models     []string // fr=DIR
	dicts      []string // fr=FILE
	decoders   int
	threads    int
	processes  int
	without    []string // grammars, hints
	reflection bool
	logLevel   string
	logFormat  string
	drain      time.Duration
}

const serveExample = `  speechd --listen unix:/run/callward/speechd.sock
  speechd --listen tcp:127.0.0.1:7070 --reflection
  speechd --listen unix:/tmp/speechd.sock --asr-model fr=/opt/models/fr --asr-dict fr=/opt/models/fr.dict
  speechd capabilities --json`

const about = `speechd recognizes and speaks for callward, over gRPC.

It understands English with Debian's package pocketsphinx-en-us. No package holds
a French acoustic model: give a folder in pocketsphinx's layout with --asr-model
fr=DIR. It speaks English and French with flite and espeak-ng.`

func command() *cobra.Command {
	o := &options{}
	root := &cobra.Command{
		Use:           "speechd",
		Short:         "Recognize and synthesize speech over gRPC",
		Long:          about,
		Example:       serveExample,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), o) },
	}
	flags := root.PersistentFlags()
	flags.StringArrayVar(&o.models, "asr-model", nil, "acoustic model of a language, LANGUAGE=FOLDER; may be repeated")
	flags.StringArrayVar(&o.dicts, "asr-dict", nil, "pronunciation dictionary of a language, LANGUAGE=FILE (default: in the model's folder or beside it)")
	local := root.Flags()
	local.StringVar(&o.listen, "listen", "tcp:127.0.0.1:7070", "where to listen: unix:PATH or tcp:HOST:PORT on a loopback address")
	local.IntVar(&o.decoders, "decoders", recog.DefaultDecoders, "most decoders kept in memory, 6 to 25 MB each")
	local.IntVar(&o.threads, "threads", 0, "most decoding at once (default: one for each CPU)")
	local.IntVar(&o.processes, "processes", voice.DefaultProcesses, "most speech programs at once")
	local.StringSliceVar(&o.without, "without", nil, "take no notice of what clients say about answers, to measure what it helps: grammars, hints")
	local.BoolVar(&o.reflection, "reflection", false, "serve gRPC reflection, for tools such as grpcurl")
	local.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	local.StringVar(&o.logFormat, "log-format", "text", "text or json")
	local.DurationVar(&o.drain, "drain", 5*time.Second, "how long streams may finish after SIGTERM")
	root.AddCommand(capabilitiesCommand(o))
	return root
}

func capabilitiesCommand(o *options) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:     "capabilities",
		Short:   "Tell which languages and voices work here and what is missing",
		Example: "  speechd capabilities\n  speechd capabilities --json --asr-model fr=/opt/models/fr",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			found := survey(o)
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(found)
			}
			_, err := fmt.Fprint(cmd.OutOrStdout(), found)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// byLanguage reads LANGUAGE=VALUE flags.
func byLanguage(flag string, values []string) (map[string]string, error) {
	out := make(map[string]string)
	for _, v := range values {
		code, value, ok := strings.Cut(v, "=")
		if !ok || code == "" || value == "" {
			return nil, fmt.Errorf("--%s %q: want LANGUAGE=PATH, for example fr=/opt/models/fr", flag, v)
		}
		out[code] = value
	}
	return out, nil
}

// withoutOf reads what is not to help recognition.
func withoutOf(names []string) (w recog.Without, err error) {
	for _, name := range names {
		switch name {
		case "grammars":
			w.Grammars = true
		case "hints":
			w.Hints = true
		default:
			return w, fmt.Errorf("--without %q: want grammars, hints or both", name)
		}
	}
	return w, nil
}

func logger(o *options) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.logLevel)); err != nil {
		return nil, fmt.Errorf("--log-level %q: want debug, info, warn or error", o.logLevel)
	}
	opts := &slog.HandlerOptions{Level: level}
	switch o.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(os.Stderr, opts)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(os.Stderr, opts)), nil
	}
	return nil, fmt.Errorf("--log-format %q: want text or json", o.logFormat)
}
