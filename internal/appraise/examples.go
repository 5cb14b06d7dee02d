package appraise

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/callward/callward/router/intent"
)

// Outside is the intent of examples that ask for nothing the classifier knows.
const Outside = "oos"

// Read takes examples from CSV (RFC 4180) with a header: the columns text and intent in
// any order, perhaps lang, and others that are not looked at. With a language, rows of
// other languages are left out where there is such a column. name is that of the file,
// for errors, which tell the line.
func Read(in io.Reader, name, language string) ([]intent.Example, error) {
	r := csv.NewReader(in)
	r.FieldsPerRecord = 0 // as many as the header
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: it is empty; the first line should be text,intent", name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	at := columns(head)
	if at.text < 0 || at.intent < 0 {
		return nil, fmt.Errorf("%s:1: the columns are %s; text and intent are needed", name, strings.Join(head, ","))
	}
	var out []intent.Example
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := r.FieldPos(at.intent)
		switch {
		case language != "" && at.language >= 0 && !speaks(row[at.language], language):
			continue
		case strings.TrimSpace(row[at.intent]) == "":
			return nil, fmt.Errorf("%s:%d: no intent; write %s for what is outside of all", name, line, Outside)
		}
		out = append(out, intent.Example{Intent: strings.TrimSpace(row[at.intent]), Text: row[at.text]})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no examples", name)
	}
	return out, nil
}

type places struct{ text, intent, language int }

// columns finds them in a header, whatever their case; -1: there is none.
func columns(head []string) places {
	find := func(name string) int {
		return slices.IndexFunc(head, func(h string) bool {
			return strings.EqualFold(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")), name)
		})
	}
	return places{find("text"), find("intent"), find("lang")}
}

// speaks reports whether fr-FR is fr.
func speaks(tag, language string) bool {
	base, _, _ := strings.Cut(tag, "-")
	return strings.EqualFold(strings.TrimSpace(base), language)
}
