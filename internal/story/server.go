package story

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/call"
	"github.com/callward/callward/internal/apitoken"
)

// A Server is a Callward that runs, by the address of its HTTP API.
type Server struct {
	URL    string // such as http://127.0.0.1:8080
	Tenant string // empty: any
}

// ErrNoCall says that a server does not know a call.
var ErrNoCall = errors.New("no such call")

// patience is how long a server may take for an answer.
const patience = 10 * time.Second

// ParseServer reads HOST:PORT or a URL.
func ParseServer(address, tenant string) (Server, error) {
	full := address
	if !strings.Contains(full, "://") {
		full = "http://" + full
	}
	u, err := url.Parse(full)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.RawQuery != "" || u.User != nil {
		return Server{}, fmt.Errorf("--server %q: want HOST:PORT or a URL, such as http://127.0.0.1:8080", address)
	}
	return Server{URL: strings.TrimSuffix(u.String(), "/"), Tenant: tenant}, nil
}

// Record gives the record of a call, ErrNoCall if the server has none.
func (s Server) Record(ctx context.Context, id call.ID) (Sourced, error) {
	path := "/api/v1/calls/" + url.PathEscape(string(id))
	data, status, err := s.get(ctx, path, nil)
	switch {
	case err != nil:
		return Sourced{}, err
	case status == http.StatusNotFound:
		return Sourced{}, ErrNoCall
	case status != http.StatusOK:
		return Sourced{}, s.refused(data, status)
	}
	r, err := decode(data)
	if err != nil {
		return Sourced{}, fmt.Errorf("%s%s: %w", s.URL, path, err)
	}
	return Sourced{r, s.URL}, nil
}

// Latest lists up to n calls, the newest first and those that go on among them, without
// journals.
func (s Server) Latest(ctx context.Context, n int) ([]call.Record, error) {
	data, status, err := s.get(ctx, "/api/v1/calls", url.Values{"limit": {fmt.Sprint(min(max(n, 1), 1000))}})
	if err != nil {
		return nil, err
	}
	if status != http.StatusOK {
		return nil, s.refused(data, status)
	}
	var calls struct{ Live, Recent []call.Record }
	if err := json.Unmarshal(data, &calls); err != nil {
		return nil, fmt.Errorf("%s: %w", s.URL, fieldError("calls", data, err))
	}
	all := append(calls.Live, calls.Recent...)
	slices.SortStableFunc(all, func(a, b call.Record) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(b.Call, a.Call))
	})
	return all[:min(n, len(all))], nil
}

// get asks and gives the body of the answer, which is JSON.
func (s Server) get(ctx context.Context, path string, query url.Values) (data []byte, status int, err error) {
	if query == nil {
		query = url.Values{}
	}
	if s.Tenant != "" {
		query.Set("tenant", s.Tenant)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path+"?"+query.Encode(), http.NoBody)
	if err != nil {
		return nil, 0, fmt.Errorf("ask %s: %w", s.URL, err)
	}
	apitoken.Authorize(req)
	res, err := http.DefaultClient.Do(req) //nolint:gosec // the user names the server
	if err != nil {
		return nil, 0, fmt.Errorf("no server answers on %s: does it run, and is --server right? A record in a file needs none: --file. %w", s.URL, err)
	}
	defer func() { _ = res.Body.Close() }()
	if t := res.Header.Get("Content-Type"); !strings.Contains(t, "json") {
		return nil, 0, fmt.Errorf("%s answers %s with %s: is that the HTTP address of a Callward server?", s.URL, res.Status, cmp.Or(Clean(t), "no content type"))
	}
	data, err = io.ReadAll(io.LimitReader(res.Body, maxFile+1))
	if err != nil || len(data) > maxFile {
		return nil, 0, fmt.Errorf("%s%s: the answer breaks off, or is larger than %d MB", s.URL, path, maxFile>>20)
	}
	if tooDeep(data) > 0 {
		return nil, 0, fmt.Errorf("%s%s: the answer is nested too deeply for a record", s.URL, path)
	}
	return data, res.StatusCode, nil
}

// refused says what a server answered instead.
func (s Server) refused(data []byte, status int) error {
	if status == http.StatusUnauthorized {
		return fmt.Errorf("%s: %s", s.URL, apitoken.Hint)
	}
	var problem struct {
		Detail string
		Errors []struct{ Message string }
	}
	_ = json.Unmarshal(data, &problem) // without it the status says enough
	said := []string{cmp.Or(Clean(problem.Detail), http.StatusText(status))}
	for _, e := range problem.Errors {
		said = append(said, Clean(e.Message))
	}
	return fmt.Errorf("%s says %d: %s", s.URL, status, strings.Join(said, "; "))
}
