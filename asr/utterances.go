package asr

import "time"

const (
	utterancesKept = 256 // of those that are over, to know late events
	utterancesOpen = 16  // at once
	idLimit        = 128 // bytes of an id

	// utteranceLeast is the audio that an utterance takes on average, by far: an engine that
	// tells of more of them than its audio can hold is not believed. Each would be answered.
	utteranceLeast = 250 * time.Millisecond
)

// utterances remembers what was told of each utterance, so that nothing follows
// its final and no revision comes twice.
type utterances struct {
	open   map[string]*utterance
	over   map[string]ending
	count  int // so far
	most   int // that there can be so far
	order  [utterancesKept]string
	oldest int
}

type utterance struct {
	number   int // from 1
	revision int
	ended    bool
	start    int64 // where it was said to start
}

// ending is what is known of one that is over.
type ending struct {
	number int
	told   bool // its end was told too
}

func newUtterances() *utterances {
	return &utterances{open: map[string]*utterance{}, over: map[string]ending{}, most: utterancesOpen}
}

// heard notes how much audio the engine has got on with.
func (u *utterances) heard(audio time.Duration) {
	u.most = max(u.most, utterancesOpen+int(audio/utteranceLeast))
}

// started reports whether this is news: an id not met before.
func (u *utterances) started(id string) bool {
	if _, known := u.open[id]; known || !u.fresh(id) {
		return false
	}
	u.count++
	u.open[id] = &utterance{number: u.count}
	return true
}

// partial reports whether this revision is newer than what was told.
func (u *utterances) partial(id string, revision int) bool {
	got := u.find(id)
	if got == nil || revision <= got.revision {
		return false
	}
	got.revision = revision
	return true
}

// final reports whether this is the first final, and closes the utterance.
func (u *utterances) final(id string) bool {
	got := u.find(id)
	if got == nil {
		return false
	}
	u.close(id, ending{got.number, got.ended})
	return true
}

// number gives that of an utterance, 0 if it is not known.
func (u *utterances) number(id string) int {
	if got := u.open[id]; got != nil {
		return got.number
	}
	return u.over[id].number
}

// start gives where an open utterance was said to start, 0 if that is not known.
func (u *utterances) start(id string) int64 {
	if got := u.open[id]; got != nil {
		return got.start
	}
	return 0
}

// ended reports whether the end of the utterance is news. A discarded utterance
// has no final, so it closes here.
func (u *utterances) ended(id string, discarded bool) bool {
	if was, over := u.over[id]; over {
		u.over[id] = ending{was.number, true}
		return !was.told
	}
	got := u.find(id)
	if got == nil || got.ended {
		return false
	}
	got.ended = true
	if discarded {
		u.close(id, ending{got.number, true})
	}
	return true
}

// find gives an open utterance; an engine may leave out its start.
func (u *utterances) find(id string) *utterance {
	if got := u.open[id]; got != nil {
		return got
	}
	if !u.started(id) {
		return nil
	}
	return u.open[id]
}

func (u *utterances) fresh(id string) bool {
	_, over := u.over[id]
	return !over && id != "" && len(id) <= idLimit && len(u.open) < utterancesOpen && u.count < u.most
}

func (u *utterances) close(id string, e ending) {
	delete(u.open, id)
	delete(u.over, u.order[u.oldest])
	u.over[id] = e
	u.order[u.oldest] = id
	u.oldest = (u.oldest + 1) % utterancesKept
}
