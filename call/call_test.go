package call_test

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/records"
	"github.com/callward/callward/media"
	"github.com/callward/callward/payment"
	"github.com/callward/callward/payment/paymenttest"
	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/assistant"
	"github.com/callward/callward/router/intent"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/router/queue/queuetest"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/tts"
	"github.com/callward/callward/tts/ttstest"
)

// TestMain lets more tests run at once than there are cores: calls take real time, most of
// it idle.
func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.NumCPU())) // fails only if there is no such flag
	goleak.VerifyTestMain(m)
}

const patience = time.Minute

// A bench is a line without SIP: real media, engines that follow a script, the
// real queue on an embedded Redis.
type bench struct {
	t          *testing.T
	engine     *media.Engine
	deps       call.Deps
	queues     *queue.Redis
	calls      *call.Registry
	journal    *call.Journal
	agents     *phones
	silence    string // of the assistant's listening
	private    bool   // callers want not to be named
	greets     string // how the assistant greets, if not as always
	muteAgents bool
	briefs     map[string]call.Brief
	byKey      bool   // a card is asked for in place of the reading, and is to be keyed
	line       string // the assistant's file
	more       func(*call.Setup)
	hears      *asrtest.Server
	log        lockedText
}

func newBench(t *testing.T, script ...string) *bench {
	t.Helper()
	return newBenchWith(t, asrtest.Say(script...))
}

func newBenchWith(t *testing.T, script []asrtest.Turn) *bench {
	t.Helper()
	return newBenchAt(t, "testdata/line.yaml", script)
}

// newBenchOn is a bench with another line.
func newBenchOn(t *testing.T, line string, script ...string) *bench {
	t.Helper()
	return newBenchAt(t, line, asrtest.Say(script...))
}

func newBenchAt(t *testing.T, line string, script []asrtest.Turn) *bench {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	engine, err := media.New(media.Config{PortMin: 42000, PortMax: 42999, Quarantine: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = engine.Run(ctx) })
	b := &bench{
		t: t, engine: engine, journal: call.NewJournal(1000, time.Now), calls: call.NewRegistry(),
		queues: queuetest.Start(t, queue.Config{Rest: 50 * time.Millisecond, WrapUp: time.Millisecond}),
		agents: &phones{t: t, engine: engine, rang: make(chan string, 10)}, silence: "6s", line: line,
	}
	b.hears = &asrtest.Server{Script: script}
	b.deps = call.Deps{
		Lines: engine, Recognizer: asrtest.Start(t, b.hears),
		Synthesizer: ttstest.Start(t, &ttstest.Tone{}, tts.Config{}), Qualifiers: map[string]call.Qualifier{},
		Queues: b.queues, Phones: b.agents, Journal: b.journal, Records: records.NewMemory(10),
		Log: slog.New(slog.NewTextHandler(&b.log, nil)), Now: time.Now,
	}
	for l, c := range classifiersOf(t, b) {
		b.deps.Qualifiers[l] = c
	}
	wg.Go(func() { _ = b.calls.Dispatch(ctx, b.queues, b.deps.Log) })
	t.Cleanup(func() { cancel(); wg.Wait() })
	return b
}

// trained are the classifiers of each line's file, learnt once. What a bench changes of a
// line is none of its examples.
var trained = struct {
	sync.Mutex
	of map[string]map[string]*intent.Classifier
}{of: map[string]map[string]*intent.Classifier{}}

func classifiersOf(t *testing.T, b *bench) map[string]*intent.Classifier {
	t.Helper()
	trained.Lock()
	defer trained.Unlock()
	if trained.of[b.line] != nil {
		return trained.of[b.line]
	}
	a, all := b.assistant(), map[string]*intent.Classifier{}
	for _, l := range a.Languages() {
		c, err := a.Classifier(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		all[l] = c
	}
	trained.of[b.line] = all
	return all
}

func (b *bench) assistant() *assistant.Assistant {
	b.t.Helper()
	data, err := os.ReadFile(b.line)
	if err != nil {
		b.t.Fatal(err)
	}
	if b.byKey {
		data = bytes.Replace(data, []byte("kind: digits\n        length: 5"), []byte("kind: card"), 1)
	}
	if b.greets != "" {
		data = bytes.Replace(data, []byte("{en: How can I help you?"), []byte("{en: "+b.greets), 1)
	}
	a, err := assistant.Parse("line.yaml", bytes.Replace(data, []byte("silence: 6s"), []byte("silence: "+b.silence), 1))
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// A peer is the far end of a leg: a phone's media and the dialog's fate.
type peer struct {
	session *media.Session
	ear     *ear
	offer   []byte
	done    chan struct{}
	answers chan []byte
	infos   chan sip.Info
	once    sync.Once
	cause   sip.Cause // set before done is closed
	mute    bool      // its ACK does not hold the answer that it owes
	failed  chan sip.Cause
	refer   func(ctx context.Context, t sip.Transfer) error // what the caller's network makes of a transfer
	asks    chan error                                      // how it answers that it is there; nil: it is
}

// Ask says what the test wants, or nothing until nobody asks any more.
func (p *peer) Ask(ctx context.Context) error {
	if p.asks == nil {
		return nil
	}
	select {
	case err := <-p.asks:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func newPeer(t *testing.T, e *media.Engine) *peer {
	t.Helper()
	return newPeerWith(t, e, media.Options{})
}

func newPeerWith(t *testing.T, e *media.Engine, o media.Options) *peer {
	t.Helper()
	s, err := e.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{session: s, ear: &ear{}, done: make(chan struct{}), answers: make(chan []byte, 1), infos: make(chan sip.Info, 4), failed: make(chan sip.Cause, 1)}
	s.Hear(p.ear)
	t.Cleanup(func() { _ = s.Close() })
	return p
}

func (p *peer) Offer() []byte { return p.offer }
func (*peer) ID() string      { return "leg" }

func (*peer) Progress(context.Context, int, []byte) error { return nil }
func (*peer) Referrals() <-chan *sip.Referral             { return nil }
func (*peer) InPlace() string                             { return "sip:peer@192.0.2.1" }

func (p *peer) Refer(ctx context.Context, t sip.Transfer, _ func(int)) error {
	return p.refer(ctx, t)
}

func (p *peer) Answer(_ context.Context, sdp []byte) error {
	if p.offer != nil {
		return p.session.SetAnswer(sdp)
	}
	answer, err := p.session.Accept(sdp)
	if p.mute {
		answer = nil
	}
	p.answers <- answer
	return err
}

func (p *peer) Reject(_ context.Context, c sip.Cause) error {
	p.failed <- c
	return nil
}

func (p *peer) Hangup(context.Context, sip.Cause) error {
	p.leave()
	return nil
}
func (p *peer) Reoffers() <-chan *sip.Reoffer { return nil }
func (p *peer) Answers() <-chan []byte        { return p.answers }
func (p *peer) Infos() <-chan sip.Info        { return p.infos }
func (p *peer) Done() <-chan struct{}         { return p.done }
func (p *peer) Cause() sip.Cause              { return p.cause }
func (p *peer) leave()                        { p.once.Do(func() { close(p.done) }) }

// ear keeps how loud each frame was.
type ear struct {
	mu   sync.Mutex
	loud []float64
}

func (e *ear) WriteFrame(f *media.Frame) {
	sum := 0.0
	for _, s := range f.PCM {
		sum += float64(s) * float64(s)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.loud = append(e.loud, math.Sqrt(sum/float64(max(len(f.PCM), 1))))
}

// heardSince reports whether at least n frames of sound came after frame from.
func (e *ear) heardSince(from, n int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range e.loud[min(from, len(e.loud)):] {
		if l > 300 {
			n--
		}
	}
	return n <= 0
}

func (e *ear) frames() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.loud)
}

// phones are agents who answer when they are told to.
type phones struct {
	t      *testing.T
	engine *media.Engine
	rang   chan string
	mu     sync.Mutex
	answer []func(ctx context.Context, p *peer) error // one for each ring, in order; then nobody answers
	peers  []*peer
	asked  []call.DialRequest
}

func (*phones) Media(call.DialRequest) media.Options { return media.Options{} }

func (*phones) Address(_ context.Context, r call.DialRequest) (string, error) {
	return "sip:" + r.Number + "@192.0.2.1", nil
}

func (*phones) Resolve(context.Context, string, string, string) (call.Destination, error) {
	return call.Destination{}, call.ErrBarred
}

func (p *phones) Dial(ctx context.Context, r call.DialRequest) (call.Leg, []byte, error) {
	peer := newPeer(p.t, p.engine)
	answer, err := peer.session.Accept(r.SDP)
	if err != nil {
		return nil, nil, err
	}
	p.mu.Lock()
	how := staysSilent
	if len(p.answer) > 0 {
		how, p.answer = p.answer[0], p.answer[1:]
	}
	p.peers = append(p.peers, peer)
	p.asked = append(p.asked, r)
	p.mu.Unlock()
	p.rang <- r.Agent
	if err := how(ctx, peer); err != nil {
		return nil, nil, err
	}
	return peer, answer, nil
}

func picksUp(context.Context, *peer) error { return nil }
func isBusy(context.Context, *peer) error  { return &sip.Rejected{Code: 486} }
func staysSilent(ctx context.Context, _ *peer) error {
	<-ctx.Done()
	return ctx.Err()
}

// dial places a call on the bench and lives it.
func (b *bench) dial(id call.ID) (caller *peer, done <-chan error) {
	b.t.Helper()
	return b.dialIn(id, media.Options{})
}

// dialIn dials with what the caller's phone can do.
func (b *bench) dialIn(id call.ID, o media.Options) (caller *peer, done <-chan error) {
	b.t.Helper()
	caller = newPeerWith(b.t, b.engine, o)
	offer, err := caller.session.Offer()
	if err != nil {
		b.t.Fatal(err)
	}
	caller.offer = offer
	return caller, b.live(id, caller)
}

// live lets a caller's call live.
func (b *bench) live(id call.ID, caller call.Leg) (done <-chan error) {
	b.t.Helper()
	setup := call.Setup{
		ID: id, Tenant: "acme", Caller: "0601020304", Private: b.private, Called: "line-en", Assistant: b.assistant(),
		Languages: []string{"en"}, Heard: []string{"en"}, CardByKey: b.byKey, MuteAgents: b.muteAgents, Briefs: b.briefs,
	}
	if b.more != nil {
		b.more(&setup)
	}
	c := call.New(setup, b.deps, caller)
	ended := make(chan error, 1)
	go func() { ended <- b.calls.Run(context.WithoutCancel(b.t.Context()), c) }()
	return ended
}

// await waits until the journal holds an entry of the kind.
func (b *bench) await(kind call.Kind) call.Entry {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), patience)
	defer cancel()
	for seq := uint64(0); ; {
		entries, err := b.journal.Next(ctx, seq)
		if err != nil {
			b.t.Fatalf("waited in vain for %s; the journal holds:\n%s", kind, b.story())
		}
		for _, e := range entries {
			if e.Kind == kind {
				return e
			}
			seq = e.Seq
		}
	}
}

func (b *bench) story() (s string) {
	ctx, cancel := context.WithCancel(b.t.Context())
	cancel()
	entries, _ := b.journal.Next(ctx, 0)
	for _, e := range entries {
		s += string(e.Kind) + " " + e.State + " " + e.Text.String() + " " + e.Reason + "\n"
	}
	return s
}

// storyOf is what the journal holds of one call.
func (b *bench) storyOf(id string) (s string) {
	ctx, cancel := context.WithCancel(b.t.Context())
	cancel()
	entries, _ := b.journal.Next(ctx, 0)
	for _, e := range entries {
		if string(e.Call) == id {
			s += e.Time.Format("05.000") + " " + string(e.Kind) + " " + e.State + " " + e.Text.String() + " " + e.Reason + "\n"
		}
	}
	return s
}

func (b *bench) ended(done <-chan error) {
	b.t.Helper()
	select {
	case err := <-done:
		if err != nil {
			b.t.Fatalf("call: %v", err)
		}
	case <-time.NewTimer(patience).C:
		b.t.Fatalf("the call did not end; the journal holds:\n%s", b.story())
	}
}

// clean checks that nothing of any call is left.
func (b *bench) clean() {
	b.t.Helper()
	calls, offers, timers, err := b.queues.Leftovers(b.t.Context())
	if err != nil || calls+offers != 0 {
		b.t.Errorf("left in redis: %d calls, %d offers, %d timers, %v", calls, offers, timers, err)
	}
	if live, _ := b.calls.Count(); live != 0 {
		b.t.Errorf("%d calls still live", live)
	}
}

// deaf waits until no more sound comes to the recognizer, what was on its way included, and
// gives how much has.
func (b *bench) deaf() (samples int64) {
	b.t.Helper()
	eventually(b.t, "the recognizer hears no more", func() bool {
		samples = b.hears.Samples()
		time.Sleep(200 * time.Millisecond)
		return b.hears.Samples() == samples
	})
	return samples
}

func (b *bench) speaks(p *peer) { p.session.Play(media.NewTone(300, 800*time.Millisecond)) }

func TestACallerIsServedByTheBot(t *testing.T) {
	t.Parallel()
	b := newBench(t, "what are your opening hours", "no thank you")
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	if !caller.ear.heardSince(0, 20) {
		t.Error("the caller did not hear the bot")
	}
	b.speaks(caller)
	said := b.await(call.KindCallerSaid)
	if got := said.Text.String(); got != "what are your opening hours" {
		t.Errorf("heard %q", got)
	}
	b.await(call.KindIntent)
	eventually(t, "the bot asks for more", func() bool { return b.count(call.KindBotDone) == 2 })
	b.speaks(caller)
	b.ended(done)
	r, err := b.deps.Records.Get(t.Context(), "acme", "c1")
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Disclosure) != 1 || r.Disclosure[0].Samples == 0 || r.Cause != string(call.CauseDone) {
		t.Errorf("the record holds no proof of the opening, or another cause: %+v", r)
	}
	b.clean()
}

func TestWhatIsSaidWhileACardIsKeyedReachesNoRecognizer(t *testing.T) {
	t.Parallel()
	b := newBench(t, "here is my meter reading", "yes")
	b.byKey = true
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	eventually(t, "the card is asked for", func() bool { return b.count(call.KindBotDone) == 2 })
	before := b.deaf()
	b.speaks(caller)
	time.Sleep(1200 * time.Millisecond)
	if got := b.hears.Samples() - before; got > 0 {
		t.Errorf("%d samples reached the recognizer", got)
	}
	if _, err := caller.session.SendDigits("4111111111111111#"); err != nil {
		t.Fatal(err)
	}
	keyed := b.await(call.KindCallerKeyed)
	if strings.Contains(keyed.Text.String(), "4111111111111111") {
		t.Error("the number shows")
	}
	eventually(t, "it is read back", func() bool { return b.count(call.KindBotDone) == 3 })
	b.speaks(caller)
	eventually(t, "the answer is heard", func() bool { return b.count(call.KindCallerSaid) == 2 })
	caller.leave()
	b.ended(done)
	b.clean()
}

func TestACardThatIsKeyedGoesToTheTokeniserAndNowhereElse(t *testing.T) {
	t.Parallel()
	b := newBench(t, "I want to pay", "yes")
	s := &paymenttest.Server{}
	b.deps.Tokeniser = paymenttest.Start(t, s, payment.Config{Timeout: patience})
	var outcomes []string
	b.deps.Captured = func(how string) { outcomes = append(outcomes, how) }
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	eventually(t, "the card is asked for", func() bool { return b.count(call.KindBotDone) == 2 })
	before := b.deaf()
	b.speaks(caller)
	for _, keys := range []string{"4000056655665556#", "1240", "987"} {
		if _, err := caller.session.SendDigits(keys); err != nil {
			t.Fatal(err)
		}
	}
	if text := b.await(call.KindCard).Text.String(); text != "[card ••••5556 ok]" {
		t.Errorf("the journal says %s", text)
	}
	if got := b.hears.Samples() - before; got > 0 {
		t.Errorf("%d samples reached the recognizer", got)
	}
	b.await(call.KindQueued)
	caller.leave()
	b.ended(done)
	r, err := b.deps.Records.Get(t.Context(), "acme", "c1")
	if err != nil || len(r.Cards) != 1 || r.Cards[0].LastFour != "5556" || r.Cards[0].Brand != "Visa" || r.Cards[0].Token == "" || s.Tokens() != 1 {
		t.Errorf("%+v, %v; %d tokens", r.Cards, err, s.Tokens())
	}
	if len(outcomes) != 1 || outcomes[0] != "taken" {
		t.Errorf("counted %q", outcomes)
	}
	for _, secret := range []string{"05665", "1240", "987"} {
		if strings.Contains(b.story(), secret) {
			t.Errorf("%s shows in the journal", secret)
		}
	}
	b.clean()
}

func TestACallerWhoseWordsAreLateHearsAFillerAndIsNotAskedToSpeakUp(t *testing.T) {
	t.Parallel()
	b := newBenchWith(t, []asrtest.Turn{{Text: "what are your opening hours", Withhold: true}})
	b.silence = "1s"
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	if e := b.await(call.KindFiller); e.Reason != "recognition is late, 1 of 2" {
		t.Errorf("a filler for %q", e.Reason)
	}
	if e := b.await(call.KindQueued); e.Queue != "people" {
		t.Errorf("in the end the caller waits for %q", e.Queue)
	}
	if n := b.count(call.KindFiller); n != 2 {
		t.Errorf("%d fillers", n)
	}
	caller.leave()
	b.ended(done)
	b.clean()
}

func TestKeysInSignallingCountUnlessTheyComeAsEventsToo(t *testing.T) {
	t.Parallel()
	for _, events := range []bool{false, true} {
		b := newBench(t)
		caller, done := b.dial("c1")
		b.await(call.KindBotDone)
		if events {
			if _, err := caller.session.SendDigits("1"); err != nil {
				t.Fatal(err)
			}
			b.await(call.KindCallerKeyed)
		}
		caller.infos <- sip.Info{Type: "application/dtmf-relay", Body: []byte("Signal=1\r\nDuration=160\r\n")}
		if keyed := b.await(call.KindCallerKeyed); keyed.Text.String() != "1" {
			t.Errorf("keyed %s", keyed.Text)
		}
		eventually(t, "the bot asks for more", func() bool { return b.count(call.KindBotDone) == 2 })
		if n := b.count(call.KindCallerKeyed); n != 1 {
			t.Errorf("events %v: one key was taken %d times", events, n)
		}
		caller.leave()
		b.ended(done)
		b.clean()
	}
}

func (b *bench) count(kind call.Kind) (n int) {
	ctx, cancel := context.WithCancel(b.t.Context())
	cancel()
	entries, _ := b.journal.Next(ctx, 0)
	for _, e := range entries {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func TestABusyAgentGivesTheCallToTheNextAndBothHearEachOther(t *testing.T) {
	t.Parallel()
	b := newBench(t, "my bill is wrong")
	b.agents.answer = append(b.agents.answer, isBusy, picksUp)
	b.agent("anna")
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	b.await(call.KindAgentFailed)
	b.await(call.KindBridged)
	agent := b.agents.peers[1]
	from, to := caller.ear.frames(), agent.ear.frames()
	agent.session.Play(media.NewTone(1000, 4*time.Second))
	caller.session.Play(media.NewTone(500, 4*time.Second))
	eventually(t, "the caller hears the agent", func() bool { return caller.ear.heardSince(from, 20) })
	eventually(t, "the agent hears the caller", func() bool { return agent.ear.heardSince(to, 20) })
	agent.leave()
	b.ended(done)
	select {
	case <-caller.done:
	case <-time.NewTimer(patience).C:
		t.Error("the caller was not hung up on")
	}
	r, err := b.deps.Records.Get(t.Context(), "acme", "c1")
	mos, lost := 1.0, 0.5 // beside other tests it is bad
	if os.Getenv("CALLWARD_SLOW") != "" {
		mos, lost = 3, 0.2
	}
	if err != nil || r.Sound == nil || r.Sound.Codec == "" || r.Sound.MOS < mos || r.Sound.Lost > lost {
		t.Errorf("%v: the record tells %+v of the sound", err, r.Sound)
	}
	b.clean()
}

func (b *bench) agent(id string) {
	b.t.Helper()
	if err := b.queues.SetAgent(b.t.Context(), queue.Agent{ID: id, State: queue.Available, Queues: []string{"people"}}); err != nil {
		b.t.Fatal(err)
	}
}

func TestACallerWhoLeavesWhileItRingsLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	b := newBench(t, "my bill is wrong")
	b.agents.answer = append(b.agents.answer, staysSilent)
	b.agent("anna")
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	<-b.agents.rang
	caller.leave()
	b.ended(done)
	b.clean()
}

func TestACallerWithoutOfferIsMadeOneAndHeard(t *testing.T) {
	t.Parallel()
	b := newBench(t, "what are your opening hours", "no thank you")
	caller := newPeer(t, b.engine)
	done := b.live("c1", caller)
	b.await(call.KindBotDone)
	if !caller.ear.heardSince(0, 10) {
		t.Error("the greeting was not heard")
	}
	b.speaks(caller)
	if heard := b.await(call.KindCallerSaid); !strings.Contains(heard.Text.String(), "opening hours") {
		t.Errorf("heard %q", heard.Text)
	}
	caller.leave()
	b.ended(done)
	b.clean()
}

func TestACallerWhoOwesTheAnswerIsLetGo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	caller := newPeer(t, b.engine)
	caller.mute = true
	done := b.live("c1", caller)
	b.ended(done)
	if end := b.await(call.KindEnded); !strings.HasPrefix(end.Reason, string(call.CauseLost)) {
		t.Errorf("ended with %q", end.Reason)
	}
	b.clean()
}

func TestACallerWhoVanishedDidNotHangUp(t *testing.T) {
	t.Parallel()
	for cause, want := range map[sip.Cause]call.Cause{sip.Lost: call.CauseLost, sip.Normal: call.CauseCaller} {
		b := newBench(t)
		caller, done := b.dial("c1")
		b.await(call.KindBotDone)
		caller.cause = cause
		caller.leave()
		b.ended(done)
		if end := b.await(call.KindEnded); !strings.HasPrefix(end.Reason, string(want)) {
			t.Errorf("a leg that ended by %q: recorded as %q, want %q", cause, end.Reason, want)
		}
		b.clean()
	}
}

func TestACallerWhoWantsNotToBeNamedIsNotNamedToTheAgent(t *testing.T) {
	t.Parallel()
	for private, want := range map[bool]string{true: "anonymous", false: "0601020304"} {
		b := newBench(t, "my bill is wrong")
		b.private = private
		b.agents.answer = append(b.agents.answer, isBusy)
		b.agent("anna")
		caller, done := b.dial("c1")
		b.await(call.KindBotDone)
		b.speaks(caller)
		<-b.agents.rang
		b.agents.mu.Lock() // the phone may ring again
		got := b.agents.asked[0].Caller
		b.agents.mu.Unlock()
		if got != want {
			t.Errorf("private %v: the agent is told %q", private, got)
		}
		caller.leave()
		b.ended(done)
	}
}

func TestAnOfferThatIsNotForUsIsRefusedAsThePeersFault(t *testing.T) {
	t.Parallel()
	for name, offer := range map[string]string{
		"other codecs":        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n",
		"no description":      "junk",
		"an address of many":  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 224.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n",
		"no such port":        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 99999 RTP/AVP 8\r\n",
		"out of reach for us": "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP6 ::1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n",
		"far too long":        "v=0\r\n" + strings.Repeat("a=x\r\n", 20000),
	} {
		b := newBench(t)
		caller := newPeer(t, b.engine)
		caller.offer = []byte(offer)
		c := call.New(call.Setup{ID: "c2", Tenant: "acme", Assistant: b.assistant(), Languages: []string{"en"}}, b.deps, caller)
		if err := b.calls.Run(t.Context(), c); err == nil {
			t.Errorf("%s: the call was taken", name)
		}
		if got := <-caller.failed; got != sip.NotAcceptable {
			t.Errorf("%s: refused with %s", name, got)
		}
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain: %s", what)
}

// lockedText is a log that several goroutines write.
type lockedText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// far answers when it is told to.
type far struct{ answer chan intent.Result }

func (far) Distant() {}
func (f far) Classify(ctx context.Context, _ redact.Safe) (intent.Result, error) {
	select {
	case r := <-f.answer:
		return r, nil
	case <-ctx.Done():
		return intent.Result{}, ctx.Err()
	}
}

func TestACallGoesOnWhileSomebodyElseIsAskedWhatTheCallerWants(t *testing.T) {
	t.Parallel()
	b := newBench(t, "what are your opening hours", "and this")
	f := far{make(chan intent.Result)}
	b.deps.Qualifiers = map[string]call.Qualifier{"en": f}
	caller, done := b.dial("c1")
	b.await(call.KindBotDone)
	b.speaks(caller)
	b.await(call.KindCallerSaid)
	b.await(call.KindFiller) // the loop was not held up
	f.answer <- intent.Result{Name: "hours", Confidence: 0.9, Reason: "understood by acme"}
	if e := b.await(call.KindIntent); e.Intent.Name != "hours" || e.Reason != "understood by acme" {
		t.Errorf("%+v", e)
	}
	eventually(t, "the bot asks for more", func() bool { return b.count(call.KindBotDone) == 2 })
	b.speaks(caller)
	eventually(t, "the second words", func() bool { return b.count(call.KindCallerSaid) == 2 })
	caller.leave() // while somebody is asked
	b.ended(done)
	b.clean()
}

// panics is a part of a call that fails.
type panics struct{}

func (panics) Classify(context.Context, redact.Safe) (intent.Result, error) { panic("of the loop") }
func (panics) Speak(context.Context, redact.Safe, tts.Voice) (*tts.Stream, error) {
	panic("of a goroutine")
}

func TestAPanicEndsOneCallAndNoOther(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]func(d *call.Deps){
		"of the loop":    func(d *call.Deps) { d.Qualifiers = map[string]call.Qualifier{"en": panics{}} },
		"of a goroutine": func(d *call.Deps) { d.Synthesizer = panics{} },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, "my bill is wrong")
			other := newPeer(t, b.engine)
			other.offer, _ = other.session.Offer()
			kept := b.live("c2", other)
			b.await(call.KindBotDone)
			breaks(&b.deps)
			caller, done := b.dial("c1")
			if name == "of the loop" {
				eventually(t, "the bot to listen to both", func() bool { return b.count(call.KindBotDone) == 2 })
				b.speaks(caller)
			}
			b.ended(done)
			if end := b.await(call.KindEnded); end.Reason != string(call.CauseFault) || end.Call != "c1" {
				t.Errorf("%s ended with %q", end.Call, end.Reason)
			}
			if live, _ := b.calls.Count(); live != 1 {
				t.Errorf("%d calls live", live)
			}
			<-caller.done
			other.leave()
			b.ended(kept)
			b.clean()
			if said := b.log.String(); !strings.Contains(said, "call_test.panics.") || strings.Contains(said, "0x") || strings.Contains(said, name) {
				t.Errorf("the log must say where, and no argument: %s", said)
			}
		})
	}
}
