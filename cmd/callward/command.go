package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callward/callward/internal/app"
)

const about = `callward answers a company's phone line: it talks with callers over SIP, serves
them, keeps their card numbers to itself, and queues them for a human.

Every setting has a flag, an environment variable CALLWARD_… and a key in
callward.yaml; a flag wins over the variable, that over the file. None is needed.`

func root() *cobra.Command {
	c := &cobra.Command{
		Use:   "callward",
		Short: "Answer a company's phone line",
		Long:  about,
		Example: "  callward serve --test-numbers --demo-agent\n" +
			"  callward config check\n" +
			"  callward doctor",
		Version:       versionOf(version),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(serveCommand(), configCommand(), doctorCommand(), reloadCommand(),
		redactCommand(), intentCommand(), rehearseCommand(), replayCommand(), explainCommand(), planCommand(), userCommand(), tokenCommand(), conformanceCommand(), fakeCommand(), adaptCommand(), versionCommand())
	c.InitDefaultCompletionCmd()
	if completion, _, err := c.Find([]string{"completion"}); err == nil {
		completion.Example = "  callward completion bash > /etc/bash_completion.d/callward"
		for _, shell := range completion.Commands() {
			shell.Example = "  " + shell.CommandPath()
		}
	}
	return c
}

// load reads the configuration as the command line has it.
func load(c *cobra.Command) (app.Loaded, error) {
	return app.Load(app.Sources{Flags: c.Flags(), Environ: os.Environ()})
}

// reach reads of the configuration where the server that runs with it is asked.
func reach(c *cobra.Command) (app.Config, error) {
	return app.Reach(app.Sources{Flags: c.Flags(), Environ: os.Environ()})
}

func configCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "config",
		Short:   "Look at the configuration",
		Example: "  callward config check --config /etc/callward/callward.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	check := &cobra.Command{
		Use:   "check",
		Short: "Say whether the configuration and the assistants are good",
		Long: "check reads flags, environment, callward.yaml and the assistants, and names every\n" +
			"fault with its file and line. It starts nothing. Exit code 1 if there is a fault.",
		Example: "  callward config check\n  callward config check --config /etc/callward/callward.yaml",
		Args:    cobra.NoArgs,
		RunE:    checkConfig,
	}
	app.AddFlags(check.Flags())
	c.AddCommand(check)
	return c
}

func checkConfig(c *cobra.Command, _ []string) error {
	l, err := load(c)
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	for _, w := range l.Warnings {
		fmt.Fprintf(out, "warning: %s\n", w)
	}
	fmt.Fprintf(out, "good: %s\n", l.Describe())
	return nil
}

func doctorCommand() *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is installed, what is missing, and what to do about it",
		Long: "doctor looks at this machine and at the configuration. Exit code 1 only if\n" +
			"something is missing without which no call can be served.",
		Example: "  callward doctor\n  callward doctor --speech-model fr=/srv/models/fr --json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			l, err := load(c)
			if err != nil {
				return err
			}
			logRedis(slog.New(slog.DiscardHandler)) // the report says it
			report := app.Examine(c.Context(), l.Config)
			if err := show(c, asJSON, report); err != nil {
				return err
			}
			return report.Blocking()
		},
	}
	app.AddFlags(c.Flags())
	c.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return c
}

func show(c *cobra.Command, asJSON bool, report app.Report) error {
	if !asJSON {
		fmt.Fprint(c.OutOrStdout(), report)
		return nil
	}
	enc := json.NewEncoder(c.OutOrStdout())
	enc.SetIndent("", "  ")
	return enc.Encode(report)
}

func reloadCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "reload",
		Short: "Have the running server read its configuration again",
		Long: "reload asks the server over its HTTP API (POST /api/v1/reload) on the address that\n" +
			"--http, CALLWARD_HTTP or callward.yaml names; SIGHUP does the same. The server reads\n" +
			"its own flags, environment and file. A configuration with faults changes nothing:\n" +
			"they are listed, and the exit code is 1.",
		Example: "  callward reload\n  callward reload --http 127.0.0.1:8081",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			config, err := reach(c)
			if err != nil {
				return err
			}
			done, err := app.AskReload(c.Context(), config.Listeners.HTTP.Local())
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "reloaded; changed: %s\n", orNothing(done.Changed))
			if len(done.Restart) > 0 {
				fmt.Fprintf(c.OutOrStdout(), "after a restart only: %s\n", strings.Join(done.Restart, ", "))
			}
			return nil
		},
	}
	app.AddFlags(c.Flags())
	return c
}

func orNothing(s []string) string {
	if len(s) == 0 {
		return "nothing"
	}
	return strings.Join(s, ", ")
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  callward version",
		Args:    cobra.NoArgs,
		Run: func(c *cobra.Command, _ []string) {
			fmt.Fprintf(c.OutOrStdout(), "callward %s %s %s/%s\n", versionOf(version), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		},
	}
}
