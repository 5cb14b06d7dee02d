package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestPlanShowsTheServiceOfSoManyAgents(t *testing.T) {
	c := root()
	var out bytes.Buffer
	c.SetOut(&out)
	c.SetArgs([]string{"plan", "--calls=360", "--aht=4m", "--agents=55", "--target=15s"})
	if err := c.Execute(); err != nil {
		t.Fatal(err)
	}
	var line []string
	for l := range strings.Lines(out.String()) {
		if f := strings.Fields(l); len(f) > 0 && f[0] == "55" {
			line = f
		}
	}
	if got := strings.Join(line, " "); got != "55 84.6 % 8.2 s 23.9 % 87.3 %" {
		t.Fatalf("plan said:\n%s", out.String())
	}
}

func TestPlanRefusesWhatAgentsCannotDo(t *testing.T) {
	for _, args := range [][]string{{"plan"}, {"plan", "--calls=360", "--aht=4m", "--agents=40"}} {
		c := root()
		c.SetArgs(args)
		if err := c.Execute(); err == nil {
			t.Errorf("%v was planned", args)
		}
	}
}
