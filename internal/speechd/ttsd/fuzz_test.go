package ttsd_test

import (
	"fmt"
	"testing"

	"google.golang.org/grpc/codes"

	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// FuzzStream sends messages that are decoded from bytes, and sees that what
// comes back keeps the contract, that every context ends, and that the stream
// ends as the client has earned it.
func FuzzStream(f *testing.F) {
	install(f)
	e := start(f)
	f.Add([]byte{0x00})
	f.Add([]byte{0x07, 0x00, 0x10, 0x01, 0x20, 0x05, 0x30, 0x00})
	f.Fuzz(func(t *testing.T, data []byte) {
		p := newPlan(data)
		k := e.open(t, english())
		for _, m := range p.messages {
			k.send(m)
		}
		if err := k.rpc.CloseSend(); err != nil {
			t.Fatal(err)
		}
		st := k.end()
		<-e.ended
		if n := e.server.Streams(); n != 0 {
			t.Errorf("%d streams are left open", n)
		}
		if p.wrong != (st.Code() == codes.InvalidArgument) || (!p.wrong && st.Code() != codes.OK) {
			t.Fatalf("wrong messages: %v, but the stream ends with %v", p.wrong, st.Err())
		}
		if !p.wrong {
			p.compare(t, k)
		}
	})
}

// A plan is what a client sends, and what must come of it.
type plan struct {
	messages []*request
	wrong    bool            // the last message breaks the rules
	last     map[string]bool // contexts that text was given for: its last piece was
	canceled map[string]int
}

// most is how many messages a plan has: each may start a program.
const most = 16

// newPlan decodes messages, up to the first that breaks the rules: three bits
// for the kind, and for text two for the context and three for which.
func newPlan(data []byte) plan {
	p := plan{last: make(map[string]bool), canceled: make(map[string]int)}
	for _, b := range data[:min(len(data), most)] {
		id := string('a' + rune(b>>3&3))
		switch b & 7 {
		case 0, 1, 2:
			p.input(id, int(b>>5), false)
		case 3:
			p.input(id, int(b>>5), true)
		case 4:
			p.messages = append(p.messages, flush(id))
		case 5:
			p.canceled[id]++
			p.messages = append(p.messages, cancel(id))
		case 6:
			p.messages = append(p.messages, update(&ttsv1.Update{Voice: []string{"", "flite-kal"}[b>>3&1], Rate: float32(b >> 4)}))
		case 7:
			p.wrong = true
			p.messages = append(p.messages, []*request{{}, config(english()), input("", "hello", true), update(&ttsv1.Update{Voice: "x"})}[b>>3&3])
		}
		if p.wrong {
			break
		}
	}
	return p
}

func texts() []string {
	return []string{"", "Hello", " there. ", "One. Two! Three", "...", "\x00[[<", "é, ", "This fails. "}
}

func (p *plan) input(id string, text int, last bool) {
	p.messages = append(p.messages, input(id, texts()[text], last))
	p.wrong = p.last[id]
	p.last[id] = p.last[id] || last
}

// compare sees that every context has ended, and each cancel was answered.
func (p *plan) compare(t *testing.T, k *talk) {
	t.Helper()
	for id := range p.last {
		if a := k.contexts[id]; a == nil || a.done == nil && a.canceled == 0 {
			t.Errorf("context %s: %s", id, describe(a))
		}
	}
	for id, a := range k.contexts {
		if a.canceled != p.canceled[id] {
			t.Errorf("context %s was cancelled %d times: %s", id, p.canceled[id], describe(a))
		}
	}
	if k.usage == nil || len(k.endings) > len(p.last) {
		t.Errorf("usage %v, endings %v", k.usage, k.endings)
	}
}

func describe(a *account) string {
	if a == nil {
		return "nothing came of it"
	}
	return fmt.Sprintf("%d samples, done %v, %d times canceled", len(a.pcm), a.done, a.canceled)
}
