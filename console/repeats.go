package console

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/callward/callward/console/access"
)

// How long, and how many, answers are kept for who asks again. One may hold what is shown
// once, such as a token: so it is in memory alone, and not for long.
const (
	repeatFor   = 10 * time.Minute
	repeatMost  = 1000
	longestKey  = 128
	longestBody = 1 << 20 // of a request, as the operations take it
)

// repeats are the answers to requests that came with an Idempotency-Key
// (draft-ietf-httpapi-idempotency-key-header), by who asked for what. Its zero value is ready.
type repeats struct {
	mu   sync.Mutex
	kept map[repeatKey]*repeat
}

type repeatKey struct{ who, operation, url, key string }

// A repeat is one request, and its answer once there is one.
type repeat struct {
	came     time.Time
	body     [sha256.Size]byte
	answered bool
	status   int
	header   http.Header
	answer   []byte
}

// begin gives what is known of a key, or notes that it is being answered from now on.
func (r *repeats) begin(k repeatKey, body [sha256.Size]byte, now time.Time) (was repeat, known bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if old := r.kept[k]; old != nil && now.Sub(old.came) < repeatFor {
		return *old, true
	}
	if r.kept == nil {
		r.kept = make(map[repeatKey]*repeat)
	}
	r.makeRoom(now)
	r.kept[k] = &repeat{came: now, body: body}
	return repeat{}, false
}

// makeRoom forgets what is old, or else the oldest.
func (r *repeats) makeRoom(now time.Time) {
	if len(r.kept) < repeatMost {
		return
	}
	var oldest repeatKey
	first := now.Add(time.Second)
	for k, old := range r.kept {
		if now.Sub(old.came) >= repeatFor {
			delete(r.kept, k)
		} else if old.came.Before(first) {
			oldest, first = k, old.came
		}
	}
	if len(r.kept) >= repeatMost {
		delete(r.kept, oldest)
	}
}

// end keeps an answer. What was refused, or failed, may be asked again with the same key.
func (r *repeats) end(k repeatKey, a *copied) {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.kept[k]
	if old == nil {
		return
	}
	if a == nil || a.status >= http.StatusMultipleChoices {
		delete(r.kept, k)
		return
	}
	old.answered, old.status, old.header, old.answer = true, a.status, a.header, a.body.Bytes()
}

// keyed reports whether an operation does something that is done once for a key.
// supervise-call keeps keys of its own, as long as the call lasts; enter-call has none.
func keyed(op *huma.Operation) bool {
	action, ok := actionOf(op.OperationID)
	if !ok || action == access.Public || action == access.Own || op.Method != http.MethodPost {
		return false
	}
	return op.OperationID != "supervise-call" && op.OperationID != "enter-call"
}

// onlyOnce answers a request whose key was seen as it was answered then, and does nothing.
func (s *Server) onlyOnce(ctx huma.Context, next func(huma.Context)) {
	key, op := ctx.Header("Idempotency-Key"), ctx.Operation()
	if key == "" || !keyed(op) {
		next(ctx)
		return
	}
	if len(key) > longestKey {
		_ = huma.WriteErr(s.api, ctx, http.StatusUnprocessableEntity, "an Idempotency-Key has at most 128 characters")
		return
	}
	r, w := humachi.Unwrap(ctx)
	body, err := io.ReadAll(io.LimitReader(r.Body, longestBody+1)) // more is refused by the operation
	if err != nil {
		_ = huma.WriteErr(s.api, ctx, http.StatusBadRequest, "the request ended before it was whole")
		return
	}
	k, sum := repeatKey{visitOf(ctx.Context()).who.Name, op.OperationID, r.URL.RequestURI(), key}, sha256.Sum256(body)
	switch was, known := s.repeats.begin(k, sum, time.Now()); {
	case known && was.body != sum:
		_ = huma.WriteErr(s.api, ctx, http.StatusUnprocessableEntity, "this Idempotency-Key was sent with another request: take a new one")
	case known && !was.answered:
		_ = huma.WriteErr(s.api, ctx, http.StatusConflict, "the first request with this Idempotency-Key is being answered: ask again later")
	case known:
		answer(ctx, was.status, was.header, was.answer)
	default:
		var a *copied // stays nil if the operation panics
		defer func() { s.repeats.end(k, a) }()
		seen := &copied{ResponseWriter: w, header: http.Header{}, status: http.StatusOK}
		again := r.WithContext(ctx.Context())
		again.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
		next(humachi.NewContext(op, again, seen))
		a = seen
		answer(ctx, a.status, a.header, a.body.Bytes())
	}
}

func answer(ctx huma.Context, status int, header http.Header, body []byte) {
	for name, values := range header {
		for _, v := range values {
			ctx.AppendHeader(name, v)
		}
	}
	ctx.SetStatus(status)
	_, _ = ctx.BodyWriter().Write(body) // the client may be gone
}

// copied is an answer that is kept before it is sent.
type copied struct {
	http.ResponseWriter // of the request: for its deadlines alone

	header http.Header
	status int
	body   bytes.Buffer
}

func (c *copied) Header() http.Header         { return c.header }
func (c *copied) WriteHeader(status int)      { c.status = status }
func (c *copied) Write(p []byte) (int, error) { return c.body.Write(p) }
func (c *copied) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// describeKeys has the document say which operations take a key.
func describeKeys(api huma.API) {
	most := longestKey
	for _, item := range api.OpenAPI().Paths {
		if op := item.Post; op != nil && keyed(op) {
			op.Parameters = append(op.Parameters, &huma.Param{
				Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &most},
				Description: "who asks for the same again with the same key, within ten minutes, gets the first answer, and nothing is done twice; for anything else the key is refused (422), and while the first is being answered (409)",
			})
		}
	}
}
