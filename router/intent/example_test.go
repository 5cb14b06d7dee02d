package intent_test

import (
	"context"
	"fmt"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
)

func Example() {
	ctx := context.Background()
	c, err := intent.Train(ctx, []intent.Example{
		{Intent: "hours", Text: "when are you open"},
		{Intent: "hours", Text: "what are your opening hours"},
		{Intent: "bill", Text: "my bill is wrong"},
		{Intent: "bill", Text: "I have a question about an invoice"},
	}, intent.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := c.Classify(ctx, redact.Authored("are you open on Monday"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Name)
	// Output: hours
}
