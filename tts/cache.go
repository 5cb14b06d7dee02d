package tts

import (
	"cmp"
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

func keyOf(text string, v Voice) key {
	return key{language: v.Language, name: v.Name, rate: cmp.Or(v.Rate, 1), class: v.Class, ssml: v.SSML, text: text}
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
	key     key
	pcm     []int16
	standIn bool // another engine spoke it than the one that is asked first
}

func (k *kept) size() int { return 2*len(k.pcm) + len(k.key.text) }

func newCache(limit int) *cache {
	return &cache{limit: limit, recent: list.New(), byKey: map[key]*list.Element{}}
}

// get gives what is kept under k. Nobody may change it.
func (c *cache) get(k key) (pcm []int16, standIn, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byKey[k]
	if e == nil {
		return nil, false, false
	}
	c.recent.MoveToFront(e)
	item := e.Value.(*kept) //nolint:forcetypeassert // put stores nothing else
	return item.pcm, item.standIn, true
}

// put keeps pcm under k, which from then on belongs to the cache; what a stand-in spoke
// gives way to it.
func (c *cache) put(k key, pcm []int16, standIn bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	item := &kept{key: k, pcm: pcm, standIn: standIn}
	if item.size() > c.limit {
		return
	}
	if e := c.byKey[k]; e != nil {
		if !e.Value.(*kept).standIn { //nolint:forcetypeassert // put stores nothing else
			return
		}
		c.drop(e)
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
