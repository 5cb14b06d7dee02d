package app

import (
	"errors"
	"io"
	"sync"
)

// A lender has the service of each tenant that names one, such as a tokeniser. Calls keep
// the one that they began with: one that a reload takes away is closed when the last of
// its calls has left. S is what a service is made from, T the service.
type lender[S comparable, T io.Closer] struct {
	mu  sync.Mutex
	all map[string]*lent[S, T]
}

// lent is one service. It is guarded by the lender's mu.
type lent[S comparable, T io.Closer] struct {
	settings S
	service  T
	calls    int
	retired  bool // closed after the last call
}

// replace puts the services of settings in place of those there were; see prepare.
func (k *lender[S, T]) replace(settings map[string]S, dial func(tenant string, s S) (T, error)) error {
	return now(k.prepare(settings, dial))
}

// prepare makes the services of settings, by tenant, that are to take the place of those there
// are. One whose settings are as before stays.
func (k *lender[S, T]) prepare(settings map[string]S, dial func(tenant string, s S) (T, error)) (change, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	next, fresh := make(map[string]*lent[S, T]), []T(nil)
	for _, tenant := range names(settings) {
		s := settings[tenant]
		if was := k.all[tenant]; was != nil && was.settings == s {
			next[tenant] = was
			continue
		}
		service, err := dial(tenant, s)
		if err != nil {
			closeAll(fresh)
			return change{}, err
		}
		fresh = append(fresh, service)
		next[tenant] = &lent[S, T]{settings: s, service: service}
	}
	return change{make: func() { k.put(next) }, drop: func() { closeAll(fresh) }}, nil
}

// put takes what prepare made.
func (k *lender[S, T]) put(next map[string]*lent[S, T]) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for tenant, was := range k.all {
		if next[tenant] != was {
			was.retired = true
			was.closeUnused()
		}
	}
	k.all = next
}

// take gives a call its tenant's service, the zero T if it has none, and what the call has
// to do in the end.
func (k *lender[S, T]) take(tenant string) (service T, leave func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	one := k.all[tenant]
	if one == nil {
		return service, func() {}
	}
	one.calls++
	return one.service, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		one.calls--
		one.closeUnused()
	}
}

// close ends the services, even for calls that are still there.
func (k *lender[S, T]) close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var errs []error
	for _, one := range k.all {
		errs = append(errs, one.service.Close())
	}
	return errors.Join(errs...)
}

// closeUnused is called with the lender's mu held.
func (o *lent[S, T]) closeUnused() {
	if o.retired && o.calls == 0 {
		_ = o.service.Close() // nobody is left who could be told
	}
}
