package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/callward/callward/console"
	"github.com/callward/callward/console/signin"
	"github.com/callward/callward/internal/apitoken"
	"github.com/callward/callward/internal/app"
)

const aboutToken = `token prints the token that the running server left for its own user's programs: it gives
every right, and ends with the server. Callward's own commands find it by themselves.

  curl -H "Authorization: Bearer $(callward token)" http://127.0.0.1:8080/api/v1/queues

For a program of somebody else, or one that shall do less, add makes a token with the roles
that it needs; the variable CALLWARD_TOKEN has callward and callgen use it.`

func tokenCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "token", Short: "Print the token of the running server's own user; make others", Long: aboutToken,
		Example: "  callward token\n  callward token add board --role viewer@acme --for 720h",
		Args:    cobra.NoArgs,
		RunE:    printToken,
	}
	app.AddFlags(c.Flags())
	c.AddCommand(tokenAdd(), tokenList(), tokenRevoke())
	return c
}

func printToken(c *cobra.Command, _ []string) error {
	_, config, err := asker(c)
	if err != nil {
		return err
	}
	address := config.Listeners.HTTP.Local()
	token := apitoken.For(address)
	if token == "" {
		return errors.New("no server of this user has left a token for http://" + address + ": is it running, and is --http the same?")
	}
	fmt.Fprintln(c.OutOrStdout(), token)
	return nil
}

func tokenAdd() *cobra.Command {
	var roles []string
	life := 0 * time.Second
	c := onServer("add NAME", "Make a token for a program, and print it: it can be read this once", "callward token add board --role viewer@acme --for 720h", cobra.ExactArgs(1),
		func(c *cobra.Command, ask asking, _ string, args []string) error {
			var made console.Issued
			body := map[string]any{"name": args[0], "grants": roles, "life_seconds": int64(life.Seconds())}
			if err := ask(c, http.MethodPost, "/api/v1/tokens", body, &made); err != nil {
				return err
			}
			fmt.Fprintln(c.OutOrStdout(), made.Token)
			fmt.Fprintf(c.ErrOrStderr(), "%s: id %s, until %s\n", made.About.Name, made.About.ID, lifeText(made.About.Ends))
			return nil
		})
	rolesFlag(c, &roles)
	c.Flags().DurationVar(&life, "for", 90*24*time.Hour, "how long it is good for, up to 8784h (366 days)")
	return c
}

func tokenList() *cobra.Command {
	return onServer("list", "List the tokens that are good", "callward token list", cobra.NoArgs, func(c *cobra.Command, ask asking, _ string, _ []string) error {
		var all []signin.Token
		if err := ask(c, http.MethodGet, "/api/v1/tokens", nil, &all); err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.OutOrStdout(), 0, 8, 2, ' ', 0)
		for _, t := range all {
			fmt.Fprintf(w, "%s\t%s\t%v\tuntil %s\tby %s\n", t.ID, t.Name, t.Grants, lifeText(t.Ends), t.By)
		}
		return w.Flush()
	})
}

func tokenRevoke() *cobra.Command {
	return onServer("revoke ID", "Revoke a token: it is good for nothing at once", "callward token revoke Zk3_xv0aB1cD", cobra.ExactArgs(1),
		func(c *cobra.Command, ask asking, _ string, args []string) error {
			return ask(c, http.MethodDelete, "/api/v1/tokens/"+url.PathEscape(args[0]), nil, nil)
		})
}
