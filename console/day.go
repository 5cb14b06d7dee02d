package console

import (
	"context"
	"log/slog"
	"time"

	"github.com/callward/callward/call"
)

// A Day is what the bot did of a tenant's calls since midnight, as far as their records
// are kept: from the record of each call that was answered.
type Day struct {
	Tenant    string    `json:"tenant"`
	Calls     int       `json:"calls" doc:"that began today, those in progress included"`
	Ended     int       `json:"ended" doc:"of them, that have ended"`
	Contained int       `json:"contained" doc:"of those, that never entered a queue and reached nobody: served by the bot, or given up with it"`
	Curve     []Quarter `json:"curve" doc:"quarters of an hour in which calls began, in order"`
}

// A Quarter is one quarter of an hour of a day.
type Quarter struct {
	At     time.Time `json:"at"`
	Calls  int       `json:"calls"`
	Queued int       `json:"queued" doc:"of them, that entered a queue"`
}

const quarter = 15 * time.Minute

// days reads the records of today.
func (s *Server) days(ctx context.Context) []Day {
	days := []Day{}
	live := s.cfg.Live()
	for _, p := range s.cfg.Pools() {
		records, err := s.cfg.Records.List(ctx, p.Tenant, searched)
		if err != nil {
			s.cfg.Log.Debug("records of today", slog.Any("err", err)) // the board goes on without
			continue
		}
		for _, r := range live {
			if r.Tenant == p.Tenant {
				records = append(records, r)
			}
		}
		days = append(days, dayOf(p.Tenant, records, midnight(time.Now(), p.Zone)))
	}
	return days
}

func midnight(now time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

func dayOf(tenant string, records []call.Record, since time.Time) Day {
	d := Day{Tenant: tenant}
	quarters := map[int]*Quarter{}
	last := -1
	for i := range records {
		r := &records[i]
		if r.Started.Before(since) || r.Answered.IsZero() {
			continue
		}
		n := int(r.Started.Sub(since) / quarter)
		if quarters[n] == nil {
			quarters[n] = &Quarter{At: since.Add(time.Duration(n) * quarter)}
			last = max(last, n)
		}
		d.count(r, quarters[n])
	}
	d.Curve = make([]Quarter, 0, len(quarters))
	for n := range last + 1 {
		if q := quarters[n]; q != nil {
			d.Curve = append(d.Curve, *q)
		}
	}
	return d
}

func (d *Day) count(r *call.Record, q *Quarter) {
	d.Calls++
	q.Calls++
	if r.Queue != "" {
		q.Queued++
	}
	if !r.Ended.IsZero() {
		d.Ended++
		if outcomeOf(r) == OutcomeBot {
			d.Contained++
		}
	}
}
