package app

import (
	"fmt"
	"strings"

	"github.com/callward/callward/internal/yamlfile"
)

// unknown says that a value is none of those allowed, and which it may be meant to be.
func unknown(value string, allowed []string) string {
	return fmt.Sprintf("%q is not known; allowed: %s%s", value, orNobody(allowed), yamlfile.Nearest(value, allowed))
}

func orNobody(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
