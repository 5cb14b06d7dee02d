package console

import (
	"context"
	"time"

	"github.com/callward/callward/router/queue"
)

// Today is what was counted of a queue since midnight where its tenant is. docs/queues.md
// defines every name. A share of nothing is left out.
type Today struct {
	Queued    int64 `json:"queued"`
	Carried   int64 `json:"carried" doc:"waiting at midnight"`
	Answered  int64 `json:"answered"`
	Abandoned int64 `json:"abandoned"`
	Short     int64 `json:"short_abandoned"`
	Moved     int64 `json:"moved" doc:"overflowed to another queue"`
	Expired   int64 `json:"expired" doc:"waited as long as they may"`
	Lost      int64 `json:"lost" doc:"their server died"`
	Left      int64 `json:"left" doc:"taken back by the bot, or ended by us"`
	Full      int64 `json:"refused_full"`
	Callbacks int64 `json:"moved_to_callback" doc:"hung up to be called back"`
	Returned  int64 `json:"called_back" doc:"callbacks that were answered"`
	Uncalled  int64 `json:"uncalled" doc:"callbacks given up"`
	Empty     int64 `json:"refused_empty"`
	Rona      int64 `json:"rona" doc:"offers that rang out"`

	AnsweredLevel  *float64 `json:"sl_answered,omitempty"`
	InclusiveLevel *float64 `json:"sl_inclusive,omitempty"`
	OfferedLevel   *float64 `json:"sl_offered,omitempty"`
	AbandonRate    *float64 `json:"abandon_rate,omitempty"`
	Occupancy      *float64 `json:"occupancy,omitempty"`

	ASA time.Duration `json:"asa_ns"`
	AHT time.Duration `json:"aht_ns"`
}

// figures adds to queues what was counted of them.
func (s *Server) figures(ctx context.Context, only string, queues []Queue) error {
	for _, p := range s.cfg.Pools() {
		if only != "" && p.Tenant != only || p.Figures == nil || !reachOf(ctx).Tenant(p.Tenant) {
			continue
		}
		all, err := p.Figures(ctx)
		if err != nil {
			return s.unavailable("read figures", err)
		}
		for i, q := range queues {
			if q.Tenant == p.Tenant {
				queues[i].Today = todayOf(all[q.Name])
			}
		}
	}
	return nil
}

func todayOf(f queue.Figures) *Today {
	return &Today{
		Queued: f.Queued, Carried: f.Carried, Answered: f.Answered, Abandoned: f.Abandoned, Short: f.Short, Moved: f.Moved,
		Expired: f.Expired, Lost: f.Lost, Left: f.Left, Full: f.Full, Empty: f.Empty, Rona: f.Missed,
		Callbacks: f.Callbacks, Returned: f.CalledBack, Uncalled: f.Uncalled,
		AnsweredLevel: shareOf(f.AnsweredLevel()), InclusiveLevel: shareOf(f.InclusiveLevel()), OfferedLevel: shareOf(f.OfferedLevel()),
		AbandonRate: shareOf(f.AbandonRate()), Occupancy: shareOf(f.Occupied), ASA: f.ASA(), AHT: f.AHT(),
	}
}

func shareOf(s queue.Share) *float64 {
	if v, ok := s.Value(); ok {
		return &v
	}
	return nil
}
