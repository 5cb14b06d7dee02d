package queue

import (
	"encoding/json"
	"sync"
)

// A reader decodes documents, and remembers what it decoded last: who looks at the pool
// five times a second finds most of it as it was. The zero value remembers nothing.
type reader[T any] struct {
	mu    sync.Mutex
	known map[string]T // by text, of the last list
}

// read decodes a part of a script's reply, a list of JSON texts.
func (r *reader[T]) read(part any) ([]T, error) {
	list, _ := part.([]any)
	r.mu.Lock()
	was := r.known
	r.mu.Unlock()
	docs, known := make([]T, len(list)), make(map[string]T, len(list))
	for i := range list {
		text, _ := list[i].(string)
		doc, ok := was[text]
		if !ok {
			if err := json.Unmarshal([]byte(text), &doc); err != nil {
				return nil, err
			}
		}
		docs[i], known[text] = doc, doc
	}
	r.mu.Lock()
	r.known = known
	r.mu.Unlock()
	return docs, nil
}
