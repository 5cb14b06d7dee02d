package filter

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"

	"github.com/callward/callward/redact"
)

// Policy reads what --policy says: the name of a policy, default or strict, or a file of
// YAML with the keys that the configuration has under redaction:
//
//	withhold: [phone, email, address, birth_date]
//	card: last4
//
// An empty name is default. The error tells what was looked for and what is allowed.
func Policy(name string) (redact.Policy, error) {
	if name == "" {
		return redact.Policy{}, nil
	}
	if p, ok := redact.PolicyNamed(name); ok {
		return p, nil
	}
	f, err := os.Open(filepath.Clean(name))
	if errors.Is(err, os.ErrNotExist) {
		return redact.Policy{}, fmt.Errorf("policy %s: neither default nor strict, nor a file", name)
	}
	if err != nil {
		return redact.Policy{}, fmt.Errorf("policy: %w", err)
	}
	defer func() { _ = f.Close() }()
	p, err := readPolicy(f)
	if err != nil {
		return redact.Policy{}, fmt.Errorf("policy %s: %w", name, err)
	}
	return p, nil
}

func readPolicy(in io.Reader) (redact.Policy, error) {
	var keys struct {
		Withhold []string `yaml:"withhold"`
		Card     string   `yaml:"card"`
	}
	if err := yaml.NewDecoder(in, yaml.Strict()).Decode(&keys); err != nil && !errors.Is(err, io.EOF) {
		return redact.Policy{}, fmt.Errorf("%s; allowed: withhold, card", oneLine(err))
	}
	return redact.ParsePolicy(keys.Withhold, keys.Card)
}

// oneLine is the first line of an error of the parser, without its picture of the file.
func oneLine(err error) string {
	var y yaml.Error
	if errors.As(err, &y) && y.GetToken() != nil && y.GetToken().Position != nil {
		return fmt.Sprintf("line %d: %s", y.GetToken().Position.Line, y.GetMessage())
	}
	return err.Error()
}
