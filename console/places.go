package console

import (
	"context"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// How many event streams may be open: in all, as each is a connection and a goroutine that
// writes five times a second, and of one person or program, so that nobody takes them all.
const (
	usualStreams = 2000
	ownStreams   = 50
)

// places are those of event streams.
type places struct {
	all int

	mu    sync.Mutex
	taken int
	by    map[string]int // whoever has some, by name
}

func newPlaces(all int) *places { return &places{all: all, by: map[string]int{}} }

// take gives a place to whoever asks, and what frees it.
func (s *places) take(ctx context.Context) (leave func(), err error) {
	who := visitOf(ctx).who.Name
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.by[who] >= ownStreams:
		return nil, huma.Error429TooManyRequests("you have too many event streams open; close some")
	case s.taken >= s.all:
		return nil, huma.Error503ServiceUnavailable("too many event streams are open")
	}
	s.taken++
	s.by[who]++
	return func() { s.leave(who) }, nil
}

func (s *places) leave(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	if s.by[who]--; s.by[who] == 0 {
		delete(s.by, who)
	}
}
