package entity

import "slices"

// An Option is one of the things to choose from.
type Option struct {
	Name  string
	Words []string // what callers call it
}

// Choices gives the names of the options that were said. Where the words of one are part
// of those of another, the longer count.
func (h *Heard) Choices(options []Option) []string {
	var out []string
	for i := 0; i < len(h.tokens); {
		name, n := h.choiceAt(i, options)
		if n == 0 {
			i++
			continue
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
		i += n
	}
	return out
}

func (h *Heard) choiceAt(i int, options []Option) (name string, n int) {
	for _, o := range options {
		for _, w := range o.Words {
			if k := h.says(i, w); k > n {
				name, n = o.Name, k
			}
		}
	}
	return name, n
}

// says gives the number of tokens of a phrase that stands at i; 0 if it does not.
func (h *Heard) says(i int, phrase string) int {
	words := cut(phrase)
	for k, w := range words {
		if h.at(i+k).text != w.text {
			return 0
		}
	}
	return len(words)
}
