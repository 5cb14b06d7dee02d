package queue

import (
	"strings"
	"testing"
)

const someLua = `-- A library.
local KEY = KEYS[1] -- a key
local count = {}
local function unused() return count end
local function helper(a)
  return KEY .. a
end
if KEY == 'unused' then
  helper(1)
end
local function rare(a)
  count[a] = true -- unused
  return 'unused'
end
local function seldom(a) return rare(a) end
local function seldomer(a)
  return seldom(a)
end
`

func TestAScriptHasWhatItUsesAndNothingElse(t *testing.T) {
	l := newLibrary(someLua)
	for script, want := range map[string]string{
		"return 1":           "KEY helper if",
		"return rare(1)":     "KEY count helper if rare",
		"x.rare = 'rare'":    "KEY helper if",
		"return seldomer(1)": "KEY count helper if rare seldom seldomer",
	} {
		var got []string
		for line := range strings.Lines(l.link(script)) {
			line = strings.TrimPrefix(strings.TrimPrefix(line, "local "), "function ")
			if word := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '(' }); line[0] != ' ' && word[0] != "end\n" {
				got = append(got, word[0])
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s has %v, want %s", script, got, want)
		}
	}
}

func TestHelpersOfAFunctionThatIsSeldomCalledAreMadeInItAndValuesAreNot(t *testing.T) {
	got := newLibrary(someLua, "seldomer").link("return seldomer(1)")
	for _, want := range []string{
		"\nlocal count = {}\n",
		"local function seldomer(a)\nlocal function rare(a)\n  count[a] = true\n  return 'unused'\nend\nlocal function seldom(a) return rare(a) end\n  return seldom(a)\nend\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
	if strings.Count(got, "function rare") != 1 {
		t.Errorf("rare is not there once:\n%s", got)
	}
}

func TestAScriptDeclaresTheKeysItUses(t *testing.T) {
	all := allScripts()
	if n := len(all.offers.keys); n != 2 {
		t.Errorf("offers takes %d keys, want OFFERS and CALLS", n)
	}
	if n := len(all.ringing.keys); n >= len(keyNames())-3 {
		t.Errorf("ringing takes %d keys", n)
	}
}

func TestNumbersOfDocumentsMayBeText(t *testing.T) {
	docs, err := decode[agentDoc]([]any{`{"id":"ann","since":1772442000000,"due":"1772442000001"}`})
	if err != nil || docs[0].Since != 1772442000000 || docs[0].Due != 1772442000001 {
		t.Errorf("%+v, %v", docs, err)
	}
	if _, err := decode[agentDoc]([]any{`{"id":"ann","since":"soon"}`}); err == nil {
		t.Error("soon is a number")
	}
}
