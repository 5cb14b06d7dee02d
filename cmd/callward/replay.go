package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/learnt"
	"github.com/callward/callward/internal/rehearsal"
	"github.com/callward/callward/internal/story"
	"github.com/callward/callward/router/assistant"
)

// exitNotReplayed is the exit code of `callward replay` if it could not run.
const exitNotReplayed = 2

const aboutReplay = `replay takes recorded calls and lets the assistant of today, its dialogue and its classifiers
as they are now, answer what callers said and keyed then. It prints the decisions that come
out another way: what the words were taken for, the rule that fired, what is asked next,
the queue. It compares no wording, and no confidence as long as the decision stays.

Records are JSON, one or more in a file, as GET /api/v1/calls/ID gives them; or the latest
of a server that runs. The bundled assistant stands ready; --assistants adds a folder, by
the names in its files, and with --assistant one file is taken for all calls.

It is text: what was redacted is not there any more. In place of a card whose last four
digits are known another one stands; words and keys that are masked otherwise cannot be
told, nor what agents did. What a dialog service understood counts as it was; nobody is
asked. When a turn goes another way, the caller was answering another question from there
on: the rest of the call is not replayed, and is counted so.

Exit code 0 if nothing changed, 1 if a decision did, 2 if no call could be replayed.`

// replayFlags are those of `callward replay`.
type replayFlags struct {
	server, tenant, assistant, assistants, junit, learnt string
	last                                                 int
	json, story                                          bool
}

func replayCommand() *cobra.Command {
	f := &replayFlags{}
	c := &cobra.Command{
		Use:   "replay [RECORDS…]",
		Short: "Let today's assistant answer recorded calls, and say which decisions changed",
		Long:  aboutReplay,
		Example: "  callward replay records.jsonl\n" +
			"  callward replay --assistant energy.yaml record.json more.jsonl --junit report.xml\n" +
			"  callward replay --server 127.0.0.1:8080 --last 50 --assistants /etc/callward/assistants",
		RunE: func(c *cobra.Command, args []string) error {
			err := f.run(c, args)
			if _, coded := errors.AsType[*exitError](err); err != nil && !coded {
				return &exitError{exitNotReplayed, err}
			}
			return err
		},
	}
	c.Flags().StringVar(&f.server, "server", "", "replay the latest calls of the server at `HOST:PORT`, or a URL")
	c.Flags().StringVar(&f.tenant, "tenant", "", "with --server: only calls of this tenant")
	c.Flags().IntVar(&f.last, "last", 20, "with --server: how many calls")
	c.Flags().StringVar(&f.assistant, "assistant", "", "take the assistant of this `FILE` for all calls")
	c.Flags().StringVar(&f.assistants, "assistants", "", "a `FOLDER` of assistants, besides the bundled one")
	learntFlag(c, &f.learnt)
	c.Flags().BoolVar(&f.json, "json", false, "print JSON, with every turn")
	c.Flags().StringVar(&f.junit, "junit", "", "write the report as JUnit XML to a `FILE`, - for standard output")
	c.Flags().BoolVar(&f.story, "story", false, "print the turns that are the same, too")
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &exitError{exitNotReplayed, err} })
	return c
}

func (f *replayFlags) run(c *cobra.Command, files []string) error {
	find, err := f.known()
	if err != nil {
		return err
	}
	records, err := f.records(c, files)
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	if f.json || f.junit == "-" {
		out = io.Discard
	}
	replays, err := f.replay(c.Context(), rehearsal.Replayer{Find: find, Kept: learnt.In(f.learnt)}, records, out)
	if err != nil {
		return err
	}
	sum := rehearsal.Sum(replays)
	fmt.Fprintln(out, sum)
	if f.json {
		if err := rehearsal.WriteReplayJSON(c.OutOrStdout(), replays); err != nil {
			return err
		}
	}
	err = toFile(c.OutOrStdout(), f.junit, func(w io.Writer) error { return rehearsal.WriteReplayJUnit(w, replays) })
	switch {
	case err != nil:
		return err
	case sum.Changed > 0:
		return &exitError{exitFailed, fmt.Errorf("%d of %d decisions changed", sum.Changed, sum.Turns)}
	case sum.Same == 0:
		return errors.New("no call could be replayed")
	}
	return nil
}

func (f *replayFlags) replay(ctx context.Context, p rehearsal.Replayer, records []story.Sourced, out io.Writer) ([]rehearsal.Replay, error) {
	var all []rehearsal.Replay
	for _, r := range records {
		one, err := p.Replay(ctx, r)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
		if f.story {
			fmt.Fprintln(out, one.Told())
			continue
		}
		fmt.Fprintln(out, one)
	}
	return all, nil
}

// records reads files, or asks a server.
func (f *replayFlags) records(c *cobra.Command, files []string) ([]story.Sourced, error) {
	switch {
	case len(files) > 0 && f.server != "":
		return nil, errors.New("give files, or --server, not both")
	case len(files) == 0 && f.server == "":
		return nil, errors.New("which calls? give files of records, - for standard input, or --server HOST:PORT")
	case f.server != "":
		s, err := story.ParseServer(f.server, f.tenant)
		if err != nil {
			return nil, err
		}
		return latest(c.Context(), s, f.last)
	}
	var all []story.Sourced
	var bad []error
	for _, name := range files {
		some, err := story.ReadFile(name, c.InOrStdin())
		all, bad = append(all, some...), append(bad, err)
	}
	return all, errors.Join(bad...)
}

// latest asks for the records of the last calls that have ended.
func latest(ctx context.Context, s story.Server, n int) ([]story.Sourced, error) {
	calls, err := s.Latest(ctx, n)
	if err != nil {
		return nil, err
	}
	var out []story.Sourced
	for _, r := range calls {
		if r.State != call.StateEnded.String() {
			continue
		}
		one, err := s.Record(ctx, r.Call)
		if errors.Is(err, story.ErrNoCall) { // forgotten meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s remembers no call that has ended", s.URL)
	}
	return out, nil
}

// known gives the assistants by the names that records have of them.
func (f *replayFlags) known() (func(name string) (*assistant.Assistant, error), error) {
	if f.assistant != "" {
		one, err := readAssistant(f.assistant)
		return func(string) (*assistant.Assistant, error) { return one, err }, err
	}
	bundled, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		return nil, err
	}
	all := map[string]*assistant.Assistant{bundled.Name(): bundled}
	if f.assistants != "" {
		if err := readFolder(f.assistants, all); err != nil {
			return nil, err
		}
	}
	return func(name string) (*assistant.Assistant, error) {
		if a := all[name]; a != nil {
			return a, nil
		}
		var names []string
		for n := range all {
			names = append(names, n)
		}
		slices.Sort(names)
		return nil, fmt.Errorf("there is no assistant named %s, but %s: give its file by --assistant, or its folder by --assistants",
			story.Clean(name), strings.Join(names, ", "))
	}, nil
}

func readFolder(dir string, into map[string]*assistant.Assistant) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("--assistants %s: there is no .yaml file in it", dir)
	}
	var bad []error
	for _, name := range files {
		a, err := readAssistant(name)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		into[a.Name()] = a
	}
	return errors.Join(bad...)
}

func readAssistant(name string) (*assistant.Assistant, error) {
	data, err := os.ReadFile(name) //nolint:gosec // the user names the file
	if err != nil {
		return nil, err
	}
	return assistant.Parse(name, data)
}
