package app

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"github.com/callward/callward/internal/apitoken"
)

// Sources is where a configuration comes from. A flag wins over the
// environment, that over the file, and that over the default.
type Sources struct {
	Flags   *pflag.FlagSet // made with AddFlags; nil: none given
	Environ []string       // as os.Environ gives it
	Dir     string         // where relative names start; "": the working directory
}

// A Loaded is a configuration and what there is to say about it.
type Loaded struct {
	Config   Config
	File     string   // "" without one
	Warnings []string // things that are allowed but look wrong

	assistants map[string]authored
}

// Load reads, merges and checks. The error names every fault it could find, a
// line each, as "callward.yaml:LINE: what, and what is allowed".
func Load(src Sources) (Loaded, error) {
	l := newLoader(src)
	if err := l.layers(); err != nil {
		return Loaded{}, err
	}
	cfg, err := l.decode()
	if err != nil {
		return Loaded{}, err
	}
	cfg.complete()
	l.places(&cfg)
	if err := l.located(cfg.Check()...); err != nil {
		return Loaded{}, err
	}
	all, err := readAssistants(cfg.Assistants)
	if err == nil {
		err = l.located(checkLines(&cfg, all)...)
	}
	if err != nil {
		return Loaded{}, err
	}
	l.warnings = append(l.warnings, cfg.SignIn.SAML.warnings(time.Now())...)
	return Loaded{Config: cfg, File: l.path, Warnings: slices.Concat(l.warnings, unserved(&cfg, all), unmatched(&cfg, all)), assistants: all}, nil
}

// A loader lays one source over the other and remembers who set what.
type loader struct {
	src      Sources
	merged   *koanf.Koanf
	origins  map[string]string // path -> "callward.yaml:3", "--sip" or "CALLWARD_SIP"
	path     string            // the file, once found
	warnings []string
}

func newLoader(src Sources) *loader {
	return &loader{src: src, merged: koanf.New("."), origins: map[string]string{}}
}

// layers lays the sources one over the other.
func (l *loader) layers() error {
	for _, layer := range []func() error{l.defaults, l.file, l.environment, l.flags} {
		if err := layer(); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) merge(m map[string]any) error {
	if err := l.merged.Load(confmap.Provider(m, ""), nil); err != nil {
		return fmt.Errorf("merge settings: %w", err)
	}
	return nil
}

func (l *loader) defaults() error {
	m := map[string]any{"version": "1"}
	for _, s := range settings() {
		if s.def != "" {
			put(m, s.key, s.def)
		}
	}
	return l.merge(m)
}

// put sets a dotted key of our own table.
func put(m map[string]any, key string, v any) {
	head, rest, nested := strings.Cut(key, ".")
	if !nested {
		m[key] = v
		return
	}
	sub, ok := m[head].(map[string]any)
	if !ok {
		sub = map[string]any{}
		m[head] = sub
	}
	put(sub, rest, v)
}

func (l *loader) file() error {
	path, err := l.findFile()
	if err != nil || path == "" {
		return err
	}
	l.path = path
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	return l.text(filepath.Base(path), data, reflect.TypeFor[Config](), "")
}

func (l *loader) text(name string, data []byte, t reflect.Type, path string) error {
	m, doc, err := parseYAML(name, data, t, path)
	if err != nil {
		return err
	}
	for p, line := range doc.lines {
		l.origins[p] = fmt.Sprintf("%s:%d", name, line)
	}
	if path != "" {
		below := m
		m = map[string]any{}
		put(m, path, below)
	} else if _, ok := m["version"]; !ok {
		return fmt.Errorf("%s:1: version is missing; write version: 1", name)
	}
	return l.merge(m)
}

// findFile gives the file that was named, or one of the usual ones if present.
func (l *loader) findFile() (string, error) {
	if l.src.Flags != nil {
		if f := l.src.Flags.Lookup(configFlag); f != nil && f.Changed {
			return l.resolve(f.Value.String()), nil
		}
	}
	if v := l.lookupEnv(configEnv); v != "" {
		return l.resolve(v), nil
	}
	for _, p := range []string{l.resolve("callward.yaml"), "/etc/callward/callward.yaml"} {
		_, err := os.Stat(p)
		if err == nil {
			return p, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("look for the configuration: %w", err)
		}
	}
	return "", nil
}

func (l *loader) resolve(path string) string {
	if l.src.Dir == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(l.src.Dir, path)
}

// besideFile resolves a path that the file gives: it starts where the file is.
func (l *loader) besideFile(key, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	if l.path != "" && strings.HasPrefix(l.origins[key], filepath.Base(l.path)+":") {
		return filepath.Join(filepath.Dir(l.path), path)
	}
	return l.resolve(path)
}

func (l *loader) lookupEnv(name string) string {
	for _, kv := range l.src.Environ {
		if k, v, _ := strings.Cut(kv, "="); k == name {
			return v
		}
	}
	return ""
}

func (l *loader) environment() error {
	known := map[string]bool{configEnv: true, apitoken.Env: true}
	for _, s := range settings() {
		known[s.env()] = true
		v := l.lookupEnv(s.env())
		if v == "" {
			continue
		}
		if err := l.set(s, s.env(), splitEnv(s, v)); err != nil {
			return err
		}
	}
	l.warnUnknown(known)
	return nil
}

// splitEnv gives an environment variable the form its flag would have.
func splitEnv(s setting, v string) []string {
	if s.kind == list || s.kind == pairs {
		return strings.Split(v, ",")
	}
	return []string{v}
}

func (l *loader) warnUnknown(known map[string]bool) {
	for _, kv := range l.src.Environ {
		k, _, _ := strings.Cut(kv, "=")
		if strings.HasPrefix(k, envPrefix) && !known[k] && k != "CALLWARD_TESTDATA" {
			l.warnings = append(l.warnings, "environment variable "+k+" is not known")
		}
	}
}

func (l *loader) flags() error {
	if l.src.Flags == nil {
		return nil
	}
	for _, s := range settings() {
		f := l.src.Flags.Lookup(s.flag)
		if f == nil || !f.Changed {
			continue
		}
		if err := l.set(s, "--"+s.flag, flagValues(f)); err != nil {
			return err
		}
	}
	return nil
}

func flagValues(f *pflag.Flag) []string {
	if sv, ok := f.Value.(pflag.SliceValue); ok {
		return sv.GetSlice()
	}
	if f.Value.Type() == "stringToString" {
		return strings.Split(strings.Trim(f.Value.String(), "[]"), ",")
	}
	return []string{f.Value.String()}
}

// set lays a value from a flag or the environment over what is there.
func (l *loader) set(s setting, origin string, values []string) error {
	m := map[string]any{}
	switch s.kind {
	case tree:
		return l.tree(s, origin, values[0])
	case pairs:
		p, err := l.pairs(s, origin, values)
		if err != nil {
			return err
		}
		put(m, s.key, p)
	case list:
		put(m, s.key, toAny(values))
		for i := range values {
			l.origins[fmt.Sprintf("%s[%d]", s.key, i)] = origin
		}
	case single, flagged:
		put(m, s.key, values[0])
	}
	l.origins[s.key] = origin
	return l.merge(m)
}

func (l *loader) tree(s setting, origin, value string) error {
	data := []byte(value)
	if path, ok := strings.CutPrefix(value, "file:"); ok {
		b, err := os.ReadFile(l.resolve(path)) //nolint:gosec // the operator names the file
		if err != nil {
			return fmt.Errorf("%s: %w", origin, err)
		}
		origin, data = filepath.Base(path), b
	}
	t := reflect.TypeFor[Config]()
	for key := range strings.SplitSeq(s.key, ".") {
		t, _, _ = member(t, "", key)
	}
	l.merged.Delete(s.key) // a flag replaces the file's tenants, it does not mix with them
	return l.text(origin, data, t, s.key)
}

// pairs reads name=value; a trunk's value is networks joined by "+".
func (l *loader) pairs(s setting, origin string, values []string) (map[string]any, error) {
	out := map[string]any{}
	for _, kv := range values {
		k, v, ok := strings.Cut(kv, "=")
		if !ok || k == "" || v == "" {
			return nil, fmt.Errorf("%s: %q is not a pair; write NAME=VALUE", origin, kv)
		}
		path := s.key + "[" + k + "]"
		l.origins[path] = origin
		if s.key == "trunks" {
			out[k] = map[string]any{"from": toAny(strings.Split(v, "+"))}
			l.origins[path+".from"] = origin
			continue
		}
		out[k] = v
	}
	return out, nil
}

func toAny(values []string) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// decode turns the merged texts into a Config.
func (l *loader) decode() (Config, error) {
	var cfg Config
	err := l.decodeInto("", &cfg)
	return cfg, err
}

// decodeInto decodes what stands under a key, all for "".
func (l *loader) decodeInto(key string, into any) error {
	err := l.merged.UnmarshalWithConf(key, into, koanf.UnmarshalConf{DecoderConfig: &mapstructure.DecoderConfig{
		DecodeHook: mapstructure.ComposeDecodeHookFunc(
			mapstructure.TextUnmarshallerHookFunc(),
			mapstructure.StringToTimeDurationHookFunc(),
		),
		TagName:          "koanf",
		WeaklyTypedInput: true,
		ErrorUnused:      true,
		MatchName:        func(mapKey, fieldName string) bool { return mapKey == fieldName },
	}})
	if err == nil {
		return nil
	}
	faults := explain(err)
	for _, f := range faults {
		if key != "" {
			f.Path = key + "." + f.Path
		}
	}
	return l.located(faults...)
}

// A SettingError is a fault in one setting.
type SettingError struct {
	Path string // as tenants[default].queues[billing]
	What string
}

// Error says what is wrong and what is allowed.
func (e *SettingError) Error() string { return e.Path + ": " + e.What }

// explain turns the decoder's tree of errors into ours.
func explain(err error) []*SettingError {
	switch e := err.(type) { //nolint:errorlint // the tree itself is walked
	case *mapstructure.DecodeError:
		return []*SettingError{{Path: e.Name(), What: decodeFault(e)}}
	case interface{ Unwrap() []error }:
		var out []*SettingError
		for _, sub := range e.Unwrap() {
			out = append(out, explain(sub)...)
		}
		return out
	case interface{ Unwrap() error }:
		return explain(e.Unwrap())
	}
	return []*SettingError{{What: err.Error()}}
}

func decodeFault(de *mapstructure.DecodeError) string {
	if pe, ok := errors.AsType[*mapstructure.ParseError](de); ok {
		return fmt.Sprintf("%q is not %s", fmt.Sprint(pe.Value), describe(pe.Expected.Type()))
	}
	cause := de.Unwrap()
	if strings.HasPrefix(cause.Error(), "time: ") {
		return "not a duration; write one such as 1.2s or 5m"
	}
	return strings.TrimPrefix(cause.Error(), "error decoding '"+de.Name()+"': ")
}

func describe(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "a duration; write one such as 1.2s or 5m"
	case t.Kind() == reflect.Bool:
		return "a truth value; allowed: true, false"
	case t.Kind() == reflect.Int:
		return "a whole number"
	}
	return "allowed"
}

// located puts the place of each fault before it and joins them, in order.
func (l *loader) located(faults ...*SettingError) error {
	lines := map[string]bool{}
	for _, f := range faults {
		lines[oneLine(l.origin(f.Path)+f.Error())] = true
	}
	var errs []error
	for _, s := range slices.Sorted(maps.Keys(lines)) {
		errs = append(errs, errors.New(s))
	}
	return errors.Join(errs...)
}

// origin finds who set path, or what encloses it.
func (l *loader) origin(path string) string {
	for p := path; p != ""; p = parent(p) {
		if o, ok := l.origins[p]; ok {
			return o + ": "
		}
	}
	return ""
}

func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}
