package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/callward/callward/internal/filter"
)

func redactCommand() *cobra.Command {
	var text bool
	var language, policy string
	c := &cobra.Command{
		Use:   "redact [FILE]",
		Short: "Take card and account numbers out of conversations",
		Long: "redact reads conversations, or text, from a file or standard input, and writes what a\n" +
			"call of this server would show of them: card numbers, their codes, IBANs, social\n" +
			"security numbers, and numbers that could be one are masked, in English and French, in\n" +
			"words and in figures. A policy may withhold phone numbers, e-mail and postal addresses\n" +
			"and dates of birth as well.\n\n" +
			"A conversation is a line of JSON, and so is what comes of it, with one event for each\n" +
			"turn, in order:\n\n" +
			`  {"id":"c1","lang":"en","turns":[{"t_ms":0,"who":"caller","utt":0,"final":true,"text":"it's four one one one"}]}` + "\n" +
			`  {"id":"c1","events":[{"who":"caller","utt":0,"final":true,"text":"it's […]"}]}` + "\n\n" +
			"who is caller or bot; final is false for a hypothesis that may change; \"src\":\"dtmf\" says\n" +
			"that text holds keys. id, utt and who are given back as they are. With --text each line is what a caller said. Exit code 1 if a line\n" +
			"could not be read: the others are written.",
		Example: "  callward redact conversations.jsonl > safe.jsonl\n" +
			"  echo 'ma carte est le quatre mille cent onze' | callward redact --text --lang fr\n" +
			"  callward redact --policy strict conversations.jsonl > safe.jsonl",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := filter.Policy(policy)
			if err != nil {
				return err
			}
			in := c.InOrStdin()
			if len(args) > 0 {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer func() { _ = f.Close() }()
				in = f
			}
			if text {
				return filter.Text(in, c.OutOrStdout(), language, p)
			}
			return filter.JSONL(in, c.OutOrStdout(), p)
		},
	}
	c.Flags().BoolVar(&text, "text", false, "read text, a line of a caller's words after the other, and write text")
	c.Flags().StringVar(&language, "lang", "", "language of text, en or fr (default: both at once)")
	c.Flags().StringVar(&policy, "policy", "default", "what is withheld: default, strict, or a YAML file with the keys that the configuration has under redaction:")
	return c
}
