package stir

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// maxDepth is how deep JSON may nest. A PASSporT needs three levels.
const maxDepth = 8

var (
	errDepth = errors.New("JSON nests too deep")
	errTwice = errors.New("JSON has a name twice")
)

// readObject reads a JSON object. Names count to the letter, which they do not in
// the structs of encoding/json, and none may come twice in an object: there is no
// second way to read what was signed.
func readObject(b []byte) (map[string]any, bool) {
	if !utf8.Valid(b) || !json.Valid(b) {
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := readJSON(d, maxDepth)
	m, ok := v.(map[string]any)
	return m, ok && err == nil
}

// readJSON reads a value of JSON that is known to be well formed.
func readJSON(d *json.Decoder, depth int) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	open, isDelim := t.(json.Delim)
	switch {
	case !isDelim:
		return t, nil
	case depth == 0:
		return nil, errDepth
	case open == '{':
		return readMembers(d, depth-1)
	}
	return readElements(d, depth-1)
}

func readMembers(d *json.Decoder, depth int) (map[string]any, error) {
	m := make(map[string]any)
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string)
		if _, twice := m[name]; twice {
			return nil, errTwice
		}
		if m[name], err = readJSON(d, depth); err != nil {
			return nil, err
		}
	}
	_, err := d.Token() // the brace
	return m, err
}

func readElements(d *json.Decoder, depth int) ([]any, error) {
	var list []any
	for d.More() {
		v, err := readJSON(d, depth)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := d.Token() // the bracket
	return list, err
}
