package app

import (
	"fmt"
	"strings"
)

// Describe says in a line what a configuration amounts to.
func (l Loaded) Describe() string {
	file := l.File
	if file == "" {
		file = "no file, the defaults"
	}
	var tenants []string
	for _, name := range names(l.Config.Tenants) {
		t := l.Config.Tenants[name]
		tenants = append(tenants, fmt.Sprintf("%s (%d numbers, %d queues, %d agents)", name, len(t.Numbers), len(t.Queues), len(t.Agents)))
	}
	return fmt.Sprintf("%s; assistants: %s; tenants: %s", file, strings.Join(names(l.assistants), ", "), strings.Join(tenants, ", "))
}
