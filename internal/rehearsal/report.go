package rehearsal

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
)

// WriteJSON writes results as JSON.
func WriteJSON(w io.Writer, results []Result) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Passed  bool     `json:"passed"`
		Failed  int      `json:"failed"`
		Results []Result `json:"scenarios"`
	}{Failed(results) == 0, Failed(results), results})
}

// Failed counts those that did.
func Failed(results []Result) int {
	n := 0
	for _, r := range results {
		if !r.Passed {
			n++
		}
	}
	return n
}

type junitSuites struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr,omitempty"`
	Time     float64     `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr,omitempty"`
	Time    float64       `xml:"time,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Skipped *junitSkipped `xml:"skipped,omitempty"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes results as JUnit XML, with a suite for each file.
func WriteJUnit(w io.Writer, results []Result) error {
	all := junitSuites{Tests: len(results), Failures: Failed(results)}
	suites := make(map[string]*junitSuite)
	for _, r := range results {
		s := suites[r.File]
		if s == nil {
			s = &junitSuite{Name: r.File}
			suites[r.File] = s
			all.Suites = append(all.Suites, s)
		}
		c := junitCase{Class: "callward.rehearse", Name: r.Scenario, File: r.File, Line: r.Line, Time: r.Took.Seconds()}
		if !r.Passed {
			s.Failures++
			c.Failure = &junitFailure{Message: strings.ReplaceAll(r.Fault.String(), "\n", ";"), Text: r.Told()}
		}
		s.Tests++
		s.Time += c.Time
		s.Cases = append(s.Cases, c)
	}
	return all.write(w)
}

func (all *junitSuites) write(w io.Writer) error {
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
