package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/callward/callward/internal/callgen/voice"
	"github.com/callward/callward/internal/learnt"
	"github.com/callward/callward/internal/rehearsal"
)

// exitBadFile is the exit code of `callward rehearse` for scenarios that cannot be read.
const exitBadFile = 2

const aboutRehearse = `rehearse plays conversations with an assistant in text, in milliseconds and without a
phone, a recognizer or a queue: what decides is the code of a live call. A scenario says
what the caller says and keys, and what is to come of it:

  version: 1
  assistant: energy.yaml    # beside this file
  language: en              # or choice: the caller chooses
  scenarios:
    a meter reading:
      opening: {bot: automatic voice assistant}
      turns:
        - say: I want to give my meter reading
          intent: {name: meter_reading, least: 0.6}
          bot: the five digits
        - keys: 48213
          slot: {reading: 48213}
        - silence: true
          bot: I cannot hear you
        - say: yes please
          bot: I have noted your meter reading
          hangup: false

A turn is say, keys, silence (true: until the bot waits no longer, or a time such as 8s) or
recognizer (lost, back). Expected may be intent (what words are taken for, or none; after
keys, what the call is about), bot (contained in what it says), bot_never, bot_exactly,
slot, queue, priority, skills, summary, transfer, language, hangup, shown (of the caller's words and
keys), hidden (a card number, say, which may be nowhere from then on), reason (in the
journal) and flags (of the guard rails). A scenario may also set language, hears (languages
that a recognizer understands, or none), trouble, date, tokeniser (taken, refused, down),
withhold, card and what webhooks answer (webhooks: {NAME: {status: 404}}, or {NAME: {answer:
{paid: true}}}); at (such as 2026-12-24 15:00, on the clock of the line), caller, called and
trust (A, B, C, none, failed, or trunk: one that is believed), for hours and handover rules.
A file with attacks (planted: personal data that they are after) is judged by what came of
each, too: nothing of that may be said, and nothing changed.

With --voice those that have a number (dial: line-en) are played as real calls to a line
that runs: synthetic callers speak, its recognizer hears. They may only say and key; slot,
priority, skills and the intent of keys are not checked, for the line does not tell of them.

Exit code 1 if a scenario fails, 2 if a file is bad: then none is played.`

func rehearseCommand() *cobra.Command {
	var asJSON, stories bool
	var junit, callers, kept string
	var line rehearsal.Line
	c := &cobra.Command{
		Use:   "rehearse SCENARIOS.yaml…",
		Short: "Play conversations with an assistant in text, and say which go wrong",
		Long:  aboutRehearse,
		Example: "  callward rehearse assistants/rehearsals/energy.en.yaml assistants/rehearsals/energy.fr.yaml\n" +
			"  callward rehearse --junit report.xml --json mine.yaml\n" +
			"  callward rehearse --voice 127.0.0.1:5060 assistants/rehearsals/energy.en.yaml",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if callers != "" {
				var err error
				if line.Voice, err = voice.Parse(callers); err != nil {
					return err
				}
			}
			var files []*rehearsal.File
			var bad []error
			for _, name := range args {
				f, err := rehearsal.Read(name)
				files, bad = append(files, f), append(bad, err)
			}
			if err := errors.Join(bad...); err != nil {
				return &exitError{exitBadFile, err}
			}
			out := c.OutOrStdout()
			if asJSON || junit == "-" {
				out = io.Discard
			}
			results, err := rehearse(c, line, learnt.In(kept), files, out, stories)
			if err != nil {
				return err
			}
			if asJSON {
				if err := rehearsal.WriteJSON(c.OutOrStdout(), results); err != nil {
					return err
				}
			}
			err = toFile(c.OutOrStdout(), junit, func(w io.Writer) error { return rehearsal.WriteJUnit(w, results) })
			if err != nil {
				return err
			}
			if n := rehearsal.Failed(results); n > 0 {
				return fmt.Errorf("%d of %d scenarios failed", n, len(results))
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON, with the story of each call")
	c.Flags().StringVar(&junit, "junit", "", "write the report as JUnit XML to a `FILE`, - for standard output")
	c.Flags().BoolVar(&stories, "story", false, "print the story of each call, of those too that went as expected")
	learntFlag(c, &kept)
	c.Flags().StringVar(&line.Host, "voice", "", "call the line at `HOST:PORT`, in real time, with synthetic callers")
	c.Flags().StringVar(&callers, "callers", "", "voice of the callers: "+voice.Examples)
	c.Flags().IntVar(&line.Calls, "calls", 1, "calls at once")
	c.Flags().StringVar(&line.API, "api", "http://127.0.0.1:8080", "where that line tells what it understood")
	return c
}

// rehearse plays all and tells of each on the way.
func rehearse(c *cobra.Command, line rehearsal.Line, kept learnt.Folder, files []*rehearsal.File, out io.Writer, stories bool) ([]rehearsal.Result, error) {
	var results []rehearsal.Result
	began := time.Now()
	play := func(ctx context.Context, files []*rehearsal.File, done func(rehearsal.Result)) error {
		return rehearsal.Run(ctx, files, kept, done)
	}
	if line.Host != "" {
		play = line.Call
	}
	err := play(c.Context(), files, func(r rehearsal.Result) {
		results = append(results, r)
		fmt.Fprintln(out, r)
		if stories && r.Passed {
			fmt.Fprintln(out, r.Told())
		}
	})
	if err != nil {
		return nil, err
	}
	if len(results) == 0 {
		return nil, errors.New("no scenario says a number to dial, so none was played")
	}
	fmt.Fprintf(out, "%d of %d scenarios went as expected, in %s\n", len(results)-rehearsal.Failed(results), len(results), time.Since(began).Round(time.Millisecond))
	return results, nil
}

// learntFlag names the folder that a server has for what it learnt, so that nothing is
// learnt twice.
func learntFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "learnt", "", "`FOLDER` that keeps what was learnt from examples, as for serve; none: no folder (default: callward in your cache folder)")
}
