package lm_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/callward/callward/internal/speechd/lm"
)

func ExampleModel() {
	m := &lm.Model{}
	m.Add(strings.Fields("pay my bill"), 1)
	if _, err := m.WriteTo(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// \data\
	// ngram 1=5
	// ngram 2=4
	// ngram 3=3
	//
	// \1-grams:
	// -0.6021 </s>
	// -99.0000 <s> -0.3010
	// -0.6021 bill -0.3010
	// -0.6021 my -0.3010
	// -0.6021 pay -0.3010
	//
	// \2-grams:
	// -0.2041 <s> pay -0.3010
	// -0.2041 bill </s>
	// -0.2041 my bill -0.3010
	// -0.2041 pay my -0.3010
	//
	// \3-grams:
	// -0.0902 <s> pay my
	// -0.0902 my bill </s>
	// -0.0902 pay my bill
	//
	// \end\
}

func ExampleGrammar() {
	g := lm.NewGrammar()
	end := g.State()
	g.Phrases(lm.Start, end, [][]string{{"yes"}, {"no"}}, 1)
	fmt.Print(g.Text(end))
	// Output:
	// FSG_BEGIN callward
	// NUM_STATES 2
	// START_STATE 0
	// FINAL_STATE 1
	// TRANSITION 0 1 0.500000 no
	// TRANSITION 0 1 0.500000 yes
	// FSG_END
}
