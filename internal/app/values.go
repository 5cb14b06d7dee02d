package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A SIPAddress is where SIP listens, over one transport, or over UDP and TCP.
type SIPAddress struct {
	Network   string // one of sipNetworks, or "" for UDP and TCP
	Address   string // HOST:PORT
	Advertise IPAddress
}

// sipNetworks are the transports of SIP, in the order in which people read of them.
func sipNetworks() []string { return []string{"udp", "tcp", "tls", "ws", "wss"} }

// networks are the transports of one address.
func (a SIPAddress) networks() []string {
	if a.Network == "" {
		return []string{"udp", "tcp"}
	}
	return []string{a.Network}
}

// secured reports whether a certificate is needed.
func (a SIPAddress) secured() bool { return a.Network == "tls" || a.Network == "wss" }

// bound is the address and port; localhost is 127.0.0.1.
func (a SIPAddress) bound() netip.AddrPort {
	host, port, _ := net.SplitHostPort(a.Address)
	ip, err := netip.ParseAddr(host)
	if err != nil {
		ip = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	n, _ := strconv.ParseUint(port, 10, 16)
	return netip.AddrPortFrom(ip.Unmap(), uint16(n)) //nolint:gosec // of 16 bits
}

// collides reports whether two cannot both listen: they want the same port, of UDP
// or of TCP, and the address of one includes that of the other.
func (a SIPAddress) collides(b SIPAddress) bool {
	overUDP := func(n string) bool { return n == "udp" }
	overTCP := func(n string) bool { return n != "udp" }
	shared := slices.ContainsFunc(a.networks(), overUDP) && slices.ContainsFunc(b.networks(), overUDP) ||
		slices.ContainsFunc(a.networks(), overTCP) && slices.ContainsFunc(b.networks(), overTCP)
	at, other := a.bound(), b.bound()
	return shared && at.Port() == other.Port() && at.Port() != 0 && (includes(at.Addr(), other.Addr()) || includes(other.Addr(), at.Addr()))
}

// includes reports whether who listens on a listens on b too.
func includes(a, b netip.Addr) bool {
	return a == b || a == netip.IPv6Unspecified() || a == netip.IPv4Unspecified() && b.Is4()
}

// UnmarshalText reads [udp:|tcp:|tls:|ws:|wss:]HOST:PORT[=ADVERTISED].
func (a *SIPAddress) UnmarshalText(text []byte) error {
	s, advertise, err := cutAdvertise(string(text))
	if err != nil {
		return err
	}
	network := ""
	if before, after, ok := strings.Cut(s, ":"); ok && slices.Contains(sipNetworks(), before) {
		network, s = before, after
	}
	if err := hostPort(s); err != nil {
		return err
	}
	*a = SIPAddress{Network: network, Address: s, Advertise: advertise}
	return nil
}

// cutAdvertise takes the address that peers are told off one that is bound.
func cutAdvertise(s string) (bound string, advertise IPAddress, err error) {
	bound, told, _ := strings.Cut(s, "=")
	err = advertise.UnmarshalText([]byte(told))
	if err == nil && advertise.IsValid() && advertise.IsUnspecified() {
		err = fmt.Errorf("%s is no address that a peer can reach", told)
	}
	return bound, advertise, err
}

// told is what peers are told of an address: its own, or the common one if that is
// of its family; [::] is of both.
func told(bound netip.Addr, own, common IPAddress) netip.Addr {
	if own.IsValid() {
		return own.Addr
	}
	if common.IsValid() && (bound == netip.IPv6Unspecified() || bound.Is4() == common.Is4()) {
		return common.Addr
	}
	return netip.Addr{}
}

// An RTPAddress is where audio is received.
type RTPAddress struct {
	Bind      netip.Addr
	Advertise IPAddress
}

// UnmarshalText reads ADDRESS[=ADVERTISED].
func (a *RTPAddress) UnmarshalText(text []byte) error {
	s, advertise, err := cutAdvertise(string(text))
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(s)
	if err != nil {
		return fmt.Errorf("%q is not an IP address; write one such as 192.0.2.10", s)
	}
	*a = RTPAddress{ip.Unmap(), advertise}
	return nil
}

// String writes what UnmarshalText reads.
func (a RTPAddress) String() string { return withAdvertise(a.Bind.String(), a.Advertise) }

func withAdvertise(bound string, advertise IPAddress) string {
	if !advertise.IsValid() {
		return bound
	}
	return bound + "=" + advertise.String()
}

// String writes what UnmarshalText reads.
func (a SIPAddress) String() string {
	s := withAdvertise(a.Address, a.Advertise)
	if a.Network == "" {
		return s
	}
	return a.Network + ":" + s
}

// An HTTPAddress is where the HTTP API listens in clear: on loopback, unless a proxy ends
// TLS before it.
type HTTPAddress string

// UnmarshalText reads HOST:PORT.
func (a *HTTPAddress) UnmarshalText(text []byte) error {
	if err := hostPort(string(text)); err != nil {
		return err
	}
	*a = HTTPAddress(text)
	return nil
}

// hostPort says what is wrong with HOST:PORT.
func hostPort(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return fmt.Errorf("%q is not an address; write HOST:PORT, such as 127.0.0.1:5060", s)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("%q is not a port; allowed: 0 to 65535", port)
	}
	if _, err := netip.ParseAddr(host); err != nil && host != "localhost" {
		return fmt.Errorf("%q is not an IP address; write one, or localhost", host)
	}
	return nil
}

// A PortRange is a run of UDP ports, ends included.
type PortRange struct{ First, Last uint16 }

// UnmarshalText reads FIRST-LAST.
func (p *PortRange) UnmarshalText(text []byte) error {
	before, after, _ := strings.Cut(strings.ReplaceAll(string(text), "–", "-"), "-")
	first, err1 := strconv.ParseUint(strings.TrimSpace(before), 10, 16)
	last, err2 := strconv.ParseUint(strings.TrimSpace(after), 10, 16)
	switch {
	case err1 != nil || err2 != nil:
		return fmt.Errorf("%q is not a range of ports; write FIRST-LAST, such as 20000-29999", text)
	case first < 1024 || last < first+3:
		return fmt.Errorf("%q is not usable; allowed: FIRST from 1024, LAST at least 3 above it", text)
	}
	*p = PortRange{First: uint16(first), Last: uint16(last)}
	return nil
}

// String writes what UnmarshalText reads.
func (p PortRange) String() string { return fmt.Sprintf("%d-%d", p.First, p.Last) }

// An IPAddress may be left out.
type IPAddress struct{ netip.Addr }

// UnmarshalText reads an IP address; the empty text is none.
func (a *IPAddress) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	ip, err := netip.ParseAddr(string(text))
	if err != nil {
		return fmt.Errorf("%q is not an IP address; write one such as 192.0.2.10", text)
	}
	a.Addr = ip.Unmap()
	return nil
}

// A Network is an address or a CIDR block.
type Network struct{ netip.Prefix }

// UnmarshalText reads ADDRESS or ADDRESS/BITS. Addresses of IPv4 that are written as
// ones of IPv6 are taken for what they are: so is who calls.
func (n *Network) UnmarshalText(text []byte) error {
	if ip, err := netip.ParseAddr(string(text)); err == nil {
		ip = ip.Unmap()
		n.Prefix = netip.PrefixFrom(ip, ip.BitLen())
		return nil
	}
	p, err := netip.ParsePrefix(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a network; write an address or ADDRESS/BITS, such as 192.0.2.0/24", text)
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	n.Prefix = p.Masked()
	return nil
}

func loopbackNetworks() []Network {
	return []Network{
		{netip.MustParsePrefix("127.0.0.0/8")},
		{netip.MustParsePrefix("::1/128")},
	}
}

// A LogLevel is how much is logged.
type LogLevel struct{ slog.Level }

// UnmarshalText reads the name of a level.
func (l *LogLevel) UnmarshalText(text []byte) error {
	switch string(text) {
	case "debug", "info", "warn", "error":
		return l.Level.UnmarshalText(text)
	}
	return fmt.Errorf("%q is not a level; allowed: debug, info, warn, error", text)
}

// A LogFormat is the shape of log lines.
type LogFormat string

// UnmarshalText reads the name of a format.
func (f *LogFormat) UnmarshalText(text []byte) error {
	switch string(text) {
	case "text", "json":
		*f = LogFormat(text)
		return nil
	}
	return fmt.Errorf("%q is not a format; allowed: text, json", text)
}

// A Secret is a value that is never shown. It may be given as file:PATH or
// env:NAME, read once when the configuration is loaded.
type Secret struct{ value func() string } // a func prints as an address: fmt cannot look inside

const secretMask = "[secret]"

// NewSecret hides value.
func NewSecret(value string) Secret { return Secret{func() string { return value }} }

// Reveal gives the value to whoever needs it for its purpose.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return s.value()
}

// UnmarshalText takes the value, or fetches it from where it is kept.
func (s *Secret) UnmarshalText(text []byte) error {
	v, err := fetchSecret(string(text))
	if err != nil {
		return err
	}
	*s = NewSecret(v)
	return nil
}

// Format prints the mask for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, secretMask) }

// LogValue logs the mask.
func (Secret) LogValue() slog.Value { return slog.StringValue(secretMask) }

// MarshalText encodes the mask.
func (Secret) MarshalText() ([]byte, error) { return []byte(secretMask), nil }

func fetchSecret(ref string) (string, error) {
	if path, ok := strings.CutPrefix(ref, "file:"); ok {
		b, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			return "", fmt.Errorf("the secret's file cannot be read: %w", err)
		}
		return notEmpty(strings.TrimRight(string(b), "\r\n"), "file "+path)
	}
	if name, ok := strings.CutPrefix(ref, "env:"); ok {
		return notEmpty(os.Getenv(name), "environment variable "+name)
	}
	return ref, nil
}

func notEmpty(value, from string) (string, error) {
	if value == "" {
		return "", errors.New("the secret is empty: " + from)
	}
	return value, nil
}
