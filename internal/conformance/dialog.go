package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	dialogv1 "github.com/callward/callward/proto/callward/dialog/v1"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

const dialogSpec = "proto/callward/dialog/v1/dialog.proto: "

// dialogChecks are those of a service that understands callers.
func dialogChecks() []Check {
	checks := slices.DeleteFunc(commonChecks(Dialog), func(c Check) bool { return c.ID == "dialog.capabilities" })
	return append(
		checks,
		Check{ID: "dialog.capabilities", Level: Must, Means: "capabilities say v1, languages, and what is answered", Spec: dialogSpec + "Capabilities", run: dialogCapabilities},
		Check{ID: "dialog.classify.intents", Level: Must, Means: "intents are of those asked for, each once, the best first, with a chance from 0 to 1", Spec: dialogSpec + "Intent", run: dialogIntents},
		Check{ID: "dialog.classify.nothing", Level: Must, Means: "a text that says nothing is answered without an error", Spec: dialogSpec + "DialogService", run: dialogNothing},
		Check{ID: "dialog.classify.latency", Level: Should, Means: "the p95 of Classify is within 400 ms", Spec: dialogSpec + "DialogService", run: dialogClassifyLatency},
		Check{ID: "dialog.ready.first", Level: Must, Means: "the first answer is ready, once", Spec: dialogSpec + "Ready", run: dialogReady},
		Check{ID: "dialog.start.first", Level: Must, Means: "another message before start is refused with INVALID_ARGUMENT", Spec: dialogSpec + "ConverseRequest", run: dialogStartFirst},
		Check{ID: "dialog.start.once", Level: Must, Means: "a second start is refused with INVALID_ARGUMENT", Spec: dialogSpec + "ConverseRequest", run: dialogStartOnce},
		Check{ID: "dialog.unknown_fields", Level: Must, Means: "fields that a later version may add are ignored", Spec: dialogSpec + "Start", run: dialogUnknownFields},
		Check{ID: "dialog.turn.id", Level: Must, Means: "answers bear the number of the turn that they answer", Spec: dialogSpec + "ConverseResponse", run: dialogTurnID},
		Check{ID: "dialog.turn.end", Level: Must, Means: "each turn ends with one listen, transfer or hangup, and nothing follows", Spec: dialogSpec + "Listen", run: dialogTurnEnd},
		Check{ID: "dialog.turn.silence", Level: Must, Means: "a turn in which the caller said nothing is answered", Spec: dialogSpec + "Silence", run: dialogSilence},
		Check{ID: "dialog.turn.interrupted", Level: Must, Means: "who speaks over an answer is answered, and nothing of the old one follows", Spec: dialogSpec + "Played", run: dialogInterrupted},
		Check{ID: "dialog.turn.latency", Level: Should, Means: "the p95 of the first answer to a turn is within 800 ms", Spec: dialogSpec + "DialogService", run: dialogTurnLatency},
		Check{ID: "dialog.say.pieces", Level: Must, Means: "pieces of a say follow each other, end, and stay within 4096 bytes", Spec: dialogSpec + "Say", run: dialogPieces},
		Check{ID: "dialog.transfer.queue", Level: Must, Means: "a transfer names one of the queues of the start", Spec: dialogSpec + "Transfer", run: dialogTransfer},
		Check{ID: "dialog.half_close", Level: Must, Means: "after the half-close the stream ends with OK within 2 s", Spec: dialogSpec + "DialogService", run: dialogHalfClose},
		Check{ID: "dialog.parallel", Level: Must, Means: "20 talks at once are led", Spec: dialogSpec + "DialogService", run: dialogParallel},
	)
}

// learnDialog asks for the capabilities.
func (t *target) learnDialog(ctx context.Context) error {
	r, err := t.talk.GetCapabilities(ctx, &dialogv1.GetCapabilitiesRequest{}, grpc.WaitForReady(true))
	t.understands = r.GetCapabilities()
	t.caps = &speechv1.Capabilities{
		ApiVersion: t.understands.GetApiVersion(), Languages: t.understands.GetLanguages(),
		Vendor: t.understands.GetVendor(), Build: t.understands.GetBuild(),
	}
	return err
}

func dialogCapabilities(_ context.Context, p *probe) error {
	c := p.understands
	switch {
	case c.GetApiVersion() != "v1":
		return fmt.Errorf("api_version is %q, not v1", c.GetApiVersion())
	case len(c.GetLanguages()) == 0 || slices.Contains(c.GetLanguages(), ""):
		return fmt.Errorf("languages are %q", c.GetLanguages())
	case !c.GetClassify() && !c.GetConverse():
		return errors.New("neither classify nor converse is claimed")
	case c.GetMaxTextBytes() < 0:
		return errors.New("max_text_bytes is negative")
	}
	return nil
}

// dialogWords are what a line might hear in a language; the last asks for a human.
func dialogWords(language string) []string {
	if base(language) == "fr" {
		return []string{"bonjour", "je voudrais payer ma facture", "un conseiller s'il vous plaît"}
	}
	return []string{"hello", "i want to pay my bill", "a human please"}
}

// intentsAsked are names that a service under test is told of.
func intentsAsked() []string { return []string{"billing", "technical", "people", "yes", "no"} }

func (p *probe) classify(ctx context.Context, text string) ([]*dialogv1.Intent, error) {
	if !p.understands.GetClassify() {
		return nil, skip("classify is not claimed")
	}
	ctx, cancel := context.WithTimeout(p.with(ctx), p.Timeout)
	defer cancel()
	began := time.Now()
	s := session(p.language())
	s.SessionId = ""
	r, err := p.talk.Classify(ctx, &dialogv1.ClassifyRequest{Session: s, Text: text, LanguageCode: p.language(), Intents: intentsAsked()})
	if err != nil {
		return nil, fmt.Errorf("classify: %w", err)
	}
	p.measure("classify", time.Since(began))
	return r.GetIntents(), nil
}

func dialogIntents(ctx context.Context, p *probe) error {
	for _, text := range dialogWords(p.language()) {
		got, err := p.classify(ctx, text)
		if err != nil {
			return err
		}
		seen, last := map[string]bool{}, float32(1)
		for _, i := range got {
			switch c := i.GetConfidence(); {
			case !slices.Contains(intentsAsked(), i.GetName()):
				return fmt.Errorf("%q was not asked for", i.GetName())
			case seen[i.GetName()]:
				return fmt.Errorf("%q comes twice", i.GetName())
			case !(c >= 0 && c <= last): // NaN is neither
				return fmt.Errorf("a confidence of %v after one of %v", c, last)
			default:
				seen[i.GetName()], last = true, c
			}
		}
	}
	return nil
}

func dialogNothing(ctx context.Context, p *probe) error {
	for _, text := range []string{"", "hm", "é\U0001F600 ••••"} {
		if _, err := p.classify(ctx, text); err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
	}
	return nil
}

func dialogClassifyLatency(ctx context.Context, p *probe) error {
	for range 20 {
		if _, err := p.classify(ctx, dialogWords(p.language())[1]); err != nil {
			return err
		}
	}
	return quickly(p.measured["classify"], 400*time.Millisecond)
}

func quickly(s samples, limit time.Duration) error {
	if got := s.timing().P95; got > limit {
		return fmt.Errorf("p95 is %v, more than %v", got.Round(time.Millisecond), limit)
	}
	return nil
}

func dialogReady(ctx context.Context, p *probe) error {
	c, err := p.lead(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.play(ctx); err != nil {
		return err
	}
	for i, m := range c.got {
		if (m.GetReady() != nil) != (i == 0) {
			return fmt.Errorf("message %d is %T", i+1, m.GetResponse())
		}
	}
	return nil
}

func dialogStartFirst(ctx context.Context, p *probe) error {
	c, err := p.dialogStream(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	c.caller("hello")
	return c.refusal()
}

func dialogStartOnce(ctx context.Context, p *probe) error {
	c, err := p.lead(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	c.start(p.startMessage())
	return c.refusal()
}

func dialogUnknownFields(ctx context.Context, p *probe) error {
	c, err := p.dialogStream(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	s := p.startMessage()
	s.ProtoReflect().SetUnknown(futureField())
	c.start(s)
	_, err = c.answer(ctx)
	return err
}

func dialogTurnID(ctx context.Context, p *probe) error {
	return p.eachTurn(ctx, func(_ *conversing, turn int64, answers []*dialogv1.ConverseResponse) error {
		for _, m := range answers {
			if id := turnOf(m); id != 0 && id != turn || id == 0 && isTurns(m) {
				return fmt.Errorf("%T in turn %d says turn %d", m.GetResponse(), turn, id)
			}
		}
		return nil
	})
}

func dialogTurnEnd(ctx context.Context, p *probe) error {
	c, err := p.lead(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	for _, text := range dialogWords(p.language()) {
		if _, err := c.answer(ctx); err != nil {
			return err
		}
		if extra := c.next(300 * time.Millisecond); extra != nil && isTurns(extra) {
			return fmt.Errorf("%T follows the end of turn %d", extra.GetResponse(), c.turn)
		}
		c.caller(text)
	}
	_, err = c.answer(ctx)
	return err
}

func dialogSilence(ctx context.Context, p *probe) error {
	c, err := p.lead(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	for _, cause := range []dialogv1.Silence_Cause{dialogv1.Silence_CAUSE_NOTHING_SAID, dialogv1.Silence_CAUSE_NOT_UNDERSTOOD} {
		if _, err := c.answer(ctx); err != nil {
			return err
		}
		c.silence(cause)
	}
	_, err = c.answer(ctx)
	return err
}

func dialogInterrupted(ctx context.Context, p *probe) error {
	c, err := p.lead(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	for _, text := range dialogWords(p.language())[:2] {
		c.caller(text) // while the turn before is being answered
	}
	answers, err := c.answer(ctx)
	if err != nil {
		return err
	}
	began := false
	for _, m := range answers {
		id := turnOf(m)
		if began && id != 0 && id < c.turn {
			return fmt.Errorf("%T of turn %d comes amid the answer to turn %d", m.GetResponse(), id, c.turn)
		}
		began = began || id == c.turn
	}
	return nil
}

func dialogTurnLatency(ctx context.Context, p *probe) error {
	for range 5 {
		if err := p.eachTurn(ctx, func(*conversing, int64, []*dialogv1.ConverseResponse) error { return nil }); err != nil {
			return err
		}
	}
	return quickly(p.measured["first answer"], 800*time.Millisecond)
}

func dialogPieces(ctx context.Context, p *probe) error {
	return p.eachTurn(ctx, func(_ *conversing, turn int64, answers []*dialogv1.ConverseResponse) error {
		open, length, done := "", 0, map[string]bool{}
		for _, m := range answers {
			s := m.GetSay()
			if s == nil {
				if open != "" && isTurns(m) && m.GetIntent() == nil {
					return fmt.Errorf("turn %d ends within say %q", turn, open)
				}
				continue
			}
			id := s.GetSayId()
			if open == "" {
				length = 0
			}
			length += len(s.GetText())
			switch {
			case id == "" || len(id) > 128:
				return fmt.Errorf("a say_id is %q", id)
			case open != "" && open != id:
				return fmt.Errorf("say %q begins within %q", id, open)
			case done[id]:
				return fmt.Errorf("say %q goes on after its last piece", id)
			case length > 4096:
				return fmt.Errorf("say %q has more than 4096 bytes", id)
			}
			open = id
			if s.GetLast() {
				open, done[id] = "", true
			}
		}
		return nil
	})
}

func dialogTransfer(ctx context.Context, p *probe) error {
	return p.eachTurn(ctx, func(c *conversing, turn int64, answers []*dialogv1.ConverseResponse) error {
		for _, m := range answers {
			if t := m.GetTransfer(); t != nil && !slices.Contains(c.queues, t.GetQueue()) {
				return fmt.Errorf("turn %d transfers to %q; there are %q", turn, t.GetQueue(), c.queues)
			}
		}
		return nil
	})
}

func dialogHalfClose(ctx context.Context, p *probe) error {
	c, err := p.lead(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	if _, err := c.answer(ctx); err != nil {
		return err
	}
	began := time.Now()
	if err := c.rpc.CloseSend(); err != nil {
		return fmt.Errorf("half-close: %w", err)
	}
	if err := c.ended(flushBy); !errors.Is(err, io.EOF) {
		return fmt.Errorf("after the half-close: %w", err)
	}
	p.measure("end", time.Since(began))
	return nil
}

func dialogParallel(ctx context.Context, p *probe) error {
	var g errgroup.Group
	for range 20 {
		mine := &probe{target: p.target, measured: map[string]samples{}}
		g.Go(func() error {
			return mine.eachTurn(ctx, func(*conversing, int64, []*dialogv1.ConverseResponse) error { return nil })
		})
	}
	return g.Wait()
}

// refusal wants the stream to end with INVALID_ARGUMENT.
func (c *conversing) refusal() error { return refused(c.ended(c.p.Timeout), codes.InvalidArgument) }
