package certs

import (
	"testing"
	"time"

	"github.com/callward/callward/internal/certs/certstest"
)

func TestACertificateIsForItsNamesAlone(t *testing.T) {
	ca := certstest.New(t)
	for name, other := range map[string]string{"line.example": "line.example.org", "192.0.2.1": "192.0.2.2", "*.line.example": "line.example"} {
		cert, key, _ := ca.Issue("line", name, time.Now().Add(time.Hour))
		s := open(t, Files{Certificate: cert, Key: key})
		asked, host := name, name
		if name[0] == '*' {
			asked, host = "a.line.example", ""
		}
		if !s.Covers(asked) || s.Covers(other) || s.Host() != host {
			t.Errorf("%s: covers it %v, covers %s %v, host %q", name, s.Covers(asked), other, s.Covers(other), s.Host())
		}
	}
	if s := open(t, Files{CA: ca.File}); s.Covers("line.example") || s.Host() != "" {
		t.Error("without a certificate there is a host")
	}
}
