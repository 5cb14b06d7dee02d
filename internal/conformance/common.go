package conformance

import (
	"context"
	"fmt"
	"slices"
	"time"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"

	speechv1 "github.com/callward/callward/proto/callward/speech/v1"
)

// commonChecks are those that any engine has to pass.
func commonChecks(s Service) []Check {
	of := func(id string, level Level, means, spec string, run func(context.Context, *probe) error) Check {
		return Check{ID: string(s) + "." + id, Level: level, Means: means, Spec: spec, run: run}
	}
	return []Check{
		of("health.check", Must, "grpc.health.v1 Check says SERVING for the service", "grpc.health.v1: Check", checkHealth),
		of("health.watch", Must, "grpc.health.v1 Watch says SERVING at once, and stays open", "grpc.health.v1: Watch", checkWatch),
		of("reflection", Should, "gRPC reflection names the service, for tools such as grpcurl", "grpc.reflection.v1: ServerReflectionInfo", checkReflection),
		of("capabilities", Must, "capabilities say v1, formats and languages", speechSpec+"Capabilities", checkCapabilities),
	}
}

func checkHealth(ctx context.Context, p *probe) error {
	ctx, cancel := context.WithTimeout(p.with(ctx), p.Timeout)
	defer cancel()
	r, err := healthv1.NewHealthClient(p.conn).Check(ctx, &healthv1.HealthCheckRequest{Service: p.serviceName()})
	if err != nil {
		return fmt.Errorf("check of %s: %w", p.serviceName(), err)
	}
	if r.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		return fmt.Errorf("%s is %v", p.serviceName(), r.GetStatus())
	}
	return nil
}

func checkWatch(ctx context.Context, p *probe) error {
	ctx, cancel := context.WithCancel(p.with(ctx))
	defer cancel()
	defer time.AfterFunc(p.Timeout, cancel).Stop()
	w, err := healthv1.NewHealthClient(p.conn).Watch(ctx, &healthv1.HealthCheckRequest{Service: p.serviceName()})
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	r, err := w.Recv()
	if err != nil {
		return fmt.Errorf("watch of %s: %w", p.serviceName(), err)
	}
	if r.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		return fmt.Errorf("%s is %v", p.serviceName(), r.GetStatus())
	}
	ended := make(chan error, 1)
	go func() {
		_, err := w.Recv()
		ended <- err
	}()
	timer := time.NewTimer(500 * time.Millisecond)
	defer timer.Stop()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("the watch ended: %w", err)
		}
	case <-timer.C:
		cancel()
		<-ended //nolint:errcheck // we have ended it
	}
	return nil
}

func checkReflection(ctx context.Context, p *probe) error {
	ctx, cancel := context.WithTimeout(p.with(ctx), p.Timeout)
	defer cancel()
	s, err := reflectionv1.NewServerReflectionClient(p.conn).ServerReflectionInfo(ctx)
	if err != nil {
		return fmt.Errorf("reflection: %w", err)
	}
	// An error of Send shows in Recv.
	_ = s.Send(&reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}})
	r, err := s.Recv()
	if err != nil {
		return fmt.Errorf("reflection: %w", err)
	}
	named := func(s *reflectionv1.ServiceResponse) bool { return s.GetName() == p.serviceName() }
	if !slices.ContainsFunc(r.GetListServicesResponse().GetService(), named) {
		return fmt.Errorf("%s is not named", p.serviceName())
	}
	return nil
}

func checkCapabilities(_ context.Context, p *probe) error {
	c := p.caps
	switch {
	case c.GetApiVersion() != "v1":
		return fmt.Errorf("api_version is %q, not v1", c.GetApiVersion())
	case len(c.GetFormats()) == 0:
		return fmt.Errorf("no format is claimed")
	case len(c.GetLanguages()) == 0 || slices.Contains(c.GetLanguages(), ""):
		return fmt.Errorf("languages are %q", c.GetLanguages())
	case c.GetHintsMax() < 0 || c.GetMaxChunk() < 0 || c.GetMaxStream().AsDuration() < 0:
		return fmt.Errorf("a limit is negative")
	}
	for _, f := range c.GetFormats() {
		_, known := speechv1.Encoding_name[int32(f.GetEncoding())]
		if !known || f.GetEncoding() == speechv1.Encoding_ENCODING_UNSPECIFIED || f.GetSampleRateHz() <= 0 || f.GetChannels() > 1 {
			return fmt.Errorf("a format is %v", f)
		}
	}
	return nil
}

// show prints a format for an error.
func show(f *speechv1.AudioFormat) string {
	return fmt.Sprintf("%v at %d Hz", f.GetEncoding(), f.GetSampleRateHz())
}

// sameFormat compares what decides how bytes are read; 0 channels mean 1.
func sameFormat(a, b *speechv1.AudioFormat) bool {
	return a.GetEncoding() == b.GetEncoding() && a.GetSampleRateHz() == b.GetSampleRateHz() && max(a.GetChannels(), 1) == max(b.GetChannels(), 1)
}
