package tts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/callward/callward/tts/ssml"
)

// text is what is to be said.
type text struct {
	voice     Voice
	sentences []string
	ssml      string // of the only sentence; empty: it has none
}

// newText cuts words into sentences. SSML is checked, and is one sentence whatever it
// says: markup may go over several.
func newText(words string, v Voice) (text, error) {
	if !v.SSML || words == "" {
		return text{voice: v, sentences: sentences(words)}, nil
	}
	d, err := ssml.Parse(words)
	if err != nil {
		return text{}, fmt.Errorf("text to speak: %w", err)
	}
	t := text{voice: v, ssml: words}
	if plain := d.Plain(); plain != "" {
		t.sentences = []string{plain}
	}
	return t, nil
}

// What a sentence may take, at the usual speed: the contract's check allows 400 ms for each
// letter. An engine that goes on beyond is given up, not listened to for minutes.
const (
	longestLetter = 400 * sampleRateHz / 1000
	longestRest   = 10 * sampleRateHz
)

// most gives how many samples a sentence may have. Markup may ask for pauses of any length.
func (t *text) most(i int) int64 {
	if t.ssml != "" {
		return maxSpeech
	}
	usual := float64(longestRest + longestLetter*len(t.sentences[i]))
	return int64(min(usual/min(cmp.Or(t.voice.Rate, 1), 1), maxSpeech))
}

// A telling has a text spoken by engines of a pool, sentence by sentence: by one, and by
// the next from the sentence on that the first did not finish. An engine that gives
// nothing for a while gets another beside it, and who is first goes on. All but end is
// called by the one who reads.
type telling struct {
	pool *Pool
	text text

	at      int  // sentence that comes
	begun   bool // some of it was given
	lonely  bool // nobody else is to be had for it
	canned  bool // there is a rendering to play instead, as long as nothing was heard
	tried   map[*provider]bool
	failed  *attempt  // the last that did
	heardBy int       // engines
	spoke   *provider // of the last of them
	halves  int       // times that the sentence broke off

	waits   time.Time // since when the reader does
	single  time.Time // until when no second engine is asked, since too many are
	trouble time.Time // since when no engine has been heard; zero: one is

	current, spare *attempt
	held           *piece // the first of the spare's, while it may not begin yet

	mu      sync.Mutex
	ended   bool
	open    map[*attempt]struct{}
	parting *attempt // it has said all, and may end its stream
	helpers sync.WaitGroup
}

func newTelling(p *Pool, t text) *telling {
	return &telling{pool: p, text: t, tried: map[*provider]bool{}, open: map[*attempt]struct{}{}}
}

// next gives audio, io.EOF after the last.
func (t *telling) next(ctx context.Context) ([]int16, error) {
	for t.at < len(t.text.sentences) {
		p, err := t.await(ctx)
		if err != nil {
			t.leave()
			return nil, err
		}
		if p.last {
			t.at, t.begun, t.lonely = p.sentence+1, false, false
			t.halves = 0
			clear(t.tried)
			continue
		}
		t.begun = true
		return p.pcm, nil
	}
	if t.current != nil {
		t.part(t.current)
		t.current = nil
	}
	t.leave()
	return nil, io.EOF
}

// leave ends what is not needed any more.
func (t *telling) leave() {
	for _, a := range []*attempt{t.current, t.spare} {
		if a != nil {
			t.end(a)
		}
	}
	t.current, t.spare, t.held = nil, nil, nil
}

// await gives the next piece of whichever engine has it.
func (t *telling) await(ctx context.Context) (piece, error) {
	t.waits = time.Now()
	for {
		if t.current == nil {
			if err := t.engage(ctx); err != nil {
				return piece{}, err
			}
		}
		if p, ok := t.wait(ctx); ok {
			return p, nil
		}
		if ctx.Err() != nil {
			return piece{}, ours(ctx)
		}
		t.judge(ctx, time.Now())
	}
}

// wait takes what comes, until there is something to decide.
func (t *telling) wait(ctx context.Context) (piece, bool) {
	if t.held != nil && t.spare == nil { // it has taken over
		p := *t.held
		t.held = nil
		t.heard(t.current)
		return p, true
	}
	timer := time.NewTimer(time.Until(t.due()))
	defer timer.Stop()
	var spare chan piece
	if t.spare != nil && t.held == nil {
		spare = t.spare.pieces
	}
	select {
	case p, ok := <-t.current.pieces:
		if ok {
			t.heard(t.current)
			return p, true
		}
		t.broke(ctx, t.current)
	case p, ok := <-spare:
		if ok {
			t.held = &p
			break
		}
		t.broke(ctx, t.spare)
	case <-timer.C:
	case <-ctx.Done():
	}
	return piece{}, false
}

// broke gives up an engine that has ended its stream. If we did, it is not to blame.
func (t *telling) broke(ctx context.Context, a *attempt) {
	if ctx.Err() == nil {
		t.lose(a, a.failure)
	}
}

// yields gives when the spare may take over if it has something and the current engine has
// not: at once, but later if the caller would hear a part of a sentence again.
func (t *telling) yields() time.Time {
	if !t.begun {
		return t.waits
	}
	return t.waits.Add(2 * t.current.provider.hedge())
}

// due gives when there is something to decide.
func (t *telling) due() time.Time {
	at := t.current.limit(t.waitsFor(t.current))
	sooner := func(o time.Time) {
		if o.Before(at) {
			at = o
		}
	}
	switch {
	case t.spare == nil && !t.lonely:
		sooner(t.hedgeAt())
	case t.held != nil:
		sooner(t.yields())
	case t.spare != nil:
		sooner(t.spare.limit(t.waitsFor(t.spare)))
	}
	return at
}

func (t *telling) hedgeAt() time.Time {
	at := t.waitsFor(t.current).Add(t.current.provider.hedge())
	if t.single.After(at) {
		return t.single
	}
	return at
}

// waitsFor gives since when the reader waits for an engine.
func (t *telling) waitsFor(a *attempt) time.Time {
	if t.waits.Before(a.asked) {
		return a.asked
	}
	return t.waits
}

// judge gives up who is too late, and asks another beside who may soon be.
func (t *telling) judge(ctx context.Context, now time.Time) {
	if t.spare != nil && t.held == nil && !now.Before(t.spare.limit(t.waitsFor(t.spare))) {
		t.lose(t.spare, ErrStalled)
	}
	switch {
	case t.current == nil:
	case !now.Before(t.current.limit(t.waitsFor(t.current))):
		t.lose(t.current, ErrStalled)
	case t.held != nil && t.spare != nil && !now.Before(t.yields()):
		t.lose(t.current, errOvertaken)
	case t.spare == nil && !t.lonely && !now.Before(t.hedgeAt()):
		t.hedge(ctx, now)
	}
}

// hedge asks another engine beside the one that gives nothing.
func (t *telling) hedge(ctx context.Context, now time.Time) {
	if !t.pool.double(t.current.provider, now) {
		t.single = now.Add(singleFor)
		return
	}
	t.tried[t.current.provider] = true
	p, _ := t.pool.pick(t.text.voice, t.tried, now)
	if p == nil {
		t.pool.undouble()
		t.lonely = true
		return
	}
	t.pool.hedges.Add(1)
	t.spare = t.begin(ctx, p, true)
}

// singleFor is the time between two looks for the right to ask a second engine.
const singleFor = 100 * time.Millisecond

// heard notes that an engine does what it is asked for; the other is not needed.
func (t *telling) heard(a *attempt) {
	if !a.heard {
		a.heard = true
		t.heardBy++
		t.spoke = a.provider
		t.trouble = time.Time{}
		a.judged.Store(true)
		a.provider.breaker.Succeeded()
		if t.failed != nil {
			t.switched(a)
		}
	}
	if t.spare != nil {
		t.end(t.spare)
		t.spare, t.held = nil, nil
	}
}

func (t *telling) switched(to *attempt) {
	t.pool.switches.Add(1)
	if tell := t.pool.config.Switched; tell != nil {
		tell(Switch{
			From: t.failed.provider.Name, To: to.provider.Name, Cause: t.failed.failure,
			Sentence: to.from, Again: t.begun,
		})
	}
	t.failed = nil
}

// lose gives an engine up, and lets the spare go on in its place.
func (t *telling) lose(a *attempt, err error) {
	a.cancel(ErrClosed)
	t.tried[a.provider] = true
	switch {
	case errors.Is(err, ErrClosed):
	case errors.Is(err, errOvertaken) && time.Since(a.asked) < a.provider.hedge():
	default:
		a.judged.Store(true)
		a.provider.failed(err, time.Now())
	}
	t.end(a)
	switch a {
	case t.spare:
		t.spare, t.held = nil, nil
	case t.current:
		for range a.pieces { // until its goroutine has ended: failure is ours then
		}
		a.failure = err
		if t.begun {
			t.halves++
		}
		if t.trouble.IsZero() {
			t.trouble = t.waitsFor(a)
		}
		t.failed, t.current, t.spare = a, t.spare, nil
	}
}

// againAfter is the time between two looks for an engine.
const againAfter = 20 * time.Millisecond

// engage gives what is left of the text to an engine that was not tried with this
// sentence, or, while there is time, to any.
func (t *telling) engage(ctx context.Context) error {
	for {
		p, busy := t.pool.pick(t.text.voice, t.tried, time.Now())
		switch {
		case p != nil:
			t.current, t.lonely = t.begin(ctx, p, false), false
			return nil
		case ctx.Err() != nil:
			return ours(ctx)
		case t.trouble.IsZero():
			t.trouble = time.Now()
			continue
		case time.Since(t.trouble) >= t.patience() || t.halves > mostHalves || !t.pool.speaks(t.text.voice.Language):
			return t.reason()
		case !busy:
			clear(t.tried)
		}
		pause(ctx, againAfter)
	}
}

// mostHalves is how often the caller hears a part of a sentence before the text fails.
const mostHalves = 2

// patience is how long a sentence looks for an engine.
func (t *telling) patience() time.Duration {
	if t.canned && t.heardBy == 0 {
		return 0
	}
	return t.pool.config.Patience
}

func (t *telling) reason() error {
	if t.failed != nil {
		return t.failed.failure
	}
	return ErrNoEngine
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// begin asks an engine for what is left of the text; beside: another has it already.
func (t *telling) begin(ctx context.Context, p *provider, beside bool) *attempt {
	ctx, cancel := context.WithCancelCause(ctx)
	a := &attempt{
		provider: p, text: &t.text, from: t.at, asked: time.Now(), beside: beside,
		pieces: make(chan piece, piecesAhead), cancel: cancel, tell: t.pool.config.FirstAudio,
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		cancel(ErrClosed)
		a.failure = ErrClosed
		close(a.pieces)
		t.left(a)
		return a
	}
	t.open[a] = struct{}{}
	t.helpers.Go(func() { a.run(ctx) })
	return a
}

// end leaves an engine.
func (t *telling) end(a *attempt) {
	a.cancel(ErrClosed)
	t.mu.Lock()
	_, open := t.open[a]
	delete(t.open, a)
	t.mu.Unlock()
	if open {
		t.left(a)
	}
}

// part leaves an engine that has said all. It may end its stream, until close.
func (t *telling) part(a *attempt) {
	t.mu.Lock()
	_, open := t.open[a]
	delete(t.open, a)
	t.parting = a
	t.mu.Unlock()
	if open {
		t.left(a)
	}
}

// left gives back the right to an engine.
func (t *telling) left(a *attempt) {
	if !a.judged.Load() {
		a.provider.breaker.Forgiven()
	}
	a.provider.leave()
	if a.beside {
		t.pool.undouble()
	}
}

// close leaves all engines, and waits until nothing is under way. It may be called from
// any goroutine, and twice.
func (t *telling) close() {
	t.mu.Lock()
	t.ended = true
	var open []*attempt
	for a := range t.open {
		open = append(open, a)
	}
	if t.parting != nil {
		t.parting.cancel(ErrClosed)
	}
	t.mu.Unlock()
	for _, a := range open {
		t.end(a)
	}
	t.helpers.Wait()
}

// ours says why this side ended it.
func ours(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), ErrStalled) {
		return ErrStalled
	}
	return ErrClosed
}
