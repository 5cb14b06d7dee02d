package app

import "github.com/prometheus/client_golang/prometheus"

// newFlags counts what the guard rails of assistants see.
func newFlags() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "callward_guard_flags_total",
		Help: "What callers said that the guard rails refuse or flag, by kind: injection, change, read-back, disclosure, authority, pressure, probing, impersonation.",
	}, []string{"tenant", "kind"})
}
