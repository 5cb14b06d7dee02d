package sip

import (
	"fmt"
	"slices"

	gosip "github.com/emiago/sipgo/sip"
)

// offered are the algorithms that a phone is challenged by. One that knows none but MD5
// should pass over the others (RFC 8760 section 2.4); some instead give up. MD5 is theirs
// anyway, so nothing is lost by leaving the others out.
func (g *gate) offered(req *gosip.Request) []string {
	if slices.Contains(g.algorithms, "MD5") && givesUp(req) {
		return []string{"MD5"}
	}
	return g.algorithms
}

// givesUp knows baresip before 3.11 by its name: its library takes a challenge by SHA-256 for
// a fault, whatever stands beside it.
func givesUp(req *gosip.Request) bool {
	h := req.GetHeader("User-Agent")
	if h == nil {
		return false
	}
	var major, minor int
	n, _ := fmt.Sscanf(h.Value(), "baresip v%d.%d", &major, &minor) // n says what it made of it
	return n == 2 && (major < 3 || major == 3 && minor < 11)
}
