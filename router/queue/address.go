package queue

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// clusterReload is how soon a moved pool is found: with the library's minute, calls fail
// long after the Cluster is whole again.
const clusterReload = time.Second

// An address is where a Redis is.
type address struct {
	kind   string           // sentinel or cluster; empty: one server
	hosts  []*redis.Options // one for each; what is not the host is the same in all
	master string           // the name that Sentinels know
}

var errAddress = errors.New("redis: the address is not understood; write redis://[USER:PASSWORD@]HOST:PORT[/DB], " +
	"redis+sentinel://[USER:PASSWORD@]HOST:PORT,HOST:PORT/MASTER[/DB] or redis+cluster://[USER:PASSWORD@]HOST:PORT,HOST:PORT, " +
	"with rediss for TLS, and what is special in a password as %XX")

// parseAddress reads a URL. Its error does not say what is wrong in it, as that may be
// a piece of the password.
func parseAddress(text string) (address, error) {
	scheme, rest, _ := strings.Cut(text, "://")
	a := address{}
	scheme, a.kind, _ = strings.Cut(scheme, "+")
	authority, path, _ := strings.Cut(rest, "/")
	switch a.kind {
	case "":
		return a, a.add(text)
	case "sentinel":
		a.master, path, _ = strings.Cut(path, "/")
		if checkName("master", a.master) != nil {
			return a, errAddress
		}
	case "cluster":
		if path != "" {
			return a, errAddress
		}
	default:
		return a, errAddress
	}
	login := ""
	if at := strings.LastIndex(authority, "@"); at >= 0 {
		login, authority = authority[:at+1], authority[at+1:]
	}
	for host := range strings.SplitSeq(authority, ",") {
		if err := a.add(scheme + "://" + login + host + "/" + path); err != nil {
			return a, err
		}
	}
	return a, nil
}

// add reads the URL of one host.
func (a *address) add(url string) error {
	opt, err := redis.ParseURL(url)
	if err == nil && opt.Network == "tcp" {
		_, err = netip.ParseAddrPort(net.JoinHostPort("127.0.0.1", portOf(opt.Addr)))
	}
	if err != nil || a.kind != "" && opt.Network != "tcp" {
		return errAddress
	}
	a.hosts = append(a.hosts, opt)
	return nil
}

func portOf(addr string) string {
	_, port, _ := net.SplitHostPort(addr) // without one, it is not a port either
	return port
}

func (a address) names() []string {
	var names []string
	for _, h := range a.hosts {
		names = append(names, h.Addr)
	}
	return names
}

// client gives a client of what is there.
func (a address) client() redis.UniversalClient {
	one := a.hosts[0]
	switch a.kind {
	case "sentinel":
		return redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: a.master, SentinelAddrs: a.names(),
			Username: one.Username, Password: one.Password, DB: one.DB, TLSConfig: one.TLSConfig,
			DialTimeout: one.DialTimeout, ReadTimeout: one.ReadTimeout, MaxRetries: one.MaxRetries, DialerRetries: one.DialerRetries,
			ContextTimeoutEnabled: true, ClientName: one.ClientName,
		})
	case "cluster":
		return redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: a.names(), ClusterStateReloadInterval: clusterReload,
			Username: one.Username, Password: one.Password, TLSConfig: one.TLSConfig,
			DialTimeout: one.DialTimeout, ReadTimeout: one.ReadTimeout, MaxRetries: one.MaxRetries, DialerRetries: one.DialerRetries,
			ContextTimeoutEnabled: true, ClientName: one.ClientName, MaintNotificationsConfig: noNotices(),
		})
	}
	return redis.NewClient(one)
}

func noNotices() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}
