package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Signer signs requests as Standard Webhooks 1.0.0 has it; nil signs nothing.
type Signer struct{ key func() []byte } // a func prints as an address: fmt cannot look inside

// The lengths of a key that the standard allows, in bytes.
const (
	leastKey = 24
	mostKey  = 64
)

const secretPrefix = "whsec_"

// NewSigner takes a secret, which is whsec_ and a key of 24 to 64 bytes in base64.
func NewSigner(secret string) (*Signer, error) {
	text, ok := strings.CutPrefix(secret, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < leastKey || len(key) > mostKey {
		return nil, errors.New("the secret is not what Standard Webhooks wants: whsec_ and 24 to 64 bytes in base64")
	}
	return &Signer{func() []byte { return key }}, nil
}

// sign adds the headers that prove who sent a body, and when.
func (s *Signer) sign(h http.Header, id string, at time.Time, body []byte) {
	if s == nil {
		return
	}
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, s.key())
	mac.Write([]byte(id + "." + seconds + "."))
	mac.Write(body)
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", seconds)
	h.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
