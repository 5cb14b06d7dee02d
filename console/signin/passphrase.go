package signin

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Lengths of a passphrase in characters (NIST SP 800-63B-4 section 3.1.1.2: at least
// 15 where it is the only factor; at least 64 must be taken).
const (
	MinPassphrase = 15
	MaxPassphrase = 256
)

// A Cost is what it takes to try a passphrase. The zero Cost is RFC 9106's second
// recommendation: 64 MiB, three passes, four lanes.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Lanes     uint8
}

func (c Cost) orUsual() Cost {
	if c == (Cost{}) {
		return Cost{MemoryKiB: 64 << 10, Passes: 3, Lanes: 4}
	}
	return c
}

// hashes are computed two at a time: each takes 64 MiB, and tries come from anybody.
const hashesAtOnce = 2

type hasher struct {
	cost  Cost
	slots chan struct{}
	dummy string // to compare with where there is no account: it takes as long
}

func newHasher(c Cost) *hasher {
	h := &hasher{cost: c.orUsual(), slots: make(chan struct{}, hashesAtOnce)}
	sum := make([]byte, hashBytes)
	_, _ = rand.Read(sum)                          // it does not fail
	h.dummy = h.form(make([]byte, saltBytes), sum) // of no passphrase: to find one would take memory at each start
	return h
}

const (
	saltBytes = 16
	hashBytes = 32
)

// hash gives a passphrase in the form that argon2's own tools write.
func (h *hasher) hash(ctx context.Context, passphrase string) (string, error) {
	if err := h.wait(ctx); err != nil {
		return "", err
	}
	defer h.done()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // it does not fail
	return h.write(passphrase, salt), nil
}

func (h *hasher) write(passphrase string, salt []byte) string {
	c := h.cost
	return h.form(salt, argon2.IDKey(normal(passphrase), salt, c.Passes, c.MemoryKiB, c.Lanes, hashBytes))
}

func (h *hasher) form(salt, sum []byte) string {
	c := h.cost
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.MemoryKiB, c.Passes, c.Lanes, b64(salt), b64(sum))
}

// matches compares a passphrase with a hash, with the cost that the hash names. An
// empty hash is compared as well, and never matches.
func (h *hasher) matches(ctx context.Context, passphrase, hash string) (bool, error) {
	if err := h.wait(ctx); err != nil {
		return false, err
	}
	defer h.done()
	known := hash != ""
	if !known {
		hash = h.dummy
	}
	var version int
	var c Cost
	fields := strings.Split(hash, "$")
	if len(fields) != 6 || fields[1] != "argon2id" {
		return false, errors.New("a passphrase is kept in a form that is not known")
	}
	_, err1 := fmt.Sscanf(fields[2], "v=%d", &version)
	_, err2 := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Passes, &c.Lanes)
	salt, err3 := base64.RawStdEncoding.DecodeString(fields[4])
	want, err4 := base64.RawStdEncoding.DecodeString(fields[5])
	if errors.Join(err1, err2, err3, err4) != nil || version != argon2.Version || len(want) != hashBytes {
		return false, errors.New("a passphrase is kept in a form that is not known")
	}
	got := argon2.IDKey(normal(passphrase), salt, c.Passes, c.MemoryKiB, c.Lanes, hashBytes)
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

func (h *hasher) wait(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) done() { <-h.slots }

// normal has the same characters be the same bytes whatever keyboard wrote them.
func normal(passphrase string) []byte { return []byte(norm.NFKC.String(passphrase)) }

// CheckPassphrase says what is wrong with a new passphrase of an account: it is too
// short or too long, among the first that anybody tries, or made of the account's name.
// There are no rules about kinds of characters (NIST SP 800-63B-4 section 3.1.1.2).
func CheckPassphrase(name, passphrase string) error {
	n := utf8.RuneCount(normal(passphrase))
	switch {
	case !utf8.ValidString(passphrase):
		return errors.New("the passphrase is not text in UTF-8")
	case n < MinPassphrase:
		return fmt.Errorf("the passphrase has %d characters; at least %d are needed, several words do well", n, MinPassphrase)
	case n > MaxPassphrase:
		return fmt.Errorf("the passphrase has %d characters; at most %d are taken", n, MaxPassphrase)
	case guessable(name, strings.ToLower(passphrase)):
		return errors.New("the passphrase is one of the first that anybody would try; take several words that have nothing to do with each other")
	}
	return nil
}

// guessable finds what is left of a passphrase without common parts: too little makes it
// one that is tried first. There are few words of 15 letters in lists of passwords; most
// that long are shorter ones, said twice or lengthened.
func guessable(name, lower string) bool {
	rest := lower
	for _, part := range append([]string{strings.ToLower(name), "callward"}, commonParts()...) {
		if len(part) >= 3 {
			rest = strings.ReplaceAll(rest, part, "")
		}
	}
	different := map[rune]bool{}
	for _, r := range rest {
		different[r] = true
	}
	return len(different) < 5
}

func commonParts() []string {
	return []string{
		"password", "passwort", "passphrase", "motdepasse", "mot de passe", "administrator", "administrateur", "admin", "welcome", "bienvenue",
		"qwertyuiop", "qwerty", "azertyuiop", "azerty", "asdfghjkl", "qsdfghjklm", "zxcvbnm", "letmein", "iloveyou", "jetaime", "sunshine", "princess",
		"football", "baseball", "superman", "trustno1", "changeme", "correcthorsebatterystaple", "correct horse battery staple",
		"abcdefghijklmnopqrstuvwxyz", "abcdefgh", "abcdef", "abc", "secret", "supervisor", "telephone", "company",
		"01234567890", "1234567890", "0123456789", "123456789", "987654321", "12345678", "1234567", "123456", "12345", "1234", "123", "2024", "2025", "2026", "2027",
	}
}
