package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/internal/callgen"
	"github.com/callward/callward/router/assistant"
)

func fakeASRCommand() *cobra.Command {
	var o callgen.FakeASROptions
	c := &cobra.Command{
		Use:   "fake-asr",
		Short: "Be a recognizer that follows a script, or counts audio and discards it",
		Long: "fake-asr serves callward.asr.v1. When it hears somebody speak it understands the\n" +
			"next line of the script; partials may stand before the final, parted by \"|\".\n" +
			"Each call starts at the top. Without a script it understands nothing.",
		Example: "  callgen fake-asr --listen unix:/tmp/asr.sock\n" +
			"  callgen fake-asr --listen unix:/tmp/asr.sock --script dictations.txt\n" +
			"  callgen fake-asr --listen 127.0.0.1:9090 --script dictations.txt --one-script",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Listen == "" {
				return errors.New("--listen is missing")
			}
			return failed(callgen.FakeASR(c.Context(), o, func(address string) {
				fmt.Fprintf(c.OutOrStdout(), "listening on %s\n", address)
			}))
		},
	}
	f := c.Flags()
	f.StringVar(&o.Listen, "listen", "", "unix:PATH or HOST:PORT")
	f.StringVar(&o.Script, "script", "", "file of what is understood, one utterance a line")
	f.BoolVar(&o.OneScript, "one-script", false, "all calls share one way through the script")
	return c
}

func promptsCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "prompts",
		Short:   "Speak the bundled assistant's fixed texts, to be built into callward",
		Example: "  callgen prompts --out tts/prompts/audio",
		Hidden:  true,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
			if err != nil {
				return failed(err)
			}
			texts, made, err := callgen.Prompts(c.Context(), dir, []*assistant.Assistant{a})
			if err != nil {
				return failed(err)
			}
			fmt.Fprintf(c.OutOrStdout(), "%d prompts in %s, %d of them new\n", texts, dir, made)
			return nil
		},
	}
	c.Flags().StringVar(&dir, "out", "tts/prompts/audio", "folder to write to")
	return c
}
