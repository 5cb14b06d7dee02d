package tts

import (
	"container/list"
	"sync"
)

// key tells one rendering from another.
type key struct {
	language, name, class string
	rate                  float64
	ssml                  bool
	text                  string
}

// cache keeps complete renderings, the most recently used ones first, up to a
// number of bytes.
type cache struct {
	mu     sync.Mutex
	limit  int
	bytes  int
	recent *list.List // of *kept
	byKey  map[key]*list.Element
}

type kept struct {
	key key
	pcm []int16
}

func (k *kept) size() int { return 2*len(k.pcm) + len(k.key.text) }

func newCache(limit int) *cache {
	return &cache{limit: limit, recent: list.New(), byKey: map[key]*list.Element{}}
}

// get gives what is kept under k. Nobody may change it.
func (c *cache) get(k key) ([]int16, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byKey[k]
	if e == nil {
		return nil, false
	}
	c.recent.MoveToFront(e)
	return e.Value.(*kept).pcm, true //nolint:forcetypeassert // put stores nothing else
}

// put keeps pcm under k, which from then on belongs to the cache.
func (c *cache) put(k key, pcm []int16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	item := &kept{key: k, pcm: pcm}
	if c.byKey[k] != nil || item.size() > c.limit {
		return
	}
	c.byKey[k] = c.recent.PushFront(item)
	c.bytes += item.size()
	for c.bytes > c.limit {
		c.drop(c.recent.Back())
	}
}

func (c *cache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.recent.Len() > 0 {
		c.drop(c.recent.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	item := c.recent.Remove(e).(*kept) //nolint:forcetypeassert // put stores nothing else
	delete(c.byKey, item.key)
	c.bytes -= item.size()
}

func (c *cache) size() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}
