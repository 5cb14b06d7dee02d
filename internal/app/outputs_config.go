package app

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/callward/callward/internal/cdr"
	"github.com/callward/callward/internal/notify"
	"github.com/callward/callward/internal/webhook"
	"github.com/callward/callward/internal/yamlfile"
)

// Outputs is what leaves Callward about a tenant's calls: files, and messages to systems of
// the operator's. docs/outputs.md says what is in each. Nothing leaves unless it is named.
type Outputs struct {
	CDR      string `koanf:"cdr"`       // file of records of calls, a line of JSON each; empty: none
	CSV      string `koanf:"cdr_csv"`   // the same as CSV
	QueueLog string `koanf:"queue_log"` // what happened in the queues, as Asterisk writes it

	Numbers string `koanf:"numbers"` // of people outside: pseudonym, shown or hidden; empty: pseudonym
	Key     Secret `koanf:"key"`     // of pseudonyms; empty: made up for this process

	RotateSize  int    `koanf:"rotate_size"`  // MiB from which on another file begins; 0: 100
	RotateDaily string `koanf:"rotate_daily"` // and at midnight in the tenant's zone: yes or no; empty: yes
	Keep        int    `koanf:"keep"`         // files of before that stay; 0: all
	Sync        string `koanf:"sync"`         // always: what is written is on the disk; never: when the system likes. Empty: always

	Webhooks map[string]EventHook `koanf:"webhooks"`
}

// An EventHook is a receiver of messages. Its host must be among the tenant's
// webhooks.allow.
type EventHook struct {
	URL      string        `koanf:"url"`
	Secret   Secret        `koanf:"secret"`   // whsec_…: what messages are signed with (Standard Webhooks)
	Events   []string      `koanf:"events"`   // as queue.abandoned or queue.*; empty: all
	Attempts int           `koanf:"attempts"` // at each message; 0: 8
	Pause    time.Duration `koanf:"pause"`    // before the second; each further is four times as long, up to 10 min; 0: 1s
}

// files gives the names of the files by their keys.
func (o *Outputs) files() map[string]*string {
	return map[string]*string{"cdr": &o.CDR, "cdr_csv": &o.CSV, "queue_log": &o.QueueLog}
}

const (
	always         = "always"
	never          = "never"
	yes            = "yes"
	no             = "no"
	defaultRotate  = 100
	mostAttempts   = 20
	longestPausing = 10 * time.Minute
)

func (o Outputs) complete() Outputs {
	o.Numbers, o.Sync, o.RotateDaily = cmp.Or(o.Numbers, string(cdr.Pseudonym)), cmp.Or(o.Sync, always), cmp.Or(o.RotateDaily, yes)
	o.RotateSize = cmp.Or(o.RotateSize, defaultRotate)
	if len(o.Webhooks) == 0 {
		o.Webhooks = nil
	}
	return o
}

// any reports whether something is to be written or sent.
func (o Outputs) any() bool {
	return o.CDR != "" || o.CSV != "" || o.QueueLog != "" || len(o.Webhooks) > 0
}

// shows is how numbers are shown; usual is the key of who has none.
func (o Outputs) shows(usual string) cdr.Numbers {
	return cdr.NewNumbers(cdr.How(o.Numbers), []byte(cmp.Or(o.Key.Reveal(), usual)))
}

// outputs checks what a tenant has written and sent.
func (k *checker) outputs(path string, t Tenant) {
	o := t.Outputs
	k.word(path+".numbers", o.Numbers, cdr.Hows())
	k.word(path+".sync", o.Sync, []string{always, never})
	k.word(path+".rotate_daily", o.RotateDaily, []string{yes, no})
	k.want(o.RotateSize >= 0, path+".rotate_size", "negative; allowed: 0 (100) and more")
	k.want(o.Keep >= 0, path+".keep", "negative; allowed: 0 (all) and more")
	k.want(o.Key.Reveal() == "" || len(o.Key.Reveal()) >= leastKey, path+".key", "too short; allowed: %d characters and more", leastKey)
	for key, file := range o.files() {
		if *file == "" {
			continue
		}
		info, err := os.Stat(filepath.Dir(*file))
		k.want(err == nil && info.IsDir(), path+"."+key, "the folder of %s is not there", *file)
	}
	for _, name := range names(o.Webhooks) {
		k.name(path+".webhooks["+name+"]", name)
		k.receiver(path+".webhooks["+name+"]", t, o.Webhooks[name])
	}
}

// leastKey is how long a key of pseudonyms is at least: numbers are few, a short key is
// found by trying.
const leastKey = 16

func (k *checker) receiver(path string, t Tenant, h EventHook) {
	host, ok := receiverHost(h.URL)
	k.want(ok, path+".url", "not understood; write https://HOST[:PORT]/PATH")
	if ok {
		_, allowed := t.Webhooks.Allow[host]
		k.want(allowed, path+".url", "the host %s is not among webhooks.allow of this tenant; allowed: %s%s", host,
			orNobody(names(t.Webhooks.Allow)), yamlfile.Nearest(host, names(t.Webhooks.Allow)))
	}
	_, err := webhook.NewSigner(h.Secret.Reveal())
	k.want(err == nil, path+".secret", "%v", err)
	for i, e := range h.Events {
		k.want(slices.Contains(notify.Patterns(), e), fmt.Sprintf("%s.events[%d]", path, i), "%s", unknown(e, notify.Patterns()))
	}
	k.want(h.Attempts >= 0 && h.Attempts <= mostAttempts, path+".attempts", "allowed: 0 (8) to %d", mostAttempts)
	k.want(h.Pause >= 0 && h.Pause <= longestPausing, path+".pause", "allowed: 0s (1s) to %s", longestPausing)
}

// receiverHost gives the host of a receiver as webhooks.allow names it.
func receiverHost(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return "", false
	}
	host := strings.ToLower(u.Host)
	return strings.TrimSuffix(host, ":443"), true
}
