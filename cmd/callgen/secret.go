package main

import (
	"fmt"
	"os"
	"strings"
)

// secret gives what file:PATH or env:NAME holds, and any other text as it is.
func secret(s string) (string, error) {
	if path, ok := strings.CutPrefix(s, "file:"); ok {
		b, err := os.ReadFile(path) //nolint:gosec // the user names the file
		if err != nil {
			return "", fmt.Errorf("--password: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	if name, ok := strings.CutPrefix(s, "env:"); ok {
		v, set := os.LookupEnv(name)
		if !set {
			return "", fmt.Errorf("--password: %s is not set", name)
		}
		return v, nil
	}
	return s, nil
}
