package assistant

import (
	"cmp"
	"slices"
	"strings"

	"github.com/callward/callward/redact"
	"github.com/callward/callward/router/intent"
)

// Who asks whether a machine speaks is told that one does, at every question, whatever a
// model makes of the words and whatever the file says (EU AI Act, article 50). The words
// here are as intent.Words gives them, without accents.

// A robotGrammar is how people ask that in a language.
type robotGrammar struct {
	asks    []string // begin the question
	points  []string // begin it, too, but also much else: nothing that is not in tails may follow
	fillers []string // may stand between that and the noun
	nouns   []string
	people  []string // those of the nouns that are no machines, and other words for somebody
	kinds   []string // are nouns if nothing that is not in tails follows
	tails   []string
	wholes  []string // ask it without a noun, if nothing that is not in ends follows
	ends    []string
	or      string   // between a machine and somebody, makes a question of both
	wants   []string // begin a wish that is to be met as well
	phrases []string // examples, for recognizers
	answer  string   // where the file gives none
	yes     string   // with which it begins
}

//nolint:gochecknoglobals // a read-only table
var robotGrammars = map[string]robotGrammar{
	"en": {
		asks: []string{
			"are you", "aren t you", "you are", "you re", "am i talking to", "am i talking with", "am i speaking to", "am i speaking with",
			"i m talking to", "i m speaking to", "i m speaking with", "i am talking to", "i am speaking to", "i am speaking with",
			"do i talk to", "do i speak to", "do i speak with", "am i on the phone with", "you sound like", "you sound",
		},
		points: []string{"is this", "is that", "is it", "this is", "isn t this", "isn t it", "do i have", "have i got"},
		fillers: strings.Fields("a an actually actual bloody damn fucking honestly indeed just kind like live not now of one only or real really some sort still " +
			"stupid talking these those to truly"),
		nouns: []string{
			"robot", "robots", "bot", "chatbot", "voicebot", "machine", "computer", "person", "human being", "real human", "human person", "ai",
			"a i", "artificial intelligence", "recording", "recorded message", "answering machine", "voice assistant", "virtual assistant",
			"automated system", "computer program", "real voice", "somebody real", "someone real", "humans", "computer voice", "robot voice", "synthetic voice",
			"automated voice", "automated thing", "automated things", "automated service", "automated assistant", "chatgpt", "chat gpt", "siri", "alexa",
		},
		people:  []string{"person", "human", "human being", "humans", "somebody", "someone", "anybody", "anyone"},
		kinds:   []string{"human", "real", "automated", "automatic", "alive"},
		wholes:  []string{"what are you"},
		ends:    []string{"exactly", "really", "actually", "then", "please"},
		or:      "or",
		tails:   strings.Fields("or please not then here there speaking talking answering right i am aren t isn t on at that by now"),
		wants:   []string{"i want", "i d like", "i would like", "i need", "i prefer", "i d rather", "let me", "put me", "connect me", "transfer me", "give me", "can i", "could i"},
		phrases: []string{"are you a robot", "are you a real person", "are you human", "are you a machine", "am I talking to a machine", "is this a real person"},
		answer:  "Yes. I am an automatic voice assistant, not a person.",
		yes:     "yes",
	},
	"fr": {
		asks: []string{
			"vous etes", "etes vous", "vous n etes", "n etes vous", "vous seriez", "seriez vous", "tu es", "es tu", "t es", "tu n es",
			"je parle a", "je parle avec", "je parle bien a", "je parle bien avec", "parle je a", "on parle a", "je suis en train de parler a",
			"je suis en train de parler avec", "suis je en train de parler a", "suis je en train de parler avec", "je discute avec",
			"j ai affaire a", "ai je affaire a", "je suis en ligne avec",
			"vous parlez comme", "tu parles comme",
		},
		points: []string{"c est", "est ce", "s agit il d", "ce n est", "j ai", "on dirait"},
		fillers: strings.Fields("au aussi bien ces d de des donc en encore espece etre fait foutu juste pas peut plutot putain qu que quelque reel reelle " +
			"reellement sale seulement simple simplement sorte stupide toujours un une veritable vrai vraie vraiment"),
		nouns: []string{
			"robot", "robots", "bot", "chatbot", "callbot", "voicebot", "machine", "ordinateur", "automate", "repondeur", "etre humain", "personne",
			"ia", "i a", "intelligence artificielle", "l intelligence artificielle", "enregistrement", "assistant vocal", "assistant virtuel",
			"boite vocale", "voix de synthese", "synthese vocale", "voix enregistree", "programme informatique", "quelqu un de reel", "quelqu un de vrai",
			"vrai humain", "voix d ordinateur", "voix de robot", "voix artificielle", "voix synthetique", "truc automatique", "trucs automatiques",
			"systeme automatique", "service automatique", "standard automatique", "chatgpt", "chat gpt", "siri", "alexa",
		},
		people:  []string{"personne", "humain", "etre humain", "quelqu un"},
		kinds:   []string{"humain", "humaine", "reel", "reelle", "automatique", "vivant"},
		tails:   []string{"ou", "s il", "hein", "n est", "la", "non", "bien", "au bout", "au telephone", "qui parle", "qui repond", "que j", "a qui je parle", "ici"},
		wholes:  []string{"vous etes quoi", "tu es quoi", "t es quoi", "qu est ce que vous etes", "qu est ce que tu es"},
		ends:    []string{"exactement", "au juste", "en fait", "vraiment", "donc"},
		or:      "ou",
		wants:   []string{"je veux", "je voudrais", "j aimerais", "je souhaite", "je prefere", "passez moi", "mettez moi", "transferez moi", "donnez moi", "j ai besoin", "puis je", "je peux"},
		phrases: []string{"êtes-vous un robot", "vous êtes un robot", "vous êtes une vraie personne", "est-ce que vous êtes une machine", "est-ce que je parle à une machine", "vous êtes humain"},
		answer:  "Oui. Je suis un assistant vocal automatique, pas une personne.",
		yes:     "oui",
	},
}

// AsksForMachine reports whether words ask if a machine speaks. Who only wants to talk to a
// person does not ask that.
func AsksForMachine(language string, text redact.Safe) bool {
	g, words := robotGrammars[language], intent.Words(text.String())
	for i := range words {
		if n := begins(words[i:], g.asks); n > 0 && g.names(words[i+n:], false) {
			return true
		}
		if n := begins(words[i:], g.points); n > 0 && g.names(words[i+n:], true) {
			return true
		}
		if n := begins(words[i:], g.wholes); n > 0 && (i+n == len(words) || begins(words[i+n:], g.ends) > 0) {
			return true
		}
	}
	return g.either(words)
}

// either reports whether words ask for one of two: "is there a human on the line or just a
// machine".
func (g robotGrammar) either(words []string) bool {
	i := slices.Index(words, g.or)
	if i < 0 || !g.names(words[i+1:], true) {
		return false
	}
	return g.machine(words[:i]) != g.machine(words[i:]) && g.somebody(words)
}

// machine reports whether a noun for one stands in words, somebody whether one for a person
// does.
func (g robotGrammar) machine(words []string) bool {
	for i := range words {
		if begins(words[i:], g.nouns) > 0 && begins(words[i:], g.people) == 0 {
			return true
		}
	}
	return false
}

func (g robotGrammar) somebody(words []string) bool {
	for i := range words {
		if begins(words[i:], g.people) > 0 {
			return true
		}
	}
	return false
}

// names reports whether words go on with one for a machine or a person; if they must end
// with it, nothing but a tail may follow.
func (g robotGrammar) names(words []string, end bool) bool {
	for {
		n, kind := begins(words, g.nouns), begins(words, g.kinds)
		if rest := words[max(n, kind):]; (n > 0 || kind > 0) && (n > 0 && !end || len(rest) == 0 || begins(rest, g.tails) > 0) {
			return true
		}
		if len(words) == 0 || !slices.Contains(g.fillers, words[0]) {
			return false
		}
		words = words[1:]
	}
}

// begins gives the number of words of the longest phrase that words begin with. Unlike
// longest, it takes phrases whose words are folded already.
func begins(words, phrases []string) int {
	best := 0
	for _, p := range phrases {
		want := strings.Fields(p)
		if len(want) > best && len(want) <= len(words) && slices.Equal(words[:len(want)], want) {
			best = len(want)
		}
	}
	return best
}

// wishes reports whether words hold a wish besides.
func (g robotGrammar) wishes(text redact.Safe) bool {
	words := intent.Words(text.String())
	for i := range words {
		if begins(words[i:], g.wants) > 0 {
			return true
		}
	}
	return false
}

// robot reads the answer to who asks whether a machine speaks. It may be worded as the
// author likes, but not denied.
func (p *fileParser) robot(e entry) {
	p.a.robot = p.text(e, "the answer to who asks for a machine")
	if !e.given() {
		p.a.robot = Text{}
		for _, l := range p.a.languages {
			p.a.robot[l] = robotGrammars[l].answer
		}
		return
	}
	for _, l := range p.a.languages {
		words := intent.Words(p.a.robot[l])
		if yes := robotGrammars[l].yes; len(words) > 0 && words[0] != yes {
			p.complain(e.value, "the answer to who asks for a machine in %s must begin with %q: callers are told the truth", l, yes)
		}
	}
}

// machine answers who asks whether a machine speaks, and puts the question again; a wish
// that is told in the same breath is met.
func (d *Dialogue) machine(in Input) (Step, bool) {
	language := cmp.Or(d.language, in.Language)
	if in.Kind != InputSaid || !AsksForMachine(language, in.Text) {
		return Step{}, false
	}
	const reason = "asked whether a machine speaks: yes"
	line := d.a.line(d.a.robot, language)
	if d.sure(in) != nil && robotGrammars[language].wishes(in.Text) {
		step := d.answer(in)
		step.Say = append([]Line{line}, step.Say...)
		step.Reason = reason + "; " + step.Reason
		return step, true
	}
	return d.putAgain(reason, line), true
}
