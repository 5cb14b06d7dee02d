package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Run checks an engine. It fails with ErrUnreachable if nobody answers; a check
// that fails is in the report. Once it is clear that no stream becomes ready, what is left
// is Unknown and not told: each would wait for the same.
func Run(ctx context.Context, o Options) (*Report, error) {
	checks, err := chosen(o)
	if err != nil {
		return nil, err
	}
	if o.Token != "" && o.TLS == nil && o.Dial == nil && !near(o.Address) {
		return nil, ErrInsecure
	}
	t, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { _ = t.conn.Close() }() // nothing is owed on it
	r := &Report{
		Service: o.Service, Address: o.Address, Began: time.Now(),
		Vendor: t.caps.GetVendor(), Build: t.caps.GetBuild(), Languages: t.languages(),
	}
	for i, c := range checks {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if t.hopeless {
			r.stop(checks[i:], t.Timeout)
			break
		}
		result := t.check(ctx, c)
		r.Results = append(r.Results, result)
		if o.Tell != nil {
			o.Tell(result)
		}
	}
	r.Took = time.Since(r.Began)
	return r, nil
}

// stop gives the checks that are left up.
func (r *Report) stop(left []Check, patience time.Duration) {
	r.Stopped = fmt.Sprintf("no stream has become ready within %v (--timeout waits longer): %d checks were not tried", patience, len(left))
	for _, c := range left {
		r.Results = append(r.Results, Result{Check: c, State: Unknown, Why: "no stream becomes ready"})
	}
}

func chosen(o Options) ([]Check, error) {
	all := Checks(o.Service)
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no contract %q", o.Service)
	}
	if len(o.Only) == 0 {
		return all, nil
	}
	for _, id := range o.Only {
		if !slices.ContainsFunc(all, func(c Check) bool { return c.ID == id }) {
			return nil, fmt.Errorf("there is no check %q; `callward conformance %s --list` names them", id, o.Service)
		}
	}
	return slices.DeleteFunc(all, func(c Check) bool { return !slices.Contains(o.Only, c.ID) }), nil
}

// most bounds a check, whose waits are each bounded by Timeout.
const most = 10

func (t *target) check(ctx context.Context, c Check) Result {
	ctx, cancel := context.WithTimeout(ctx, most*t.Timeout)
	defer cancel()
	p := &probe{target: t, measured: map[string]samples{}}
	began := time.Now()
	err := c.run(ctx, p)
	r := Result{Check: c, State: Passed, Took: time.Since(began), samples: p.measured}
	var not *skipError
	var untold *unknownError
	t.hopeless = errors.Is(err, errNotReady) && !t.served
	switch {
	case errors.As(err, &not):
		r.State, r.Why = Skipped, not.why
	case errors.As(err, &untold):
		r.State, r.Why = Unknown, err.Error()
	case err != nil:
		r.State, r.Why = Failed, err.Error()
	}
	for what, s := range p.measured {
		if r.Timings == nil {
			r.Timings = map[string]Timing{}
		}
		r.Timings[what] = s.timing()
	}
	return r
}
