package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/cdr"
)

// exportMost bounds the calls of each tenant that are looked through; memory holds fewer.
const exportMost = 1 << 20

// exportCalls gives the records of a tenant's calls that ended in a span of time, oldest
// first, as lines of JSON or as CSV.
func (a *App) exportCalls(ctx context.Context, tenant string, from, to time.Time, asCSV bool) ([]byte, error) {
	list, err := a.records.List(ctx, tenant, exportMost)
	if err != nil {
		return nil, err
	}
	numbers, _ := a.outputs.shows(tenant)
	var out []byte
	if asCSV {
		out = cdr.Header()
	}
	for _, listed := range slices.Backward(list) {
		if ended := listed.Ended; ended.Before(from) || !to.IsZero() && !ended.Before(to) {
			continue
		}
		r, err := a.records.Get(ctx, tenant, listed.Call)
		if errors.Is(err, call.ErrNoRecord) { // forgotten meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		record := cdr.Of(r, numbers)
		if asCSV {
			out = append(out, record.CSV()...)
			continue
		}
		line, err := record.JSON()
		if err != nil {
			return nil, err
		}
		out = append(append(out, line...), '\n')
	}
	return out, nil
}

// alias names a caller as the tenant's outputs do.
func (a *App) alias(r *call.Record) string {
	if r.Private {
		return anonymous
	}
	numbers, _ := a.outputs.shows(r.Tenant)
	return numbers.Show(r.Caller)
}

// anonymous is who wants not to be named, in records of calls too.
const anonymous = "anonymous"

// undelivered gives the messages of a tenant that their receivers did not take.
func (a *App) undelivered(ctx context.Context, tenant string, limit int) ([]console.Undelivered, error) {
	p := a.pools.of(tenant)
	if p == nil {
		return nil, nil
	}
	letters, _, err := p.DeadLetters(ctx, int64(limit))
	if err != nil {
		return nil, err
	}
	out := make([]console.Undelivered, len(letters))
	for i, l := range letters {
		out[i] = console.Undelivered{Tenant: tenant, Webhook: l.Output, Message: l.Message, Body: l.Body, Why: l.Why, At: l.At}
	}
	return out, nil
}
