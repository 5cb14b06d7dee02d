package app

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"

	"github.com/callward/callward/console"
	"github.com/callward/callward/internal/certs"
)

// HTTPSSettings are a second listener for pages and the API, which other machines may reach.
// It is off without an Address. The files are PEM, read again whenever they change.
type HTTPSSettings struct {
	Address     ListenAddress `koanf:"address"`
	Certificate string        `koanf:"certificate"` // empty: that of listeners.tls
	Key         string        `koanf:"key"`
}

// files gives the names of files by their keys.
func (h *HTTPSSettings) files() map[string]*string {
	return map[string]*string{"certificate": &h.Certificate, "key": &h.Key}
}

// ProxySettings say who ends TLS before the plain listener. What it says of a request is
// believed (X-Forwarded-Proto, X-Forwarded-For), and what others say so is not.
type ProxySettings struct {
	From  []Network `koanf:"from"`
	Names []string  `koanf:"names"` // hosts by which browsers ask it
}

// A ListenAddress is HOST:PORT, or empty.
type ListenAddress string

// UnmarshalText reads HOST:PORT.
func (a *ListenAddress) UnmarshalText(text []byte) error {
	if len(text) > 0 {
		if err := hostPort(string(text)); err != nil {
			return err
		}
	}
	*a = ListenAddress(text)
	return nil
}

// Local is the address by which programs on this machine ask the server: one that listens
// on every address does on loopback too.
func (a HTTPAddress) Local() string {
	host, port, err := net.SplitHostPort(string(a))
	if err != nil {
		return string(a)
	}
	switch ip, _ := netip.ParseAddr(host); ip {
	case netip.IPv4Unspecified():
		return net.JoinHostPort("127.0.0.1", port)
	case netip.IPv6Unspecified():
		return net.JoinHostPort("::1", port)
	}
	return string(a)
}

// near reports whether only this machine can reach the listener.
func (a HTTPAddress) near() bool {
	host, _, _ := net.SplitHostPort(string(a))
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// httpsFiles gives the files of the HTTPS listener.
func (l Listeners) httpsFiles() certs.Files {
	if l.HTTPS.Certificate == "" && l.HTTPS.Key == "" {
		return certs.Files{Certificate: l.TLS.Certificate, Key: l.TLS.Key}
	}
	return certs.Files{Certificate: l.HTTPS.Certificate, Key: l.HTTPS.Key}
}

// console gives the proxy in the words of package console.
func (p ProxySettings) console() console.Proxy {
	var out console.Proxy
	for _, n := range p.From {
		out.From = append(out.From, n.Prefix)
	}
	for _, n := range p.Names {
		out.Names = append(out.Names, strings.ToLower(n))
	}
	return out
}

// web checks how pages and the API are reached: over a network never in clear.
func (k *checker) web(l Listeners) {
	k.want(l.HTTP.near() || len(l.Proxy.From) > 0, "listeners.http",
		"%s can be reached from other machines, and it is not encrypted; allowed: 127.0.0.1:PORT, [::1]:PORT, localhost:PORT. "+
			"Others are served by listeners.https (--https), or by a proxy that ends TLS (listeners.proxy.from, --http-proxy)", l.HTTP)
	k.https(l)
	for i, n := range l.Proxy.From {
		k.want(n.Bits() > 0, fmt.Sprintf("listeners.proxy.from[%d]", i), "everybody would be the proxy; write its address or network")
	}
	k.want(len(l.Proxy.From) == 0 || len(l.Proxy.Names) > 0, "listeners.proxy.names", "missing; write the hosts by which browsers ask the proxy, such as callward.example.com")
	k.want(len(l.Proxy.Names) == 0 || len(l.Proxy.From) > 0, "listeners.proxy.from", "missing; write the address from which the proxy asks, such as 127.0.0.1")
	for i, n := range l.Proxy.Names {
		k.want(n != "" && !strings.ContainsAny(n, "/:* \t"), fmt.Sprintf("listeners.proxy.names[%d]", i), "%q is not a host; write one such as callward.example.com", n)
	}
}

// https reads the certificate once, as the server will.
func (k *checker) https(l Listeners) {
	const path = "listeners.https"
	h, f := l.HTTPS, l.httpsFiles()
	if (h.Certificate == "") != (h.Key == "") {
		k.want(false, path, "a certificate and its key go together; name both, with listeners.https.certificate and .key (--https-certificate, --https-key)")
		return
	}
	if h.Address == "" {
		k.want(h.Certificate == "", path+".address", "missing; write HOST:PORT, such as 0.0.0.0:8443")
		return
	}
	if f.Certificate == "" {
		k.want(false, path+".address", "%s needs a certificate; name it with listeners.https.certificate and .key (--https-certificate, --https-key)", h.Address)
		return
	}
	_, err := certs.Open(f, slog.New(slog.DiscardHandler))
	k.want(err == nil || l.HTTPS.Certificate == "", path, "%v", err) // those of listeners.tls are told of there
}
