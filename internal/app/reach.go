package app

// Reach reads where the server of a configuration is asked, and nothing else: its secrets,
// its files and its assistants are the server's to read, who may be another user with
// another environment. Of the Config that it gives only the Listeners are set, without
// their ICEServers.
func Reach(src Sources) (Config, error) {
	l := newLoader(src)
	if err := l.layers(); err != nil {
		return Config{}, err
	}
	l.merged.Delete("listeners.ice_servers")
	var cfg Config
	if err := l.decodeInto("listeners", &cfg.Listeners); err != nil {
		return Config{}, err
	}
	for key, name := range cfg.Listeners.TLS.names() {
		*name = l.besideFile(key, *name)
	}
	for key, name := range cfg.Listeners.HTTPS.files() {
		*name = l.besideFile("listeners.https."+key, *name)
	}
	return cfg, nil
}
