package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/callward/callward/asr/asrtest"
	"github.com/callward/callward/internal/engines"
	asrv1 "github.com/callward/callward/proto/callward/asr/v1"
	ttsv1 "github.com/callward/callward/proto/callward/tts/v1"
	"github.com/callward/callward/tts/ttstest"
)

// tally is what the discarding engine has done.
type tally struct {
	Samples int64 // heard
	Spoken  int   // texts
}

// engine is the discarding engine as we see it.
type engine struct {
	*process
	target string
	lines  *json.Decoder
}

func (b *bench) startEngine(ctx context.Context, socket string) (*engine, error) {
	program, args := b.Part(partEngine, socket)
	p, err := start(ctx, b.cores.others, "discarding engine", program, args...)
	if err != nil {
		return nil, err
	}
	e := &engine{process: p, target: "unix:" + socket, lines: json.NewDecoder(p.out)}
	if _, err := e.tally(); err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return e, nil
}

// tally asks the engine what it has done so far.
func (e *engine) tally() (t tally, err error) {
	_, err = io.WriteString(e.stdin, "\n")
	if err == nil {
		err = e.lines.Decode(&t)
	}
	if err != nil {
		return t, fmt.Errorf("discarding engine: %w: %s", err, e.said.last())
	}
	return t, nil
}

// discard is the program: a recognizer that counts audio, and a synthesizer that
// speaks in tones. For each line that it reads it tells what it has done.
func discard(ctx context.Context, socket string, in io.Reader, out io.Writer) error {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("discarding engine: %w", err)
	}
	ears, voice := &asrtest.Server{Discard: true}, &ttstest.Tone{}
	g := grpc.NewServer(engines.AllowKeepAlive())
	asrv1.RegisterAsrServiceServer(g, ears)
	ttsv1.RegisterTtsServiceServer(g, voice)
	healthv1.RegisterHealthServer(g, health.NewServer()) // "" serves
	served := make(chan error, 1)
	go func() { served <- g.Serve(l) }()
	lines, enc := bufio.NewScanner(in), json.NewEncoder(out)
	for lines.Scan() {
		if err = enc.Encode(tally{Samples: ears.Samples(), Spoken: len(voice.Spoken())}); err != nil {
			break
		}
	}
	g.Stop()
	return errors.Join(err, lines.Err(), <-served)
}
