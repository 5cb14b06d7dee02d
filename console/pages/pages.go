// Package pages holds the console's pages, as `make web` bundles them from console/web,
// and serves them. They are static and hold nothing secret: what they show comes from the
// API, under the rights of whoever is signed in. A server that was built without Node
// serves a page in their place that says how to build them.
package pages

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// dist is what esbuild made: every file compressed, named by a hash of what is in it.
//
//go:embed all:dist
var dist embed.FS

// Routes are the paths at which a page is served; those that end in /* have pages below.
func Routes() []string {
	return []string{"/", "/live", "/live/*", "/agents", "/calls", "/calls/*", "/messages", "/assistant", "/system", "/desk", "/call", "/signin", "/welcome"}
}

// AssetsPath is where scripts and styles are served.
const AssetsPath = "/assets/"

// policy forbids everything but our own scripts, styles and API. Nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Built reports whether the pages are in this binary.
func Built() bool { return built(dist) }

func built(files fs.FS) bool {
	_, err := fs.Stat(files, "dist/index.html.gz")
	return err == nil
}

// Page serves the one document of all Routes: the script in it looks at the path.
func Page() http.Handler { return page(dist) }

func page(files fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-cache") // its scripts' names change with each build
		if !built(files) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, unbuilt)
			return
		}
		serve(files, w, r, "index.html")
	})
}

// unbuilt is what a server without pages shows, in both languages.
const unbuilt = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Callward</title>
<h1>Callward</h1>
<p>This server was built without its pages. Install Node.js 18 or newer and npm, then run <code>make build</code>.
The API works: it is described at <a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
<p lang="fr">Ce serveur a été construit sans ses pages. Installez Node.js 18 ou plus récent et npm, puis lancez <code>make build</code>.</p>
</html>
`

// Assets serves what is below AssetsPath. A name never means other bytes, so that browsers
// may keep them for ever.
func Assets() http.Handler { return assets(dist) }

func assets(files fs.FS) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, AssetsPath)
		kind := mime.TypeByExtension(path.Ext(name))
		if _, err := fs.Stat(files, "dist/"+name+".gz"); err != nil || kind == "" || path.Ext(name) == ".html" {
			http.Error(w, "no such file", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		serve(files, w, r, name)
	})
}

// serve writes a file as it is kept, or unpacked for whoever cannot read that.
func serve(files fs.FS, w http.ResponseWriter, r *http.Request, name string) {
	packed, err := fs.ReadFile(files, "dist/"+name+".gz")
	if err != nil {
		http.Error(w, "no such file", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	body := packed
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
	} else if body, err = unpack(packed); err != nil {
		http.Error(w, "this build is damaged", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) //nolint:gosec // a file of this build; the reader may be gone
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack page: %w", err)
	}
	return io.ReadAll(r)
}

// takesGzip reads Accept-Encoding (RFC 9110 section 12.5.3).
func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		refused := strings.TrimLeft(strings.TrimPrefix(strings.ReplaceAll(weight, " ", ""), "q="), "0.") == "" && weight != ""
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			return !refused
		}
	}
	return false
}
