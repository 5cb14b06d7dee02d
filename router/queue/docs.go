package queue

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A whole is a number that the scripts may keep as text: printing one anew costs them as
// much as a command.
type whole int64

// UnmarshalJSON reads 12 and "12".
func (w *whole) UnmarshalJSON(text []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(text), `"`), 10, 64)
	if err != nil {
		return fmt.Errorf("read a number: %w", err)
	}
	*w = whole(n)
	return nil
}

// A callDoc is a call as the scripts keep it.
type callDoc struct {
	ID       string `json:"id"`
	State    string `json:"st"` // waiting, callback, reserved, ringing, talking, expired
	Queue    string `json:"queue"`
	Priority int    `json:"prio"`
	Skills   string `json:"skills"`
	Node     string `json:"node"`
	Seq      whole  `json:"seq"`
	Place    string `json:"place"`
	Score    string `json:"score"`
	Step     int    `json:"step"` // rungs of the ladder climbed
	Entered  whole  `json:"enq"`
	Joined   whole  `json:"joined"` // this queue, after an overflow
	Tried    string `json:"tried"`
	Offer    whole  `json:"offer"`
	Agent    string `json:"agent"` // several, parted by spaces, where all are rung
	Due      whole  `json:"due"`   // of the offer, of the next rung, or when a callback may be offered
	Back     string `json:"back"`  // a Callback, JSON; empty: the caller is on the line
	Ends     whole  `json:"ends"`  // when a callback is given up
	Rings    int    `json:"rings"` // how often the phone was rung for it
}

// own gives the skills that the caller came with.
func (c callDoc) own() []string { return unlist(strings.ReplaceAll(c.Skills, ",", " "), 1) }

// An agentDoc is an agent as the scripts keep it.
type agentDoc struct {
	ID     string `json:"id"`
	State  State  `json:"st"`
	Reason Reason `json:"reason"`
	Queues string `json:"queues"`
	Skills string `json:"skills"`
	Since  whole  `json:"since"`
	Call   string `json:"call"`
	Offer  whole  `json:"offer"`
	Due    whole  `json:"due"`
	Want   State  `json:"want"`
	Missed int    `json:"missed"` // offers in a row
	Turn   whole  `json:"turn"`   // number of the last offer

	Mark  whole `json:"mark"` // until when the following are counted, all of one day
	Day   whole `json:"day"`
	Calls whole `json:"calls"`
	Talk  whole `json:"talk"` // ms, as the next two
	Wrap  whole `json:"wrap"`
	Free  whole `json:"free"`
}

// docs reads every document, calls in the order of their places.
func (r *Redis) docs(ctx context.Context) ([]callDoc, []agentDoc, error) {
	reply, err := r.run(ctx, r.scripts.snapshot).Slice()
	if err != nil {
		return nil, nil, err
	}
	if len(reply) != 2 {
		return nil, nil, fmt.Errorf("reply has %d parts, need 2", len(reply))
	}
	calls, err := r.calls.read(reply[0])
	if err != nil {
		return nil, nil, err
	}
	agents, err := r.agents.read(reply[1])
	if err != nil {
		return nil, nil, err
	}
	slices.SortFunc(calls, func(a, b callDoc) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(agents, func(a, b agentDoc) int { return cmp.Compare(a.ID, b.ID) })
	return calls, agents, nil
}

func decode[T any](part any) ([]T, error) { return new(reader[T]).read(part) }
