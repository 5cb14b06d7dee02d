package console

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
)

const (
	loadTalk    = 30 * time.Second // on average: 200 agents take 6.7 calls a second
	loadPartial = 5 * time.Millisecond
	loadReaders = 10
	loadShare   = 0.05 // of a core
)

// A busyFloor is a pool on a real Redis with 200 agents who talk and 300 callers who wait, and
// the journal of their calls, in which the words of callers are as many as they are in life.
type busyFloor struct {
	*testing.T

	pool    *queue.Redis
	journal *call.Journal

	mu    sync.Mutex
	live  map[string]call.Record
	taken map[string]time.Time // by call, when an agent had it, until the board says so
	late  []time.Duration
	next  int
}

func (f *busyFloor) records() []call.Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]call.Record, 0, len(f.live))
	for _, r := range f.live {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b call.Record) int { return a.Started.Compare(b.Started) })
	return out
}

// arrive has a caller enter a queue.
func (f *busyFloor) arrive() {
	f.mu.Lock()
	f.next++
	r := call.Record{
		Tenant: "default", Call: call.ID(fmt.Sprint("c", f.next)), Caller: "+33155500100", State: "queued", Queue: fmt.Sprint("q", f.next%5),
		Started: time.Now(), Intent: &call.Scored{Name: "invoice", Confidence: 0.9},
	}
	f.live[string(r.Call)] = r
	f.mu.Unlock()
	if err := f.pool.Enqueue(f.Context(), queue.Entry{Call: string(r.Call), Queue: r.Queue}); err != nil && f.Context().Err() == nil {
		f.Error(err)
	}
	f.journal.Append(call.Entry{Tenant: "default", Call: r.Call, Kind: call.KindQueued, Queue: r.Queue})
}

// serve has agents take whatever is offered, talk, and another caller come for each who leaves.
func (f *busyFloor) serve(ctx context.Context, talks *sync.WaitGroup) {
	for {
		o, err := f.pool.Next(ctx)
		if err != nil {
			return
		}
		if won, err := f.pool.Accept(ctx, o); err != nil || !won {
			continue
		}
		f.mu.Lock()
		f.taken[o.Call] = time.Now()
		f.mu.Unlock()
		f.journal.Append(call.Entry{Tenant: "default", Call: call.ID(o.Call), Kind: call.KindBridged, Agent: o.Agent})
		talks.Go(func() { f.talk(ctx, o) })
	}
}

func (f *busyFloor) talk(ctx context.Context, o queue.Offer) {
	length := time.NewTimer(time.Duration(rand.Int64N(int64(2 * loadTalk)))) //nolint:gosec // a test's
	defer length.Stop()
	select {
	case <-length.C:
	case <-ctx.Done():
		return
	}
	_ = f.pool.Complete(ctx, o) // at the end of the test it may be too late
	f.mu.Lock()
	delete(f.live, o.Call)
	delete(f.taken, o.Call) // shorter than the board may take
	f.mu.Unlock()
	f.journal.Append(call.Entry{Tenant: "default", Call: call.ID(o.Call), Kind: call.KindEnded})
	f.arrive()
}

// murmur writes words of callers.
func (f *busyFloor) murmur(ctx context.Context) {
	tick := time.NewTicker(loadPartial)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			f.journal.Append(call.Entry{Tenant: "default", Call: "c1", Kind: call.KindCallerPart})
		case <-ctx.Done():
			return
		}
	}
}

// look notes how late the board says that an agent has a call.
func (f *busyFloor) look(agents []Agent) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range agents {
		if at, ok := f.taken[a.Call]; ok && a.State == string(queue.Busy) {
			f.late = append(f.late, time.Since(at))
			delete(f.taken, a.Call)
		}
	}
}

// burnt is what this process has used of the processors.
func burnt(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestTheBoardKeepsUpWithABusyFloor(t *testing.T) {
	seconds, _ := strconv.Atoi(os.Getenv("CALLWARD_BOARD"))
	if seconds == 0 {
		t.Skip("a measurement: make bench-board")
	}
	f := &busyFloor{T: t, live: map[string]call.Record{}, taken: map[string]time.Time{}}
	f.pool = queuetest.Start(t, queue.Config{Client: queuetest.Server(t)(), WrapUp: -1, Misses: -1})
	b := newBench(t, 1<<14, func(c *Config) {
		c.Live = f.records
		c.Pools = func() []Pool {
			return []Pool{{Tenant: "default", Snapshot: f.pool.Snapshot, Figures: f.pool.Figures, Outlook: f.pool.Outlook}}
		}
	})
	f.journal = b.journal
	var talks sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	defer talks.Wait()
	defer stop()
	for i := range paceAgents {
		a := queue.Agent{ID: fmt.Sprint("a", i), State: queue.Available, Queues: []string{fmt.Sprint("q", i%5), fmt.Sprint("q", (i+1)%5)}}
		if err := f.pool.SetAgent(ctx, a); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		talks.Go(func() { f.serve(ctx, &talks) })
	}
	talks.Go(func() { f.murmur(ctx) })
	for range paceCalls {
		f.arrive()
	}
	share := func() float64 {
		began, used := time.Now(), burnt(t)
		time.Sleep(time.Duration(seconds) * time.Second)
		return float64(burnt(t)-used) / float64(time.Since(began))
	}
	time.Sleep(2 * time.Second) // until the floor is full
	unwatched := share()
	bytes := f.watched(b, loadReaders)
	watched := share()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.report(bytes(), seconds, unwatched, watched)
}

// boardReader and boardToken make a process of this test a reader of a board, which takes
// nothing of what is measured.
const (
	boardReader = "CALLWARD_TEST_BOARD"
	boardToken  = "CALLWARD_TEST_BOARD_TOKEN" //nolint:gosec // the name of a variable
)

// readBoard reads a stream until it ends, or this process is killed.
func readBoard(url string) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, http.NoBody)
	if err == nil {
		req.Header.Set("Authorization", "Bearer "+os.Getenv(boardToken))
		var resp *http.Response
		if resp, err = http.DefaultClient.Do(req); err == nil {
			_, err = io.CopyN(os.Stdout, resp.Body, 1) // it has begun
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// reader starts a process that reads the board until the test ends, and waits until it has
// the first of it.
func (f *busyFloor) reader(b *bench) {
	f.Helper()
	cmd := exec.CommandContext(f.Context(), os.Args[0]) //nolint:gosec // this test
	cmd.Env = append(os.Environ(), boardReader+"="+b.URL+"/api/v1/board/events", boardToken+"="+b.token)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		_, err = out.Read(make([]byte, 1))
	}
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = cmd.Wait() })
}

// watched opens streams, of which the first is looked at. It gives what counts the bytes of
// all events of one reader.
func (f *busyFloor) watched(b *bench, readers int) (bytes func() int) {
	var mu sync.Mutex
	sum := 0
	for range readers - 1 {
		f.reader(b)
	}
	events := b.watchBoard(f.T, "", "")
	first := <-events // all of it
	f.look(decode[Board](f.T, first.data).Agents)
	f.mu.Lock()
	f.taken, f.late = map[string]time.Time{}, nil // nobody looked until now
	f.mu.Unlock()
	go func() { // until the stream ends with the test
		for e := range events {
			var c BoardChange
			if json.Unmarshal([]byte(e.data), &c) == nil {
				f.look(c.Agents)
			}
			mu.Lock()
			sum += len(e.data)
			mu.Unlock()
		}
	}()
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return sum
	}
}

// report says what was measured, and fails where it is not good enough. Who holds mu calls.
func (f *busyFloor) report(bytes, seconds int, unwatched, watched float64) {
	slices.Sort(f.late)
	if len(f.late) < seconds {
		f.Fatalf("only %d events were seen on the board", len(f.late))
	}
	at := func(p float64) time.Duration { return f.late[int(p*float64(len(f.late)-1))].Round(time.Millisecond) }
	f.Logf("%d calls, %d agents, %d readers: %d events on the board after %s (median), %s (p99), %s (latest)", paceCalls, paceAgents, loadReaders, len(f.late), at(0.5), at(0.99), at(1))
	f.Logf("%.1f %% of a core with nobody looking, %.1f %% with all readers: the board takes %.1f %%; %.1f KB/s for each reader",
		100*unwatched, 100*watched, 100*(watched-unwatched), float64(bytes)/float64(seconds)/1000)
	if at(0.99) > paceLate {
		f.Errorf("p99 is %s, more than %s", at(0.99), paceLate)
	}
	if watched-unwatched > loadShare {
		f.Errorf("the board takes %.1f %% of a core, more than %.0f", 100*(watched-unwatched), 100*loadShare)
	}
}
