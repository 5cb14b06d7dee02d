package fake

import (
	"net/http"
	"strings"
	"time"
)

const (
	hookStall  = "stall"
	stallsFor  = 20 * time.Second
	largeBytes = 2 << 20
)

// hookFaults is what a system that webhooks ask may do wrong. After is counted from its
// start, and For is how long it goes on; of a stall, how long each answer is held up.
func hookFaults() []Kind {
	return []Kind{
		{Name: "unavailable", Service: Webhook, Means: "answers 503 and asks for a second's pause"},
		{Name: "error", Service: Webhook, Means: "answers 500"},
		{Name: "gone", Service: Webhook, Means: "answers 410: no more messages, please"},
		{Name: "unauthorized", Service: Webhook, Means: "answers 401, whatever the signature"},
		{Name: "redirect", Service: Webhook, Means: "sends whoever asks to another host"},
		{Name: hookStall, Service: Webhook, Means: "holds each answer up, for 20s or what for= says"},
		{Name: "cut", Service: Webhook, Means: "closes the connection instead of an answer"},
		{Name: "html", Service: Webhook, Means: "answers a page"},
		{Name: "not-json", Service: Webhook, Means: "says application/json and answers something else"},
		{Name: "large", Service: Webhook, Means: "answers 2 MiB"},
	}
}

// hookAnswers does the faults; each gives the status that was answered, 0 for none.
func hookAnswers() map[string]func(http.ResponseWriter, *http.Request, Fault) int {
	status := func(code int) func(http.ResponseWriter, *http.Request, Fault) int {
		return func(w http.ResponseWriter, _ *http.Request, _ Fault) int {
			w.WriteHeader(code)
			return code
		}
	}
	says := func(kind, body string) func(http.ResponseWriter, *http.Request, Fault) int {
		return func(w http.ResponseWriter, _ *http.Request, _ Fault) int {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write([]byte(body))
			return http.StatusOK
		}
	}
	return map[string]func(http.ResponseWriter, *http.Request, Fault) int{
		"unavailable": func(w http.ResponseWriter, _ *http.Request, _ Fault) int {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return http.StatusServiceUnavailable
		},
		"error": status(http.StatusInternalServerError), "gone": status(http.StatusGone), "unauthorized": status(http.StatusUnauthorized),
		"redirect": func(w http.ResponseWriter, r *http.Request, _ Fault) int {
			http.Redirect(w, r, "https://elsewhere.example/", http.StatusFound)
			return http.StatusFound
		},
		hookStall: func(w http.ResponseWriter, r *http.Request, f Fault) int {
			t := time.NewTimer(f.lasts(stallsFor))
			defer t.Stop()
			select {
			case <-t.C:
				return says("application/json", "{}\n")(w, r, f)
			case <-r.Context().Done():
				return 0
			}
		},
		"cut":      func(http.ResponseWriter, *http.Request, Fault) int { panic(http.ErrAbortHandler) },
		"html":     says("text/html", "<html><script>alert(1)</script></html>"),
		"not-json": says("application/json", "{not json"),
		"large":    says("application/json", `{"a":"`+strings.Repeat("a", largeBytes)+`"}`),
	}
}
