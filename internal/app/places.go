package app

import "github.com/callward/callward/internal/learnt"

// places resolves the paths of a configuration, each from where it was written; see besideFile.
func (l *loader) places(cfg *Config) {
	cfg.Assistants = l.besideFile("assistants", cfg.Assistants)
	if cfg.Learnt != learnt.Nowhere {
		cfg.Learnt = l.besideFile("learnt", cfg.Learnt)
	}
	l.speechPlaces(&cfg.Speech)
	for name, t := range cfg.Tenants {
		l.tenantPlaces("tenants["+name+"].", &t)
		cfg.Tenants[name] = t
	}
	cfg.Identity.Roots = l.besideFile("identity.roots", cfg.Identity.Roots)
	for key, name := range cfg.Listeners.TLS.names() {
		*name = l.besideFile(key, *name)
	}
	for key, name := range cfg.Listeners.HTTPS.files() {
		*name = l.besideFile("listeners.https."+key, *name)
	}
	for key, name := range cfg.SignIn.SAML.files() {
		*name = l.besideFile("sign_in.saml."+key, *name)
	}
}

func (l *loader) speechPlaces(s *Speech) {
	for lang, dir := range s.Models {
		s.Models[lang] = l.besideFile("speech.models["+lang+"]", dir)
	}
	for name, p := range s.Providers {
		for key, file := range p.files() {
			*file = l.besideFile("speech.providers["+name+"]."+key, *file)
		}
		s.Providers[name] = p
	}
	s.Cache = l.besideFile("speech.cache", s.Cache)
}

// tenantPlaces does so for a tenant, whose keys begin with path.
func (l *loader) tenantPlaces(path string, t *Tenant) {
	for key, file := range t.Dialog.files() {
		*file = l.besideFile(path+"dialog."+key, *file)
	}
	for key, file := range t.Payment.files() {
		*file = l.besideFile(path+"payment."+key, *file)
	}
	for host, h := range t.Webhooks.Allow {
		for key, file := range h.files() {
			*file = l.besideFile(path+"webhooks.allow["+host+"]."+key, *file)
		}
		t.Webhooks.Allow[host] = h
	}
	for key, file := range t.Outputs.files() {
		*file = l.besideFile(path+"outputs."+key, *file)
	}
}
