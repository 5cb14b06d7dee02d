// Package filter redacts conversations that were written down, turn by turn, by the
// code that redacts a live call: what it shows of one is what a page, a record or a
// service would have been shown. It starts no goroutine; it reads and writes only
// what it is given.
package filter

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/callward/callward/redact"
)

// A Conversation is what a recognizer, and the bot, said of one call.
type Conversation struct {
	ID       json.RawMessage `json:"id"`   // of any kind; it is given back as it is
	Language string          `json:"lang"` // "en", "fr-FR"; for another it is listened for all
	Turns    []Turn          `json:"turns"`
}

// A Turn is a hypothesis, or words that were spoken.
type Turn struct {
	At        int64           `json:"t_ms"` // clock
	Who       string          `json:"who"`  // "caller", "bot", or somebody else who is heard
	Source    string          `json:"src"`  // "dtmf": Text holds keys
	Utterance json.RawMessage `json:"utt"`  // of any kind; a partial replaces the one before it of the same
	Final     bool            `json:"final"`
	Text      string          `json:"text"`
}

// An Event is what may be shown of a turn.
type Event struct {
	Who       string          `json:"who"`
	Utterance json.RawMessage `json:"utt,omitempty"`
	Final     bool            `json:"final"`
	Text      string          `json:"text"`
}

// A Redacted is a conversation that may be shown: one event for each turn, in order.
type Redacted struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Events []Event         `json:"events"`
}

const (
	keys = "dtmf"
	bot  = "bot"
	// keyPause ends an entry of keys, in milliseconds: as in a call.
	keyPause = 2500
)

// filter is the state of one conversation.
type filter struct {
	redactor *redact.Redactor
	out      []Event
	now      int64  // milliseconds; it never goes back
	keyed    int64  // when the last key of an open entry came
	keying   bool   // an entry is open
	holder   string // who keyed last
	speaker  string // who said last what was not keyed
	held     string // what waited, of an utterance that is not final yet
	with     string // that utterance

	waiting map[string]string // for the next utterance of whose it is: entries that a pause has ended, numbers that another speaker cut off
}

// open is what a final shows in place of a number that is decided about with the next.
const open = "[…]"

// Redact gives what may be shown of a conversation under a policy. Keys of an entry that is not yet
// complete show as nothing: what may be shown of them comes with the key that completes
// it, or after a pause at the front of the next event of the same speaker, at the latest
// at the end of the last. So does a number with which a final ended that was not decided about
// then; of the last final it is in its place.
func Redact(c Conversation, p redact.Policy) Redacted {
	language, _, _ := strings.Cut(strings.ToLower(c.Language), "-")
	f := filter{redactor: p.New(language), out: make([]Event, 0, len(c.Turns)), waiting: make(map[string]string)}
	for _, t := range c.Turns {
		f.now = max(f.now, t.At)
		f.pause()
		f.turns(t)
		f.out = append(f.out, Event{Who: t.Who, Utterance: t.Utterance, Final: t.Final, Text: f.release(t, f.turn(t))})
	}
	f.end()
	return Redacted{ID: c.ID, Events: f.out}
}

// release puts what waits before the next that is shown of the same speaker, and keeps
// it there until that is final.
func (f *filter) release(t Turn, text string) string {
	if f.waiting[t.Who] != "" {
		if f.with != id(t) {
			f.held, f.with = "", id(t)
		}
		f.held = join(f.held, f.waiting[t.Who])
		delete(f.waiting, t.Who)
	}
	if f.with != id(t) {
		return text
	}
	text = join(f.held, text)
	if t.Final {
		f.held, f.with = "", ""
	}
	return text
}

func id(t Turn) string { return t.Who + "\x00" + string(t.Utterance) }

func (f *filter) turn(t Turn) string {
	switch {
	case t.Source == keys:
		return f.press(t)
	case t.Who == bot:
		return f.redactor.Speech(t.Text).String()
	case t.Final:
		res := f.redactor.Final(id(t), redact.RawText(t.Text))
		return res.Text.After(res.Released).String()
	default:
		text := f.redactor.Partial(id(t), redact.RawText(t.Text))
		return text.After(f.redactor.Released()).String()
	}
}

// turns decides about a number of the speaker before, whose it is, when another speaks.
func (f *filter) turns(t Turn) {
	if t.Who == bot || t.Source == keys || t.Who == f.speaker {
		return
	}
	f.waits(f.speaker, f.redactor.Settle().String())
	f.speaker = t.Who
}

// inPlace puts a number where text has the last mask of what is open.
func inPlace(text, number string) string {
	at := strings.LastIndex(text, open)
	if at < 0 {
		return join(text, number)
	}
	return text[:at] + number + text[at+len(open):]
}

// press takes the keys of a turn; dots and blanks between them are nothing.
func (f *filter) press(t Turn) (shown string) {
	for i := range len(t.Text) {
		if strings.IndexByte("0123456789*#", t.Text[i]) < 0 {
			continue
		}
		f.keyed, f.keying, f.holder = f.now, true, t.Who
		if res, complete := f.redactor.Press(t.Text[i]); complete {
			shown = join(shown, res.Text.String())
			f.keying = false
		}
	}
	return shown
}

// pause ends an entry to which no key was added for long.
func (f *filter) pause() {
	if f.keying && f.now-f.keyed >= keyPause {
		f.endKeys()
	}
}

func (f *filter) endKeys() {
	f.waits(f.holder, f.redactor.EndKeys().Text.String())
	f.keying = false
}

func (f *filter) waits(who, text string) { f.waiting[who] = join(f.waiting[who], text) }

// end decides about what is still open, and shows it with the last event of whose it is.
func (f *filter) end() {
	number := f.redactor.Settle().String()
	if f.keying {
		f.endKeys()
	}
	for i := len(f.out) - 1; i >= 0; i-- {
		e := &f.out[i]
		if e.Who == f.speaker && number != "" {
			e.Text, number = inPlace(e.Text, number), ""
		}
		e.Text = join(e.Text, f.waiting[e.Who])
		delete(f.waiting, e.Who)
	}
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}

// maxLine is the most of one conversation that is read, in bytes.
const maxLine = 64 << 20

// JSONL redacts conversations, one on a line, and writes each on a line of its own. A
// line that is none is passed over; the error names all of them, and nothing of what is
// in them.
func JSONL(in io.Reader, out io.Writer, p redact.Policy) error {
	w := json.NewEncoder(out)
	w.SetEscapeHTML(false)
	var bad []error
	err := lines(in, func(n int, line []byte) error {
		var c Conversation
		if err := json.Unmarshal(line, &c); err != nil {
			bad = append(bad, fmt.Errorf("line %d: %s", n, fault(err)))
			return nil
		}
		return w.Encode(Redact(c, p))
	})
	return errors.Join(append(bad, err)...)
}

// fault says what is wrong with JSON, without quoting it: it may hold a card number.
func fault(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("not JSON from byte %d on; give one conversation a line", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Sprintf("%s is of the wrong kind; it must be of type %s", cmp.Or(kind.Field, "the whole"), kind.Type)
	}
	return "not a conversation"
}

// Text redacts text of which each line was said by one caller after the other.
func Text(in io.Reader, out io.Writer, language string, p redact.Policy) error {
	r := p.New(language)
	return lines(in, func(n int, line []byte) error {
		text := r.Final(fmt.Sprint(n), redact.RawText(string(line))).Text.String()
		if number := r.Settle(); !number.Empty() { // a line is what it is
			text = inPlace(text, number.String())
		}
		_, err := fmt.Fprintln(out, text)
		return err
	})
}

// lines reads a line at a time.
func lines(in io.Reader, each func(n int, line []byte) error) error {
	s := bufio.NewScanner(in)
	s.Buffer(nil, maxLine)
	for n := 1; s.Scan(); n++ {
		if err := each(n, bytes.ToValidUTF8(s.Bytes(), []byte("\uFFFD"))); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if errors.Is(s.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a line is longer than %d MiB", maxLine>>20)
	}
	if s.Err() != nil {
		return fmt.Errorf("read: %w", s.Err())
	}
	return nil
}
