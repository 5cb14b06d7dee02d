package assistant_test

import (
	"fmt"

	"github.com/callward/callward/assistants"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
)

func Example() {
	a, err := assistant.Parse(assistants.EnergyFile, assistants.Energy)
	if err != nil {
		fmt.Println(err)
		return
	}
	d := a.Start(assistant.Start{Language: "en"})
	for _, in := range []assistant.Input{
		{Kind: assistant.InputStart},
		{Kind: assistant.InputSaid, Text: redact.Authored("is the power off"), Intent: intent.Result{Name: "power_cut", Confidence: 0.9}},
	} {
		step := d.Next(in)
		for _, l := range step.Say {
			fmt.Println(l.Text)
		}
		if step.Place != nil {
			fmt.Println("queue", step.Place.Queue)
		}
	}
	// Output:
	// Hello, this is Lumenco. You are talking to an automatic voice assistant, not a person.
	// How can I help you today?
	// I am sorry about that. I am connecting you to our emergency team right away.
	// queue emergency
}
