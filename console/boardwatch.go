package console

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/callward/callward/console/access"
)

// boards watches what the board shows while anybody looks, once for all readers, and
// keeps the latest changes for those who resume. Its goroutine runs from the first
// reader to the last.
type boards struct {
	mu      sync.Mutex
	readers int
	cancel  context.CancelFunc
	done    chan struct{}

	epoch string // of this process: ids of another are void
	seq   uint64
	now   Board
	ready bool
	dayed time.Time // when the records of the day were read
	ring  []frame   // the latest changes, oldest first
	more  chan struct{}
}

// A frame is one event of the board: all of it, or what changed.
type frame struct {
	id     string
	whole  *Board
	change BoardChange
}

const (
	boardGap  = 200 * time.Millisecond // between two frames: five a second
	boardIdle = time.Second            // what no journal tells, such as a pause, shows within
	boardKept = 256                    // changes, for those who resume
	boardRead = 2 * time.Second        // longest wait for Redis
	boardDay  = 5 * time.Second        // between two looks at the records of the day
)

func newBoards() *boards {
	return &boards{epoch: strconv.FormatInt(time.Now().UnixMilli(), 36), more: make(chan struct{})}
}

// join counts a reader in; leave must follow.
func (b *boards) join(s *Server) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.readers++; b.readers > 1 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background()) // it outlives the request that began it
	b.cancel, b.done = cancel, make(chan struct{})
	before := b.done
	go func() {
		defer close(before)
		b.watch(ctx, s)
	}()
}

// leave ends the watch after the last reader, and waits for it.
func (b *boards) leave() {
	b.mu.Lock()
	b.readers--
	if b.readers > 0 {
		b.mu.Unlock()
		return
	}
	b.cancel()
	done := b.done
	b.ready = false // what it knows grows old
	b.mu.Unlock()
	<-done
}

// watch looks again whenever the journal tells of something, and now and then.
func (b *boards) watch(ctx context.Context, s *Server) {
	gap := time.NewTimer(0)
	defer gap.Stop()
	seen := s.cfg.Journal.Last()
	for {
		select {
		case <-gap.C:
		case <-ctx.Done():
			return
		}
		b.look(ctx, s)
		gap.Reset(boardGap)
		wait, cancel := context.WithTimeout(ctx, boardIdle)
		if entries, err := s.cfg.Journal.Next(wait, seen); err == nil {
			seen = entries[len(entries)-1].Seq
		}
		cancel()
	}
}

func (b *boards) look(ctx context.Context, s *Server) {
	ctx, cancel := context.WithTimeout(ctx, boardRead)
	defer cancel()
	next := s.readBoard(ctx)
	next.Days = b.today(ctx, s, next.At)
	if ctx.Err() != nil && ctx.Err() != context.DeadlineExceeded { //nolint:errorlint // it is never wrapped
		return // the last reader has gone: what was read may be half
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if next.Trouble { // better old than none
		next.Queues, next.Agents = b.now.Queues, b.now.Agents
	}
	c, changed := changes(b.now, next)
	fresh := !b.ready
	b.now, b.ready = next, true
	if !changed && !fresh {
		return
	}
	b.seq++
	if b.ring = append(b.ring, frame{id: b.id(), change: c}); len(b.ring) > boardKept {
		b.ring = slices.Delete(b.ring, 0, len(b.ring)-boardKept)
	}
	close(b.more)
	b.more = make(chan struct{})
}

// today reads the records of the day, but not every time.
func (b *boards) today(ctx context.Context, s *Server, now time.Time) []Day {
	b.mu.Lock()
	days, old := b.now.Days, now.Sub(b.dayed) >= boardDay
	if old {
		b.dayed = now
	}
	b.mu.Unlock()
	if old {
		return s.days(ctx)
	}
	return days
}

func (b *boards) id() string { return b.epoch + "-" + strconv.FormatUint(b.seq, 10) }

// after gives the frames that follow an id, or the whole board if they are not all kept,
// and what is closed when there are more.
func (b *boards) after(id string) (frames []frame, more <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.ready {
		return nil, b.more
	}
	epoch, text, _ := strings.Cut(id, "-")
	seq, err := strconv.ParseUint(text, 10, 64)
	missed := b.seq - seq
	if err != nil || epoch != b.epoch || seq > b.seq || missed > uint64(len(b.ring)) {
		return b.whole(), b.more
	}
	return slices.Clone(b.ring[uint64(len(b.ring))-missed:]), b.more
}

// whole gives the board as one frame; for whoever it concerns, mu is held.
func (b *boards) whole() []frame {
	now := b.now
	return []frame{{id: b.id(), whole: &now}}
}

// latest gives the whole board if anything has changed since an id.
func (b *boards) latest(id string) (frames []frame, more <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.ready || id == b.id() {
		return nil, b.more
	}
	return b.whole(), b.more
}

// changes tells what next has that was had not, and the other way round.
func changes(was, next Board) (c BoardChange, some bool) {
	c.At = next.At
	var gone Gone
	c.Queues, gone.Queues = differ(was.Queues, next.Queues)
	c.Agents, gone.Agents = differ(was.Agents, next.Agents)
	c.Calls, gone.Calls = differ(was.Calls, next.Calls)
	c.Days, _ = differ(was.Days, next.Days)
	if len(gone.Queues)+len(gone.Agents)+len(gone.Calls) > 0 {
		c.Gone = &gone
	}
	if was.Trouble != next.Trouble {
		c.Trouble = &next.Trouble
	}
	return c, c.Gone != nil || c.Trouble != nil || len(c.Queues)+len(c.Agents)+len(c.Calls)+len(c.Days) > 0
}

// A thing on the board has a key, and is the same as another or not.
type thing[T any] interface {
	key() string
	same(T) bool
}

func differ[T thing[T]](was, next []T) (changed []T, gone []string) {
	before := make(map[string]T, len(was))
	for _, t := range was {
		before[t.key()] = t
	}
	for _, t := range next {
		if old, ok := before[t.key()]; !ok || !old.same(t) {
			changed = append(changed, t)
		}
		delete(before, t.key())
	}
	for key := range before {
		gone = append(gone, key)
	}
	slices.Sort(gone)
	return changed, gone
}

// of leaves out what is not to be seen.
func (c BoardChange) of(v sight) BoardChange {
	b := Board{Queues: c.Queues, Agents: c.Agents, Calls: c.Calls, Days: c.Days}.clone()
	b.keep(v)
	c.Queues, c.Agents, c.Calls, c.Days = b.Queues, b.Agents, b.Calls, b.Days
	if c.Gone != nil {
		g := Gone{beyond(c.Gone.Queues, v, v.board), beyond(c.Gone.Agents, v, v.board), beyond(c.Gone.Calls, v, v.calls)}
		c.Gone = &g
	}
	return c
}

// beyond leaves out the keys of what was never in sight.
func beyond(keys []string, v sight, reach access.Reach) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		tenant, _, _ := strings.Cut(key, "/")
		return !v.wants(tenant) || !reach.Whole(tenant)
	})
}

// clone has lists of its own.
func (b Board) clone() Board {
	b.Queues, b.Agents, b.Calls, b.Days = slices.Clone(b.Queues), slices.Clone(b.Agents), slices.Clone(b.Calls), slices.Clone(b.Days)
	return b
}
