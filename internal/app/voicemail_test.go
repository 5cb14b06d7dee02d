package app

import (
	"bytes"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/call"
	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/callgen/wav"
	"github.com/callward/callward/internal/cdr"
	"github.com/callward/callward/media"
	"github.com/callward/callward/media/mediatest"
	"github.com/callward/callward/router/queue"
	"github.com/callward/callward/sip"
	"github.com/callward/callward/sip/siptest"
)

// A caller who waits leaves a message: it can be played, and the record, the queue_log and
// the receivers of events tell of it.
func TestAMessageThatACallerLeavesIsPlayedAndTold(t *testing.T) {
	c, dir := newCRM(t), t.TempDir()
	socket := filepath.Join(t.TempDir(), "s.sock")
	speaks(t, socket, asrtest.Say("I want to talk to a person", "a person please", "please call me tomorrow"))
	h := newHouse(t, "voicemail: {when: [waiting], after: 1s}", c.outputsOf(dir, "numbers: shown"), "--asr", "unix:"+socket, "--tts", "unix:"+socket)
	h.eventually("speech to be ready", h.speech.isReady)
	if err := h.pools.of("acme").SetAgent(t.Context(), queue.Agent{ID: "anna", State: queue.Paused}); err != nil {
		t.Fatal(err)
	}
	caller, err := h.calls(siptest.NewPhone(t, "caller", nil), sip.Invite{To: h.uri("+33100000000"), Caller: backAt})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // not understood twice: a human
		done := h.waitsFor(caller)
		caller.session.Play(media.NewTone(300, 800*time.Millisecond))
		h.eventually("the bot to take it", func() bool { return !h.listens(caller) || h.waitsFor(caller) > done })
	}
	h.told("message  offered")
	caller.keysIn("3")
	h.told("asked for by the caller, by key")
	h.eventually("the tone", func() bool { return h.listens(caller) })
	caller.session.Play(media.NewTone(700, 1500*time.Millisecond))
	h.told("please call me tomorrow")
	caller.keysIn("#")
	siptest.Ended(t, caller.leg)

	var list []console.MessageView
	h.get("/api/v1/messages?tenant=acme", &list)
	if len(list) != 1 || list[0].Queue != "billing" || list[0].Text.String() != "please call me tomorrow" || list[0].Kept != "memory" {
		t.Fatalf("messages %+v", list)
	}
	var file string
	h.get("/api/v1/messages/"+string(list[0].Call)+"/sound", &file)
	sound, err := wav.Read(bytes.NewReader([]byte(file)))
	if err != nil || sound.Rate != media.Rate {
		t.Fatalf("sound %d Hz: %v", sound.Rate, err)
	}
	if said := mediatest.Sounding(sound.PCM); len(said) < media.Rate || mediatest.Share(said, 700) < 0.8 {
		t.Errorf("of %d samples %.0f %% are the caller", len(said), 100*mediatest.Share(said, 700))
	}
	h.eventually("the end to be told", func() bool { return len(c.of("call.ended")) == 1 && len(c.of("call.message")) == 1 })
	told := c.of("call.message")[0].Data
	if told.Call != string(list[0].Call) || told.Queue != "billing" {
		t.Errorf("told %+v", told)
	}
	if left := c.of("queue.left"); len(left) != 1 || left[0].Data.Reason != string(queue.ToMessage) {
		t.Errorf("left %+v", left)
	}
	h.over()
	h.stop()
	if err := h.ended(); err != nil {
		t.Fatal(err)
	}
	r, err := cdr.Parse([]byte(strings.TrimSpace(contents(t, dir, "cdr.jsonl"))))
	if err != nil || r.Message != list[0].Length || r.Cause != string(call.CauseMessage) || r.Queue != "billing" {
		t.Errorf("record %+v, %v", r, err)
	}
	if f := loggedOf(t, contents(t, dir, "queue_log"), r.Call, "EXITWITHKEY"); f[0] != "NONE" {
		t.Errorf("queue_log %q", f)
	}
	rows := rowsOf(t, contents(t, dir, "cdr.csv"))
	if last := rows[1][len(rows[1])-1]; last != strconv.FormatInt(r.Message, 10) {
		t.Errorf("csv %q", rows)
	}
}
