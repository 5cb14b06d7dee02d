package app

import (
	"fmt"
	"strings"
)

// unmatched warns of handover rules for callers whose number no call has as the rule writes
// it: a national one where trunks write numbers as E.164 has them, and the other way round.
func unmatched(c *Config, all map[string]authored) []string {
	var out []string
	used := make(map[string]bool)
	for _, t := range c.Tenants {
		for _, n := range t.Numbers {
			used[n.Assistant] = true
		}
	}
	for _, assistant := range names(used) {
		for _, ref := range all[assistant].Callers() {
			where := fmt.Sprintf("%s: handover rule %s is for %s", ref.At, ref.Rule, ref.Number)
			for _, name := range names(c.Trunks) {
				if why := c.Trunks[name].misses(ref.Number, name); why != "" {
					out = append(out, where+", "+why)
				}
			}
		}
	}
	return out
}

// misses says why callers of a number are not known by it on the trunk, and what to write;
// empty: they may be.
func (t Trunk) misses(number, name string) string {
	start, open := strings.CutSuffix(number, "*")
	star := map[bool]string{true: "*"}[open]
	switch written := t.number(start); {
	case written != start:
		return fmt.Sprintf("but trunk %s (country %s) writes that as %s%s; write it so", name, t.Country, written, star)
	case strings.HasPrefix(start, "+") && t.Country == "" && (t.Asserted || t.Verstat):
		return fmt.Sprintf("and trunk %s has no country, so a caller whom it writes as 0… is not known; set trunks.%s.country, such as \"33\"", name, name)
	}
	return ""
}
