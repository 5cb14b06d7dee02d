package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/app"
	"github.com/callward/callward/internal/story"
)

const aboutExplain = `explain tells what happened in a call, turn by turn: what was heard of the caller, what
else it might have been, which rule fired, what came of it, and how long that took. It asks
a server that runs, at the address that CALLWARD_HTTP or callward.yaml names or --server
says; a call that is going on can be told as far as it has come. Without an id it lists the
latest calls. With --file it reads exported records, one or more, as JSON:

  curl -s -H "Authorization: Bearer $(callward token)" \
    127.0.0.1:8080/api/v1/calls/ID > record.json

What it shows is what the record holds: redacted text, with masks where cards were.`

// explainFlags are those of `callward explain`.
type explainFlags struct {
	server, tenant, file, language string
	last, width                    int
	json                           bool
}

func explainCommand() *cobra.Command {
	f := &explainFlags{}
	c := &cobra.Command{
		Use:   "explain [CALL-ID]",
		Short: "Tell what happened in a call, and why",
		Long:  aboutExplain,
		Example: "  callward explain\n" +
			"  callward explain 0198c0de-4711-7000-8000-000000000001 --lang fr\n" +
			"  callward explain --file record.json\n" +
			"  cat record.json | callward explain --file - --json",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if f.language != "en" && f.language != "fr" {
				return fmt.Errorf("--lang %q is not known; allowed: en, fr", f.language)
			}
			if f.file != "" {
				return f.fromFile(c, args)
			}
			s, err := serverAt(f.server, f.tenant)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return f.list(c, s)
			}
			return f.fromServer(c, s, call.ID(args[0]))
		},
	}
	c.Flags().StringVar(&f.server, "server", "", "HTTP address of the server, `HOST:PORT` or a URL (default: that of the configuration)")
	c.Flags().StringVar(&f.tenant, "tenant", "", "only calls of this tenant")
	c.Flags().StringVar(&f.file, "file", "", "read exported records from a `FILE`, - for standard input")
	c.Flags().StringVar(&f.language, "lang", "en", "language of the story, en or fr; what was said stays as it was")
	c.Flags().IntVar(&f.last, "last", 10, "without an id: how many calls to list")
	c.Flags().IntVar(&f.width, "width", 0, "columns to print on (default: those of the terminal; else lines are not broken)")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return c
}

// serverAt gives the server that a flag names, or the configuration.
func serverAt(address, tenant string) (story.Server, error) {
	if address == "" {
		config, err := app.Reach(app.Sources{Environ: os.Environ()})
		if err != nil {
			return story.Server{}, fmt.Errorf("where is the server? --server says; the configuration cannot be read: %w", err)
		}
		address = config.Listeners.HTTP.Local()
	}
	return story.ParseServer(address, tenant)
}

func (f *explainFlags) fromFile(c *cobra.Command, ids []string) error {
	records, err := story.ReadFile(f.file, c.InOrStdin())
	if err != nil {
		return err
	}
	var told []story.Story
	var known []string
	for _, r := range records {
		known = append(known, string(r.Call))
		if len(ids) == 0 || string(r.Call) == ids[0] {
			told = append(told, story.Tell(r.Record, f.language))
		}
	}
	if len(told) == 0 {
		return fmt.Errorf("no call %s in %s; it holds %s", ids[0], f.file, strings.Join(known[:min(5, len(known))], ", "))
	}
	return f.show(c, told...)
}

func (f *explainFlags) fromServer(c *cobra.Command, s story.Server, id call.ID) error {
	r, err := s.Record(c.Context(), id)
	if errors.Is(err, story.ErrNoCall) {
		return noCall(c.Context(), s, id)
	}
	if err != nil {
		return err
	}
	return f.show(c, story.Tell(r.Record, f.language))
}

// noCall says which calls there are.
func noCall(ctx context.Context, s story.Server, id call.ID) error {
	latest, err := s.Latest(ctx, 5)
	if err != nil {
		return err
	}
	if len(latest) == 0 {
		return fmt.Errorf("no call %s: %s remembers none", id, s.URL)
	}
	lines := []string{fmt.Sprintf("no call %s, or it is no longer remembered; the latest are", id)}
	for _, r := range latest {
		lines = append(lines, "  "+listed(r))
	}
	return errors.New(strings.Join(lines, "\n"))
}

func (f *explainFlags) list(c *cobra.Command, s story.Server) error {
	latest, err := s.Latest(c.Context(), f.last)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(c, latest)
	}
	for _, r := range latest {
		fmt.Fprintln(c.OutOrStdout(), listed(r))
	}
	if len(latest) == 0 {
		fmt.Fprintf(c.OutOrStdout(), "%s remembers no call\n", s.URL)
	}
	return nil
}

// listed is a call in one line.
func listed(r call.Record) string {
	about, where := "-", r.State
	if r.Intent != nil && r.Intent.Name != "" {
		about = r.Intent.Name
	}
	if r.State == call.StateEnded.String() {
		where = r.Cause
	}
	return story.Clean(fmt.Sprintf("%s  %s  %-14s  %-10s  %-16s  %s", r.Call, r.Started.Format(time.DateTime), r.Caller, r.Called, about, where))
}

func (f *explainFlags) show(c *cobra.Command, told ...story.Story) error {
	if f.json {
		if len(told) == 1 {
			return printJSON(c, told[0])
		}
		return printJSON(c, told)
	}
	style := story.Style{Width: f.width}
	if out, ok := c.OutOrStdout().(*os.File); ok && terminal(out) {
		style.Colours = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		if style.Width == 0 {
			style.Width = columns(out)
		}
	}
	for i, s := range told {
		if i > 0 {
			fmt.Fprintln(c.OutOrStdout())
		}
		if err := story.Print(c.OutOrStdout(), s, style); err != nil {
			return err
		}
	}
	return nil
}

func printJSON(c *cobra.Command, v any) error {
	enc := json.NewEncoder(c.OutOrStdout())
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func terminal(out *os.File) bool {
	info, err := out.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// columns is how wide a terminal is; 0 if it does not say.
func columns(out *os.File) int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		return n
	}
	size, err := unix.IoctlGetWinsize(int(out.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}
