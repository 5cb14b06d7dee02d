package callgen

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/redact"
)

func TestTheConversationReadsAsAStory(t *testing.T) {
	began := time.Unix(100, 0)
	var plainText, coloured bytes.Buffer
	for _, e := range []call.Entry{
		{Kind: KindDialing, Text: redact.Authored("sip:line@host")},
		{Kind: call.KindState, State: "qualifying"},
		{Kind: call.KindBotSaid, Text: redact.Authored("How can I help?")},
		{Kind: KindSaid, Text: redact.Authored("my invoice")},
		{Kind: call.KindIntent, Intent: &call.Scored{Name: "billing", Confidence: 0.934}},
		{Kind: call.KindIntent, Intent: &call.Scored{}},
		{Kind: call.KindQueued, Queue: "billing"},
		{Kind: call.KindBridged, Agent: "ann"},
		{Kind: KindHungUp, Reason: "hung up", Duration: 2 * time.Second, Samples: 12000},
	} {
		e.Time = began.Add(1500 * time.Millisecond)
		if e.Kind == KindDialing {
			e.Time = began
		}
		ShowText(&plainText, false)(e)
		ShowText(&coloured, true)(e)
	}
	for _, want := range []string{
		"dialing sip:line@host", "How can I help?", "you say", "billing 0.93", "not sure",
		"waiting in billing", "connected with agent ann", "sound heard: 1.5 s",
	} {
		if !strings.Contains(plainText.String(), want) {
			t.Errorf("%q is not in\n%s", want, plainText.String())
		}
	}
	if strings.Contains(plainText.String(), "\x1b") || !strings.Contains(coloured.String(), "\x1b") {
		t.Error("colours where there should be none, or the other way round")
	}
	if strings.Contains(plainText.String(), "qualifying") {
		t.Error("states are shown to people")
	}
}

func TestJSONIsOneEntryALineAsTheServerWritesIt(t *testing.T) {
	var b bytes.Buffer
	show := ShowJSON(&b)
	show(call.Entry{Seq: 1, Kind: call.KindBotSaid, Text: redact.Authored("a <b>\n")})
	show(call.Entry{Seq: 2, Kind: call.KindBotDone})
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines: %q", len(lines), b.String())
	}
	var e call.Entry
	if err := json.Unmarshal([]byte(lines[0]), &e); err != nil || e.Text.String() != "a <b>\n" {
		t.Errorf("%+v, %v", e, err)
	}
}
