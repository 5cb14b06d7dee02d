package pages

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func packed(t *testing.T, text string) *fstest.MapFile {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: b.Bytes()}
}

func get(h http.Handler, path, encoding string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, http.NoBody)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestAPageMayRunNothingInline(t *testing.T) {
	w := get(page(fstest.MapFS{"dist/index.html.gz": packed(t, "<p>hello")}), "/live", "")
	csp := w.Header().Get("Content-Security-Policy")
	if w.Code != http.StatusOK || w.Body.String() != "<p>hello" || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("%d %q, policy %q", w.Code, w.Body, csp)
	}
}

func TestAServerWithoutPagesSaysHowToBuildThem(t *testing.T) {
	w := get(page(fstest.MapFS{}), "/", "gzip")
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestFilesAreServedAsTheReaderCanReadThem(t *testing.T) {
	h := assets(fstest.MapFS{"dist/a-1.js.gz": packed(t, "let a"), "dist/index.html.gz": packed(t, "page")})
	for accept, plain := range map[string]bool{"": true, "br": true, "gzip;q=0": true, "gzip;q=0.5, br": false, "gzip, deflate": false} {
		w := get(h, "/assets/a-1.js", accept)
		if isPlain := w.Body.String() == "let a"; isPlain != plain || (w.Header().Get("Content-Encoding") == "gzip") == plain {
			t.Errorf("accepting %q: %q as %q", accept, w.Body, w.Header().Get("Content-Encoding"))
		}
		if !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || !strings.Contains(w.Header().Get("Content-Type"), "javascript") {
			t.Errorf("headers: %v", w.Header())
		}
	}
	for _, missing := range []string{"/assets/b.js", "/assets/index.html", "/assets/../a-1.js", "/assets/", "/assets/a-1.js.gz"} {
		if w := get(h, missing, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", missing, w.Code)
		}
	}
}
