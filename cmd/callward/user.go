package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/app"
)

const aboutUser = `user looks after who may sign in to the server that runs, at the address that --http,
CALLWARD_HTTP or callward.yaml names. Nobody chooses another's passphrase: an account is
opened by a link that works once, within 15 minutes.

A role is given in all tenants (viewer), in one (viewer@acme), or to a supervisor for some
queues (supervisor@acme/billing+technical). Roles: viewer, agent, supervisor, listener,
integrator, auditor, dpo, admin; docs/access.md says what each may do.`

// An asking asks the running server for something of its API.
type asking func(c *cobra.Command, method, path string, body, reply any) error

// asker gives an asking for a command that has the server's flags, and where the server is
// reached.
func asker(c *cobra.Command) (asking, app.Config, error) {
	config, err := reach(c)
	if err != nil {
		return nil, app.Config{}, err
	}
	address := config.Listeners.HTTP.Local()
	return func(c *cobra.Command, method, path string, body, reply any) error {
		return app.Ask(c.Context(), address, method, path, body, reply)
	}, config, nil
}

func userCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "user", Short: "Look after who may sign in", Long: aboutUser,
		Example: "  callward user add jean --role supervisor@acme/billing\n  callward user list",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(userAdd(), userList(), userRoles(), userLock("disable", true), userLock("enable", false), userReset(), userRemove())
	return c
}

// onServer makes a subcommand that asks the server about an account.
func onServer(use, short, example string, args cobra.PositionalArgs, run func(c *cobra.Command, ask asking, front string, args []string) error) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Example: "  " + example, Args: args,
		RunE: func(c *cobra.Command, args []string) error {
			ask, config, err := asker(c)
			if err != nil {
				return err
			}
			return run(c, ask, app.FrontOf(config), args)
		},
	}
	app.AddFlags(c.Flags())
	return c
}

func userPath(name string) string { return "/api/v1/users/" + url.PathEscape(name) }

func showLink(c *cobra.Command, front, name string, l console.Link) {
	fmt.Fprintf(c.OutOrStdout(), "%s comes in, once and within 15 minutes, by\n  %s/welcome#%s\n", name, front, l.Token)
}

func userAdd() *cobra.Command {
	var roles []string
	c := onServer("add NAME", "Add an account, and print the link that opens it", "callward user add jean --role viewer@acme", cobra.ExactArgs(1),
		func(c *cobra.Command, ask asking, front string, args []string) error {
			var l console.Link
			body := map[string]any{"name": args[0], "grants": roles}
			if err := ask(c, http.MethodPost, "/api/v1/users", body, &l); err != nil {
				return err
			}
			showLink(c, front, args[0], l)
			return nil
		})
	rolesFlag(c, &roles)
	return c
}

func rolesFlag(c *cobra.Command, roles *[]string) {
	c.Flags().StringSliceVar(roles, "role", nil, "`ROLE`, ROLE@TENANT or supervisor@TENANT/QUEUE+QUEUE; may be given again")
	_ = c.MarkFlagRequired("role") // it was declared the line before
}

func userRoles() *cobra.Command {
	var roles []string
	c := onServer("roles NAME", "Give an account other roles, at once", "callward user roles jean --role agent@acme --role listener@acme", cobra.ExactArgs(1),
		func(c *cobra.Command, ask asking, _ string, args []string) error {
			return ask(c, http.MethodPut, userPath(args[0]), map[string]any{"grants": roles}, nil)
		})
	rolesFlag(c, &roles)
	return c
}

func userList() *cobra.Command {
	return onServer("list", "List the accounts", "callward user list", cobra.NoArgs, func(c *cobra.Command, ask asking, _ string, _ []string) error {
		var all []console.User
		if err := ask(c, http.MethodGet, "/api/v1/users", nil, &all); err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.OutOrStdout(), 0, 8, 2, ' ', 0)
		for _, u := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\n", u.Name, strings.Join(u.Grants, " "), standing(u))
		}
		return w.Flush()
	})
}

// standing is how an account may sign in, in a few words.
func standing(u console.User) string {
	switch {
	case u.Disabled:
		return "disabled"
	case u.Provider != "":
		return u.Shown + " by " + u.Provider
	case u.Passkeys > 0:
		return "passkey"
	case !u.Passphrase:
		return "not opened yet"
	case u.Factor:
		return "passphrase and code"
	}
	return "passphrase"
}

func userLock(use string, locked bool) *cobra.Command {
	short := "End an account's sessions and let it sign in no more"
	if !locked {
		short = "Let an account sign in again"
	}
	return onServer(use+" NAME", short, "callward user "+use+" jean", cobra.ExactArgs(1), func(c *cobra.Command, ask asking, _ string, args []string) error {
		return ask(c, http.MethodPut, userPath(args[0]), map[string]any{"disabled": locked}, nil)
	})
}

func userReset() *cobra.Command {
	return onServer("reset NAME", "Take all that an account signs in with, and print the link that opens it again", "callward user reset jean", cobra.ExactArgs(1),
		func(c *cobra.Command, ask asking, front string, args []string) error {
			var l console.Link
			if err := ask(c, http.MethodPost, userPath(args[0])+"/reset", nil, &l); err != nil {
				return err
			}
			showLink(c, front, args[0], l)
			return nil
		})
}

func userRemove() *cobra.Command {
	return onServer("remove NAME", "Forget an account", "callward user remove jean", cobra.ExactArgs(1), func(c *cobra.Command, ask asking, _ string, args []string) error {
		return ask(c, http.MethodDelete, userPath(args[0]), nil, nil)
	})
}

// lifeText prints when a token ends.
func lifeText(t time.Time) string { return t.Local().Format(time.DateTime) }
