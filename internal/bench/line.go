package bench

import (
	"bufio"
	"context"
	"crypto/tls"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/callward/callward/media"
	"github.com/callward/callward/tts/ttstest"
)

// line is callward, serving the bench assistant and the discarding engine.
type line struct {
	*process
	engine *engine
	sip    string // HOST:PORT
	tls    string
	http   string
	client *tls.Config // trusts it
	prompt time.Duration
}

//go:embed assistant.yaml
var assistantText string

// The ports lie below those that the kernel gives away. Calls are refused only once
// sound comes late, or the core is full.
const configText = `version: 1
listeners:
  sip: ["udp:%s", "tls:%s"]
  http: "%s"
  rtp_ports: 10000-19999
  tls: {certificate: "%s", key: "%s"}
limits: {cpu: 100}
speech: {backend: "%s"}
assistants: "%s"
test_numbers: true
drain_timeout: 1s
log: {level: warn}
tenants:
  default:
    numbers:
      bench: {assistant: bench, language: en}
    queues: {desk: {}}
`

func (b *bench) startLine(ctx context.Context, e *engine) (*line, error) {
	b.Progress("callward starts")
	l := &line{engine: e, prompt: b.longest() + 3*time.Second}
	var err error
	if l.sip, err = freePort(ctx, "udp"); err != nil {
		return nil, err
	}
	if l.tls, err = freePort(ctx, "tcp"); err != nil {
		return nil, err
	}
	if l.http, err = freePort(ctx, "tcp"); err != nil {
		return nil, err
	}
	config, err := b.configure(l)
	if err != nil {
		return nil, err
	}
	l.process, err = start(ctx, b.cores.server, "callward", b.Callward, "serve", "--config", config)
	if err != nil {
		return nil, err
	}
	l.mute()
	if err := l.ready(ctx); err != nil {
		return nil, errors.Join(err, l.stop())
	}
	return l, nil
}

// configure writes callward.yaml and the assistant, whose opening is so long that
// it plays during a whole window. The engine speaks 20 letters a second.
func (b *bench) configure(l *line) (path string, err error) {
	words := strings.TrimSpace(strings.Repeat("and so on ", int(l.prompt.Seconds()*20)/10+1))
	l.prompt = time.Duration(ttstest.Samples(words)) * time.Second / media.Rate
	text := strings.Replace(assistantText, "PROMPT", words, 1)
	path = filepath.Join(b.dir, "callward.yaml")
	cert, key, client, err := certificate(b.dir)
	if err != nil {
		return "", err
	}
	l.client = client
	config := fmt.Sprintf(configText, l.sip, l.tls, l.http, cert, key, l.engine.target, filepath.Join(b.dir, "assistants"))
	err = errors.Join(
		os.MkdirAll(filepath.Join(b.dir, "assistants"), 0o700),
		os.WriteFile(filepath.Join(b.dir, "assistants", "bench.yaml"), []byte(text), 0o600),
		os.WriteFile(path, []byte(config), 0o600))
	if err != nil {
		return "", fmt.Errorf("configure callward: %w", err)
	}
	return path, nil
}

// freePort finds a port that nobody uses just now. It is none of those that the kernel gives to
// whoever asks for any, and to each connection: one of these may be taken before it is used.
func freePort(ctx context.Context, network string) (at string, err error) {
	var config net.ListenConfig
	for range 1000 {
		at = fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(10_000))
		var c io.Closer
		if network == "tcp" {
			c, err = config.Listen(ctx, network, at)
		} else {
			c, err = config.ListenPacket(ctx, network, at)
		}
		if err == nil {
			return at, c.Close()
		}
	}
	return "", fmt.Errorf("find a port: %w", err)
}

// startTime is how long callward and speechd may take to be ready.
const startTime = 60 * time.Second

// ready waits until callward answers, engines included.
func (l *line) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		resp, err := l.get(ctx, "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		if err := l.died(); err != nil {
			return err
		}
		if !pause(ctx, 100*time.Millisecond) {
			return fmt.Errorf("callward is not ready: %w: %s", ctx.Err(), l.said.last())
		}
	}
}

func (l *line) get(ctx context.Context, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.http+path, nil)
	if err != nil {
		return nil, err
	}
	req.Close = true
	return http.DefaultClient.Do(req) //nolint:gosec // our own server
}

// metric reads one value of /metrics that has no labels.
func (l *line) metric(ctx context.Context, name string) (float64, error) {
	resp, err := l.get(ctx, "/metrics")
	if err != nil {
		return 0, fmt.Errorf("metrics of callward: %w", err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, errors.Join(fmt.Errorf("callward has no metric %s", name), lines.Err())
}

// quiet waits until no call of the row before is left.
func (l *line) quiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	for {
		legs, err := l.metric(ctx, "callward_sip_dialogs")
		if err != nil || legs == 0 {
			return err
		}
		if !pause(ctx, 100*time.Millisecond) {
			return fmt.Errorf("%.0f calls of the row before do not end: %w", legs, ctx.Err())
		}
	}
}
