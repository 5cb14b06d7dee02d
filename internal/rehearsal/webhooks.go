package rehearsal

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/goccy/go-yaml/ast"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/webhook"
	"github.com/callward/callward/router/assistant"
)

// A canned is what a webhook answers in a scenario. It is read by the code that reads the
// answers of real ones.
type canned struct {
	status int
	body   []byte
}

// webhooks reads what the assistant's webhooks answer, by name.
func (p *fileParser) webhooks(e entry) map[string]canned {
	if !e.given() {
		return nil
	}
	var known []string
	for _, w := range p.f.Assistant.Webhooks() {
		known = append(known, w.Name)
	}
	out := make(map[string]canned)
	for _, h := range p.entries(e.value, "webhooks") {
		if p.among(h.key, "webhook", h.name, "", known) {
			out[h.name] = p.canned(h)
		}
	}
	return out
}

func (p *fileParser) canned(e entry) canned {
	s := p.section(e, "the webhook "+e.name, "status", "answer")
	out := canned{status: http.StatusOK}
	if st := s["status"]; st.given() {
		n, err := strconv.Atoi(p.scalar(st, "status"))
		if err != nil || n < 200 || n > 599 {
			p.complain(st.value, "status must be one of HTTP, from 200 to 599, such as 404")
		}
		out.status = n
	}
	if a := s["answer"]; a.given() {
		body, err := json.Marshal(p.json(a.value))
		if err != nil {
			p.complain(a.value, "the answer cannot be written as JSON")
		}
		out.body = body
	}
	return out
}

// json gives a node as encoding/json writes it.
func (p *fileParser) json(n ast.Node) any {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		out := map[string]any{}
		for _, e := range p.entries(n, "an answer") {
			out[e.name] = p.json(e.value)
		}
		return out
	case *ast.SequenceNode:
		out := []any{}
		for _, v := range n.Values {
			out = append(out, p.json(v))
		}
		return out
	case *ast.BoolNode:
		return n.Value
	case *ast.NullNode:
		return nil
	case *ast.IntegerNode, *ast.FloatNode:
		if number := n.GetToken().Value; json.Valid([]byte(number)) {
			return json.Number(number)
		}
	}
	return p.scalar(entry{value: n}, "a value of the answer")
}

// askHook answers as the scenario wants.
func (s *stage) askHook(a call.AskHook) []call.Event {
	w := a.Question.Webhook
	for _, v := range a.Question.Fields {
		s.texts = append(s.texts, v.String())
	}
	can, ok := s.webhooks[w.Name]
	if !ok {
		return []call.Event{call.Hooked{Number: a.Number, Answer: assistant.Answer{Outcome: assistant.Failed, Why: "the scenario does not say what it answers"}}}
	}
	return []call.Event{call.Hooked{Number: a.Number, Answer: can.answer(w, a.Question.Language)}}
}

func (c canned) answer(w *assistant.Webhook, language string) assistant.Answer {
	return webhook.Answer(webhook.Judge(w, c.status, "application/json", c.body, language))
}
