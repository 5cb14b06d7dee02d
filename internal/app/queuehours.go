package app

import "github.com/callward/callward/call"

// hours gives the hours of a tenant's queues that have some.
func (t Tenant) hours() map[string]call.QueueHours {
	out := map[string]call.QueueHours{}
	for name, q := range t.Queues {
		if q.Hours != "" {
			out[name] = call.QueueHours{Hours: q.Hours, Closed: q.Closed}
		}
	}
	return out
}

// closed follows where callers are sent who come when a queue is closed: it must end.
func (k *checker) closed(path, from string, queues map[string]Queue) {
	q := queues[from]
	if q.Closed == "" {
		return
	}
	k.want(q.Hours != "", path, "only a queue with hours is closed at times; set hours")
	seen := map[string]bool{}
	for name := from; name != ""; name = queues[name].Closed {
		if _, ok := queues[name]; !ok {
			k.want(false, path, "%s", unknown(name, names(queues)))
			return
		}
		if seen[name] {
			k.want(false, path, "leads back to %s: callers would go around", name)
			return
		}
		seen[name] = true
	}
}
