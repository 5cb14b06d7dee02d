package certs

import "crypto/x509"

// Covers reports whether the certificate in use is for a host: a name, or an address
// without brackets.
func (s *Store) Covers(host string) bool {
	leaf := s.leaf()
	return leaf != nil && leaf.VerifyHostname(host) == nil
}

// Host is what the certificate in use is for: its first name that is no pattern, or else
// its first address; empty where it has neither.
func (s *Store) Host() string {
	leaf := s.leaf()
	if leaf == nil {
		return ""
	}
	for _, name := range leaf.DNSNames {
		if name != "" && name[0] != '*' {
			return name
		}
	}
	if len(leaf.IPAddresses) > 0 {
		return leaf.IPAddresses[0].String()
	}
	return ""
}

func (s *Store) leaf() *x509.Certificate {
	if all := s.current.Load().server.Certificates; len(all) > 0 {
		return all[0].Leaf
	}
	return nil
}
