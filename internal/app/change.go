package app

import "io"

// A change of something that a reload replaces has been prepared, and with it all that may
// fail. One of make and drop follows: the new is taken, or given up.
type change struct{ make, drop func() }

// now makes a change that could be prepared.
func now(c change, err error) error {
	if err == nil {
		c.make()
	}
	return err
}

// together prepares several changes, in their order. If one cannot be, none is left prepared.
func together(all ...func() (change, error)) (change, error) {
	var ready []change
	each := func(f func(change)) func() {
		return func() {
			for _, c := range ready {
				f(c)
			}
		}
	}
	whole := change{make: each(func(c change) { c.make() }), drop: each(func(c change) { c.drop() })}
	for _, prepare := range all {
		c, err := prepare()
		if err != nil {
			whole.drop()
			return change{}, err
		}
		ready = append(ready, c)
	}
	return whole, nil
}

// closeAll closes what was made in vain: nobody is left who could be told of an error.
func closeAll[T io.Closer](made []T) {
	for _, m := range made {
		_ = m.Close()
	}
}
