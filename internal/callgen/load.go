package callgen

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/callward/callward/media/g711"
	"github.com/callward/callward/sip"
)

// LoadOptions says how many calls to place, and how fast.
type LoadOptions struct {
	To         string
	Transport  Transport
	Rate       float64       // calls a second
	Calls      int           // in all
	Concurrent int           // at once; 0: as many as there are
	Hold       time.Duration // of each call, from its answer
	Clip       []int16       // what each caller sends, again and again
	Ports      Ports         // of the calls; zero: any
}

// A LoadReport is what came of the calls.
type LoadReport struct {
	Placed    int            `json:"placed"`
	Answered  int            `json:"answered"`
	Completed int            `json:"completed"`
	Failed    map[string]int `json:"failed"` // by reason
	Silent    int            `json:"silent"` // completed, but nothing was heard

	Setup    Quantiles `json:"setup_ms"`  // from INVITE to answer
	Pacing   Quantiles `json:"pacing_ms"` // by how much packets were apart from where their timestamps put them
	Sent     int64     `json:"packets_sent"`
	SentLate int64     `json:"packets_sent_late"` // by us, more than 5 ms
	Received int64     `json:"packets_received"`
	Lost     int64     `json:"packets_lost"`
}

// Quantiles tell how something is spread, in milliseconds.
type Quantiles struct {
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

// Load places calls that send a clip and measure what comes back. It ends when
// all calls have, or with ctx. The error says that calls failed.
func Load(ctx context.Context, o LoadOptions) (LoadReport, error) {
	to, err := parseTarget(o.To, o.Transport)
	if err != nil {
		return LoadReport{}, err
	}
	if o.Rate <= 0 || o.Calls <= 0 || len(o.Clip) == 0 {
		return LoadReport{}, usageError("--rate and --calls are above 0")
	}
	p, err := newPhone(ctx, o.Transport, to.host, Ports{}, nil)
	if err != nil {
		return LoadReport{}, err
	}
	p.start(ctx)
	l := &load{options: o, to: to, phone: p, report: LoadReport{Failed: map[string]int{}}}
	l.pacer = newRTPPacer(encode(o.Clip))
	pacing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var group errgroup.Group
	group.Go(func() error { l.pacer.run(pacing); return nil })
	l.placeAll(ctx)
	stop()
	_ = group.Wait()
	return l.result(), errors.Join(l.verdict(ctx), p.close(ctx))
}

func encode(pcm []int16) []byte {
	code := make([]byte, len(pcm))
	g711.PCMU.Encode(code, pcm)
	return code
}

type load struct {
	options LoadOptions
	to      target
	phone   *phone
	pacer   *rtpPacer

	mu     sync.Mutex
	report LoadReport
	setups []float64
	pacing []float32
}

// placeAll places the calls one by one and waits for their end.
func (l *load) placeAll(ctx context.Context) {
	limit := l.options.Concurrent
	if limit <= 0 {
		limit = l.options.Calls
	}
	var calls errgroup.Group
	calls.SetLimit(limit)
	began := time.Now()
	for n := range l.options.Calls {
		due := began.Add(time.Duration(float64(n) / l.options.Rate * float64(time.Second)))
		if !sleepUntil(ctx, due) {
			break
		}
		calls.Go(func() error { l.place(ctx); return nil })
	}
	_ = calls.Wait()
}

func sleepUntil(ctx context.Context, at time.Time) bool {
	t := time.NewTimer(time.Until(at))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// place makes one call.
func (l *load) place(ctx context.Context) {
	l.count(func(r *LoadReport) { r.Placed++ })
	end, err := openRTP(l.phone.address.Addr(), l.options.Ports)
	if err != nil {
		l.fail(err)
		return
	}
	defer l.take(end)
	leg, err := l.dial(ctx, end)
	if err != nil {
		l.fail(err)
		return
	}
	hold := time.NewTimer(l.options.Hold)
	defer hold.Stop()
	select {
	case <-hold.C:
		_ = leg.Hangup(context.WithoutCancel(ctx), sip.Normal)
		l.count(func(r *LoadReport) { r.Completed++ })
	case <-ctx.Done():
		_ = leg.Hangup(context.WithoutCancel(ctx), sip.Normal)
		l.fail(errors.New("interrupted"))
	case <-leg.Done():
		if cause := leg.Cause(); cause != sip.Normal {
			l.fail(errors.New(cause.String()))
			return
		}
		l.count(func(r *LoadReport) { r.Completed++ })
	}
}

func (l *load) dial(ctx context.Context, end *rtpEnd) (*sip.Leg, error) {
	offer, err := end.offer()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	leg, err := l.phone.sip.Dial(ctx, sip.Invite{
		To: l.to.uri, From: "sip:load@" + l.phone.address.String(), SDP: offer,
	}, nil)
	if err != nil {
		return nil, shortReason(err)
	}
	took := time.Since(began)
	if err := end.answer(leg.Remote()); err != nil {
		_ = leg.Hangup(ctx, sip.NotAcceptable)
		return nil, errors.New("no common sound")
	}
	l.count(func(r *LoadReport) { r.Answered++ })
	l.mu.Lock()
	l.setups = append(l.setups, float64(took)/float64(time.Millisecond))
	l.mu.Unlock()
	l.pacer.add(end)
	return leg, nil
}

// shortReason makes an error a reason that many calls may share.
func shortReason(err error) error {
	if no, ok := errors.AsType[*sip.Rejected](err); ok {
		return fmt.Errorf("%d %s", no.Code, no.Cause())
	}
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted")
	}
	return err
}

// take closes a call's sound and adds what it measured.
func (l *load) take(end *rtpEnd) {
	l.pacer.remove(end)
	end.close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pacing = append(l.pacing, end.apart...)
	l.report.Received += end.received
	l.report.Lost += end.lost()
	if end.audible == 0 && end.remote.IsValid() {
		l.report.Silent++
	}
}

func (l *load) fail(err error) { l.count(func(r *LoadReport) { r.Failed[err.Error()]++ }) }

func (l *load) count(change func(*LoadReport)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.report)
}

func (l *load) counts() LoadReport {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.report
}

func (l *load) result() LoadReport {
	r := l.counts()
	r.Setup = quantiles(l.setups)
	r.Pacing = quantiles(l.pacing)
	r.Sent, r.SentLate = l.pacer.sent, l.pacer.late
	return r
}

// verdict says whether the calls went well.
func (l *load) verdict(ctx context.Context) error {
	r := l.counts()
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case r.Completed < l.options.Calls:
		return fmt.Errorf("%d of %d calls failed", l.options.Calls-r.Completed, l.options.Calls)
	case r.Silent > 0:
		return fmt.Errorf("%d of %d calls heard nothing", r.Silent, l.options.Calls)
	}
	return nil
}

func quantiles[T float32 | float64](values []T) Quantiles {
	if len(values) == 0 {
		return Quantiles{}
	}
	slices.Sort(values)
	at := func(q float64) float64 { return float64(values[int(q*float64(len(values)-1))]) }
	return Quantiles{P50: at(0.5), P99: at(0.99), P999: at(0.999), Max: at(1)}
}
