package console

import "github.com/danielgtaylor/huma/v2"

// discreet takes from a problem what was sent: it names the field and what is wrong with it,
// but repeats no value, which may be a passphrase, a code or a token.
func discreet(_ huma.Context, _ string, v any) (any, error) {
	if p, ok := v.(*huma.ErrorModel); ok {
		for _, e := range p.Errors {
			e.Value = nil
		}
	}
	return v, nil
}
