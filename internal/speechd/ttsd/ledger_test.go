package ttsd_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/callward/callward/internal/speechd/audio"
	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
)

// A ledger keeps what an engine has sent, and says where that breaks the
// contract.
type ledger struct {
	ready    *ttsv1.Ready
	usage    *speechv1.Usage
	contexts map[string]*account
	endings  []string // in order, of those that were done
}

// An account is what was sent of a context.
type account struct {
	seq      int32
	pcm      []int16
	done     *ttsv1.Done
	canceled int
}

func newLedger() ledger { return ledger{contexts: make(map[string]*account)} }

func (l *ledger) context(id string) *account {
	if l.contexts[id] == nil {
		l.contexts[id] = &account{}
	}
	return l.contexts[id]
}

// open lists the contexts that were begun and have not ended.
func (l *ledger) open() []string {
	var out []string
	for _, id := range slices.Sorted(maps.Keys(l.contexts)) {
		if a := l.contexts[id]; a.done == nil && a.canceled == 0 {
			out = append(out, id)
		}
	}
	return out
}

func (l *ledger) note(m *ttsv1.StreamingSynthesizeResponse) error {
	if first := l.ready == nil; first != (m.GetReady() != nil) {
		return errors.New("ready is the first message and only the first")
	}
	if l.usage != nil {
		return errors.New("a message after the usage")
	}
	switch {
	case m.GetReady() != nil:
		l.ready = m.GetReady()
	case m.GetAudio() != nil:
		return l.audio(m.GetAudio())
	case m.GetDone() != nil:
		return l.done(m.GetDone())
	case m.GetCanceled() != nil:
		return l.canceled(m.GetCanceled())
	case m.GetUsage() != nil:
		l.usage = m.GetUsage()
		return l.spent()
	case m.GetStatus() == nil:
		return errors.New("an unexpected kind of message")
	}
	return nil
}

func (l *ledger) audio(m *ttsv1.Audio) error {
	a := l.context(m.GetContextId())
	pcm, err := audio.Decode(l.ready.GetFormat().GetEncoding(), m.GetData())
	switch {
	case err != nil:
		return err
	case a.done != nil || a.canceled > 0:
		return errors.New("audio of a context that has ended")
	case len(l.open()) > 1:
		return fmt.Errorf("audio of a context before the end of another: %v", l.open())
	case m.GetSeq() != a.seq:
		return fmt.Errorf("seq %d, want %d", m.GetSeq(), a.seq)
	case m.GetOffsetSamples() != int64(len(a.pcm)):
		return fmt.Errorf("offset %d, want %d", m.GetOffsetSamples(), len(a.pcm))
	case len(pcm) == 0:
		return errors.New("no audio in it")
	}
	a.seq++
	a.pcm = append(a.pcm, pcm...)
	return nil
}

func (l *ledger) done(m *ttsv1.Done) error {
	a := l.context(m.GetContextId())
	switch {
	case a.done != nil || a.canceled > 0:
		return errors.New("done of a context that has ended")
	case m.GetTotalSamples() != int64(len(a.pcm)):
		return fmt.Errorf("a total of %d, but %d samples came", m.GetTotalSamples(), len(a.pcm))
	case m.GetCause() == ttsv1.Done_CAUSE_UNSPECIFIED:
		return errors.New("no cause")
	}
	a.done = m
	l.endings = append(l.endings, m.GetContextId())
	return nil
}

// canceled may come for a context that has ended or was never known.
func (l *ledger) canceled(m *ttsv1.Canceled) error {
	a := l.context(m.GetContextId())
	if want := int64(len(a.pcm)); m.GetLastOffsetSamples() != want {
		return fmt.Errorf("a last offset of %d, want %d", m.GetLastOffsetSamples(), want)
	}
	a.canceled++
	return nil
}

// spent sees that the usage counts all audio.
func (l *ledger) spent() error {
	total := 0
	for _, a := range l.contexts {
		total += len(a.pcm)
	}
	rate := float64(l.ready.GetFormat().GetSampleRateHz())
	if got := l.usage.GetAudio().AsDuration().Seconds() * rate; got < float64(total)-1 || got > float64(total)+1 {
		return fmt.Errorf("usage of %.0f samples, but %d came", got, total)
	}
	return nil
}
