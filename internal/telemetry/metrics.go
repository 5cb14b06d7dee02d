package telemetry

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// NewRegistry gives a registry with the runtime's own metrics and the version.
func NewRegistry(version string) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "callward_build_info", Help: "Always 1; the version is a label.",
			ConstLabels: prometheus.Labels{"version": version},
		}, func() float64 { return 1 }),
	)
	return r
}

// Handler serves the metrics of r.
func Handler(r *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{Registry: r})
}

// A Sample is one value as it stands when somebody asks.
type Sample struct {
	Value  float64
	Labels []string // values of the metric's labels, in order
}

// A Reading is a metric whose values are asked for at each scrape, so that
// nothing has to be kept in step.
type Reading struct {
	Name    string
	Help    string
	Labels  []string
	Counter bool // it only rises
	Read    func() []Sample
}

// Register adds readings to r.
func Register(r prometheus.Registerer, readings ...Reading) error {
	c := &collector{}
	for _, rd := range readings {
		c.readings = append(c.readings, reading{rd, prometheus.NewDesc(rd.Name, rd.Help, rd.Labels, nil)})
	}
	return r.Register(c)
}

// Seconds makes a histogram of durations, from 5 ms to 10 s.
func Seconds(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: name, Help: help,
		Buckets: []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9, 1.2, 1.5, 2, 3, 5, 10},
	}, labels)
}

// One is the samples of a metric without labels.
func One(value func() float64) func() []Sample {
	return func() []Sample { return []Sample{{Value: value()}} }
}

type reading struct {
	Reading
	desc *prometheus.Desc
}

type collector struct{ readings []reading }

// Describe names the metrics.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, r := range c.readings {
		ch <- r.desc
	}
}

// Collect reads them.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	for _, r := range c.readings {
		kind := prometheus.GaugeValue
		if r.Counter {
			kind = prometheus.CounterValue
		}
		for _, s := range r.Read() {
			m, err := prometheus.NewConstMetric(r.desc, kind, s.Value, s.Labels...)
			if err != nil {
				m = prometheus.NewInvalidMetric(r.desc, err)
			}
			ch <- m
		}
	}
}
