package engines

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// CheckTarget finds what is wrong with a target of gRPC before anybody dials it: gRPC
// itself takes what it does not understand for the name of a host, and asks DNS for it
// for as long as it may. Good are unix:PATH, unix-abstract:NAME, HOST:PORT, dns:HOST:PORT,
// dns://[SERVER]/HOST:PORT and passthrough:///HOST:PORT; without a port it is 443.
func CheckTarget(target string) error {
	for _, scheme := range []string{"unix:", "unix-abstract:"} {
		if path, ok := strings.CutPrefix(target, scheme); ok {
			if strings.TrimPrefix(path, "//") == "" {
				return fmt.Errorf("no path after %s", scheme)
			}
			return nil
		}
	}
	address := target
	for _, scheme := range []string{"dns:", "passthrough:"} {
		rest, ok := strings.CutPrefix(target, scheme)
		if !ok {
			continue
		}
		address = rest
		if after, ok := strings.CutPrefix(rest, "//"); ok {
			if _, address, ok = strings.Cut(after, "/"); !ok {
				return fmt.Errorf("no host; write %s///HOST:PORT", scheme)
			}
		}
	}
	if scheme, _, ok := strings.Cut(address, "://"); ok {
		return fmt.Errorf("the scheme %s is not gRPC's; write HOST:PORT, dns:///HOST:PORT or unix:PATH", scheme)
	}
	return checkAddress(address)
}

// checkAddress checks HOST:PORT, or HOST.
func checkAddress(address string) error {
	if ip, err := netip.ParseAddr(address); err == nil && ip.IsValid() {
		return nil
	}
	host, port := address, ""
	if strings.ContainsAny(address, ":[]") {
		var err error
		if host, port, err = net.SplitHostPort(address); err != nil {
			return errors.New("not HOST:PORT; an address of IPv6 goes in brackets")
		}
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("%q is no port; allowed: 1 to 65535", port)
		}
	}
	_, err := netip.ParseAddr(host)
	if err != nil && (host == "" || strings.ContainsFunc(host, notInAName)) {
		return fmt.Errorf("%q is no name of a host", host)
	}
	return nil
}

// notInAName reports what a host's name does not have: DNS takes underscores too.
func notInAName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._", r)
}
