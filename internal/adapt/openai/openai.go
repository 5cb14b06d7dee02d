// Package openai translates for servers with the shape of OpenAI's HTTP API for
// audio: POST audio/transcriptions with a WAV file of one utterance, and POST
// audio/speech. It has no goroutine of its own.
//
// There are no partials and no word times: the words come when the utterance is
// over.
package openai

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/callward/callward/internal/adapt"
	"github.com/callward/callward/internal/speechd/audio"
)

const (
	// fileRate is that of the WAV files: models of this kind want 16 kHz.
	fileRate = 16000
	// SpeechRate is that of the sound without a header.
	SpeechRate = 24000
	// maxText bounds an answer in words.
	maxText = 256 << 10
	// maxPrompt bounds the hints that go along.
	maxPrompt = 800
	// probeEvery is between two looks at the server.
	probeEvery = 5 * time.Second
)

// Config says where the server is and what it is asked for.
type Config struct {
	URL             string // up to audio/..., for example http://127.0.0.1:8000/v1
	TLS             *tls.Config
	TokenFile       string // read anew for each request
	Model           string // that recognizes
	SpeechModel     string // that speaks
	SpeechContainer string // "pcm" or "wav"

	// Dial opens a connection to the server; nil: the network's own.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// An API is such a server.
type API struct {
	config Config
	base   *url.URL
	client *http.Client
	up     atomic.Bool // when it was last looked at
}

// New prepares an API. It does not wait for the server.
func New(c Config) (*API, error) {
	base, err := url.Parse(c.URL)
	if err != nil || base.Host == "" || base.User != nil || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, errors.New("the server is an http or https URL, for example http://127.0.0.1:8000/v1")
	}
	if ip := net.ParseIP(base.Hostname()); c.TokenFile != "" && base.Scheme == "http" && base.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, errors.New("a token would be sent in clear to another machine: use https")
	}
	if c.SpeechContainer != "pcm" && c.SpeechContainer != "wav" {
		return nil, fmt.Errorf("the sound of speech is pcm or wav, not %q", c.SpeechContainer)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:errcheck,forcetypeassert // it is one
	transport.TLSClientConfig = c.TLS
	transport.MaxIdleConnsPerHost = 64
	if c.Dial != nil {
		transport.DialContext = c.Dial
	}
	return &API{config: c, base: base, client: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Close drops the connections that are not in use.
func (a *API) Close() { a.client.CloseIdleConnections() }

// Ready asks the server for an answer of any kind, unless it has lately been up.
func (a *API) Ready(ctx context.Context) error {
	if a.up.Load() {
		return nil
	}
	return a.probe(ctx)
}

// Watch asks again and again.
func (a *API) Watch(ctx context.Context, tell func(up bool)) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		within, cancel := context.WithTimeout(ctx, probeEvery)
		err := a.probe(within)
		cancel()
		tell(err == nil)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// probe asks for the models. A server that does not know the question is up.
func (a *API) probe(ctx context.Context) error {
	res, err := a.do(ctx, http.MethodGet, "models", "", nil)
	if err == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxText))
		_ = res.Body.Close()
		if res.StatusCode >= http.StatusInternalServerError {
			err = refused(res.StatusCode)
		}
	}
	a.up.Store(err == nil)
	return err
}

// do makes a request. Its error never holds what was sent.
func (a *API) do(ctx context.Context, method, path, kind string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, a.base.JoinPath(path).String(), body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if a.config.TokenFile != "" {
		token, err := adapt.Token(a.config.TokenFile)
		if err != nil {
			return nil, status.Error(codes.Unauthenticated, err.Error())
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := a.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, status.FromContextError(ctx.Err()).Err()
		}
		a.up.Store(false)
		return nil, status.Error(codes.Unavailable, "no answer")
	}
	return res, nil
}

// refused gives an answer other than 200 its gRPC code.
func refused(code int) error {
	switch {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return status.Error(codes.Unauthenticated, http.StatusText(code))
	case code == http.StatusTooManyRequests:
		return status.Error(codes.ResourceExhausted, http.StatusText(code))
	case code >= http.StatusInternalServerError:
		return status.Error(codes.Unavailable, http.StatusText(code))
	}
	return status.Error(codes.InvalidArgument, http.StatusText(code))
}

// Listen begins an utterance.
func (a *API) Listen(ctx context.Context, s adapt.Setup) (adapt.Ear, error) {
	return &ear{ctx: ctx, api: a, setup: s, over: make(chan struct{})}, nil
}

// An ear keeps the utterance until it is over.
type ear struct {
	ctx   context.Context //nolint:containedctx // it is the utterance's life
	api   *API
	setup adapt.Setup
	pcm   []int16
	over  chan struct{}
	done  bool
}

// Write keeps samples.
func (e *ear) Write(pcm []int16) error {
	e.pcm = append(e.pcm, pcm...)
	return nil
}

// Finish lets Read ask.
func (e *ear) Finish() error {
	close(e.over)
	return nil
}

// Read asks what was said, once the utterance is over.
func (e *ear) Read() (adapt.Hypothesis, error) {
	if e.done {
		return adapt.Hypothesis{}, io.EOF
	}
	select {
	case <-e.over:
	case <-e.ctx.Done():
		return adapt.Hypothesis{}, status.FromContextError(e.ctx.Err()).Err()
	}
	e.done = true
	text, err := e.api.transcribe(e.ctx, e.setup, e.pcm)
	if err != nil {
		return adapt.Hypothesis{}, err
	}
	return adapt.Hypothesis{Final: true, Readings: []adapt.Reading{{Text: text}}}, nil
}

func (a *API) transcribe(ctx context.Context, s adapt.Setup, pcm []int16) (string, error) {
	up := audio.NewResampler(s.Rate, fileRate)
	body, kind, err := a.form(s, append(up.Write(pcm), up.Flush()...))
	if err != nil {
		return "", err
	}
	res, err := a.do(ctx, http.MethodPost, "audio/transcriptions", kind, body)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "", refused(res.StatusCode)
	}
	var answer struct {
		Text *string `json:"text"`
	}
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxText+1))
	if err != nil {
		return "", status.Error(codes.Unavailable, "the answer broke off")
	}
	if len(raw) > maxText {
		return "", status.Error(codes.ResourceExhausted, "the answer is too long")
	}
	if json.Unmarshal(raw, &answer) != nil || answer.Text == nil {
		return "", status.Error(codes.Internal, "the answer is not of this API") // what it was may be words
	}
	return *answer.Text, nil
}

func (a *API) form(s adapt.Setup, pcm []int16) (body io.Reader, kind string, err error) {
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	file, err := w.CreateFormFile("file", "utterance.wav")
	if err != nil {
		return nil, "", err
	}
	_, _ = file.Write(adapt.WAV(pcm, fileRate)) // a buffer takes it
	model := s.Model
	if model == "" {
		model = a.config.Model
	}
	language, _, _ := strings.Cut(s.Languages[0], "-")
	for _, field := range [][2]string{
		{"model", model}, {"language", language}, {"response_format", "json"}, {"temperature", "0"}, {"prompt", prompt(s.Hints)},
	} {
		if field[1] == "" {
			continue
		}
		if err := w.WriteField(field[0], field[1]); err != nil {
			return nil, "", err
		}
	}
	return &buf, w.FormDataContentType(), w.Close()
}

// prompt names the hints, as many as a prompt holds.
func prompt(hints []adapt.Hint) string {
	var out strings.Builder
	for _, h := range hints {
		if out.Len()+len(h.Phrase)+2 > maxPrompt {
			break
		}
		if out.Len() > 0 {
			out.WriteString(", ")
		}
		out.WriteString(h.Phrase)
	}
	return out.String()
}

// Speak says a text.
func (a *API) Speak(ctx context.Context, p adapt.Phrase) (io.ReadCloser, error) {
	ask := map[string]any{
		"model": a.config.SpeechModel, "input": p.Text, "voice": p.Voice, "response_format": a.config.SpeechContainer,
	}
	if p.Speed != 1 {
		ask["speed"] = min(max(p.Speed, 0.25), 4) // what the API takes
	}
	body, err := json.Marshal(ask)
	if err != nil {
		return nil, err
	}
	res, err := a.do(ctx, http.MethodPost, "audio/speech", "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, refused(res.StatusCode)
	}
	return res.Body, nil
}
