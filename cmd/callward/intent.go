package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callward/callward/internal/appraise"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

func intentCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "intent",
		Short:   "Measure what the built-in classifier understands",
		Example: "  callward intent eval --train train.csv --test test.csv",
	}
	c.AddCommand(intentEvalCommand())
	return c
}

func intentEvalCommand() *cobra.Command {
	var train, test []string
	var language string
	var asJSON bool
	var threshold float64
	var part int
	var seed uint64
	c := &cobra.Command{
		Use:   "eval",
		Short: "Learn from examples, ask for others, and print how many were understood",
		Long: "eval trains the classifier that calls use from the examples of one or more files, asks it\n" +
			"for those of others, and prints accuracy, macro-F1, accuracy in scope, recall out of\n" +
			"scope, expected calibration error and time.\n\n" +
			"Files are CSV with the columns text and intent; the intent oos is what asks for none of\n" +
			"the others. With a column lang, --lang leaves out the rows of other languages. Without a\n" +
			"file to test with, --hold-back N asks for one in N of the examples and learns the others.",
		Example: "  callward intent eval --train train.csv --test test.csv\n" +
			"  callward intent eval --train train.csv --train oos.csv --test test.csv --json\n" +
			"  callward intent eval --train train.csv --hold-back 5 --seed 2",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case part == 1 || part < 0:
				return fmt.Errorf("--hold-back %d: allowed: 2 and more", part)
			case language != "" && !slices.Contains(assistant.Languages(), language):
				return fmt.Errorf("--lang %q is not known; allowed: %s", language, strings.Join(assistant.Languages(), ", "))
			case c.Flags().Changed("threshold") && (threshold < 0 || threshold > 1):
				return fmt.Errorf("--threshold %g: allowed: 0 to 1", threshold)
			}
			learnt, err := examples(train, language)
			if err != nil {
				return err
			}
			asked, err := examples(test, language)
			if err != nil {
				return err
			}
			if part > 0 {
				learnt, asked = appraise.HoldBack(learnt, part, seed)
			}
			if !asJSON {
				fmt.Fprintf(c.ErrOrStderr(), "learning from %d examples…\n", len(learnt))
			}
			report, err := appraise.Run(c.Context(), learnt, asked, threshold)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(report)
			}
			return report.Print(c.OutOrStdout())
		},
	}
	c.Flags().StringArrayVar(&train, "train", nil, "CSV `file` to learn from; may be repeated")
	c.Flags().StringArrayVar(&test, "test", nil, "CSV `file` to ask for; may be repeated")
	c.Flags().StringVar(&language, "lang", "", "take only rows of this language, en or fr, where files have a column lang")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().Float64Var(&threshold, "threshold", -1,
		"confidence below which an answer counts as none (default 0.5 where any example is oos, else 0)")
	c.Flags().IntVar(&part, "hold-back", 0, "ask for one in `N` of the examples, in place of --test")
	c.Flags().Uint64Var(&seed, "seed", 1, "of the examples that are held back")
	_ = c.MarkFlagRequired("train")
	c.MarkFlagsOneRequired("test", "hold-back")
	c.MarkFlagsMutuallyExclusive("test", "hold-back")
	return c
}

// examples reads those of all files.
func examples(files []string, language string) (all []intent.Example, err error) {
	for _, name := range files {
		f, err := os.Open(name) //nolint:gosec // the user names the file
		if err != nil {
			return nil, err
		}
		some, err := appraise.Read(f, name, language)
		_ = f.Close()
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}
