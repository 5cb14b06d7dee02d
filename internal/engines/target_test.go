package engines_test

import (
	"strings"
	"testing"

	"github.com/callward/callward/internal/engines"
)

func TestATargetThatNobodyCanReachIsRefused(t *testing.T) {
	for target, fault := range map[string]string{
		"foo://bar": "scheme foo", "http://127.0.0.1:8000": "scheme http", "dns:///https://speech:1": "scheme https",
		"bar baz:x": "no port", "bar baz:1": "no name of a host", "speech/v1:9000": "no name of a host", ":9000": "no name of a host",
		"127.0.0.1:99999": "no port", "127.0.0.1:0": "no port", "speech:": "no port", "speech:grpc": "no port", "speech:-1": "no port",
		"::1:x": "IPv6", "[::1]": "IPv6", "a:b:1": "IPv6",
		"unix:": "no path", "unix://": "no path", "unix-abstract:": "no path", "dns:": "no name of a host", "dns://speech:9000": "no host", "": "no name of a host",
	} {
		if err := engines.CheckTarget(target); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%q: %v, want %q", target, err, fault)
		}
	}
	for _, target := range []string{
		"unix:/run/speech.sock", "unix:///run/speech.sock", "unix:speech.sock", "unix-abstract:speech", "127.0.0.1:9000", "[::1]:9000", "[fe80::1%eth0]:9000", "::1",
		"speech", "speech:443", "speech_1.example.:65535", "dns:speech:9000", "dns:///speech:9000", "dns:///speech", "dns://10.0.0.1:53/speech:9000", "passthrough:///speech:9000",
	} {
		if err := engines.CheckTarget(target); err != nil {
			t.Errorf("%q: %v", target, err)
		}
	}
}
