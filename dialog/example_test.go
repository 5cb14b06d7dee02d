package dialog_test

import (
	"context"
	"fmt"

	"github.com/callward/callward/dialog"
	"github.com/callward/callward/redact"
)

// A service is asked what a caller wants, within its deadline.
func ExampleClient_Classify() {
	c, err := dialog.Dial("dns:///dialog.example:443", dialog.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = c.Close() }()
	result, err := c.Classify(context.Background(), redact.Authored("about my bill"), dialog.Question{
		Language: "en", Intents: []string{"billing", "technical"},
	})
	if err != nil {
		fmt.Println(dialog.Cause(err)) // late, or the code of the failure
		return
	}
	fmt.Println(result.Name, result.Confidence)
}
