package stir_test

import (
	"context"
	"crypto/elliptic"
	"fmt"
	"time"

	"github.com/callward/callward/sip/stir"
	"github.com/callward/callward/sip/stir/stirtest"
)

// A provider signs a call; the one who is called verifies it.
func Example() {
	const address = "https://certificates.example/provider.pem"
	now := time.Now()
	authority, key := stirtest.NewAuthority(now), stirtest.NewKey(elliptic.P256())
	certificate := authority.Issue(key.Public(), stirtest.TNAuthList(false, stirtest.SPC("709J")))
	identity := stirtest.Identity(stirtest.Sign(key,
		stirtest.Header(address), stirtest.Payload("A", "33155500100", "33155500199", now)), address)

	verifier, err := stir.New(stir.Config{
		Roots: authority.Roots(), Hosts: []string{"certificates.example"}, Transport: stirtest.Web{address: certificate},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, caller := range []string{"+33 1 55 50 01 00", "+33 1 55 50 06 66"} {
		r := verifier.Verify(context.Background(), stir.Request{
			Identity: []string{identity}, Caller: caller, Called: []string{"+33155500199"},
		})
		if r.Trust.Proven() {
			fmt.Println("attested", r.Trust, "by", r.SPC)
		} else {
			fmt.Printf("%s: %s, which may be answered with %d\n", r.Trust, r.Reason, r.Reason.Code())
		}
	}
	// Output:
	// attested A by [709J]
	// failed: passport is from another number, which may be answered with 438
}

// A trunk that verifies says so in the URI of P-Asserted-Identity.
func ExampleFromVerstat() {
	fmt.Println(stir.FromVerstat("TN-Validation-Passed-B").Trust)
	fmt.Println(stir.FromVerstat("TN-Validation-Failed").Reason)
	// Output:
	// B
	// the trunk could not prove the number
}
