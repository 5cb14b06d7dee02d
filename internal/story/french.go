package story

import (
	"regexp"
	"slices"
)

// inFrench has every format of this package's own in French; a test finds those that lack.
//
//nolint:gochecknoglobals // a read-only table
var inFrench = map[string]string{
	"call": "appel", "caller": "appelant", "number": "numéro", "when": "quand", "language": "langue", "about": "objet",
	"disclosure": "annonce", "card": "carte", "sound": "son", "outcome": "issue", "unknown": "inconnu",
	"line": "ligne", "opening": "accueil", "bot": "robot", "prompt": "message", "keys": "touches", "filler": "attente",
	"hearing": "écoute", "trouble": "incident", "end": "fin", "queue": "file", "agent": "agent", "transfer": "transfert",
	"taken for": "compris", "rule": "règle", "then": "suite", "time": "délai", "slow": "lenteur",
	"endpoint": "fin de parole", "final": "mots", "intent": "sens", "audio": "voix", "wire": "envoi",
	": ": " : ", "%.1f s": "%.1f s", "%.2f s": "%.2f s", "%d min %02d s": "%d min %02d s",

	"trust %s": "confiance %s", "by trunk %s": "par le trunk %s", "assistant %s": "assistant %s", "tenant %s": "client %s",
	"never answered": "jamais décroché", "still going on": "encore en cours", "answered after %s, %s long": "décroché après %s, a duré %s",
	"(of %s, the caller chose)":                       "(parmi %s, au choix de l'appelant)",
	"by keypad alone: no recogniser heard the caller": "au clavier seul : aucune reconnaissance n'entendait l'appelant",
	"by voice only %s":                                "à la voix seulement %s", "played whole in %s (%s)": "dite en entier en %s (%s)", "%.1f %% lost": "%.1f %% perdus",
	"waited in queue %s": "a attendu dans la file %s", "talked with agent %s": "a parlé avec l'agent %s", "ended: %s": "fini : %s", "it is %s": "état : %s",

	"the call is answered":                         "l'appel est décroché",
	"the legal opening was played whole, %s":       "l'annonce légale a été dite en entier, %s",
	"goes on where it stopped: %s":                 "reprend où il s'était arrêté : %s",
	"given up: the caller interrupts":              "abandonné : l'appelant interrompt",
	"a sound that breaks the silence":              "un son qui rompt le silence",
	"another engine hears %s":                      "un autre moteur écoute le %s",
	"%s is understood again":                       "le %s est de nouveau compris",
	"(nothing that could be shown)":                "(rien qui puisse être montré)",
	"nothing that the line is for":                 "rien de ce que traite la ligne",
	"heard as %s: %.2f":                            "entendu en %s : %.2f",
	"known: %s":                                    "connu : %s",
	"waits in %s":                                  "attend dans %s",
	"the agent is told: %s":                        "l'agent lit : %s",
	"place %d in %s":                               "place %d dans %s",
	"the telephone of %s rings":                    "le téléphone de %s sonne",
	"%s answers":                                   "%s répond",
	"%s is not reached":                            "%s n'est pas joint",
	"talks with %s":                                "parle avec %s",
	"somebody":                                     "quelqu'un",
	"does not hear the caller":                     "n'entend pas l'appelant",
	"hears the caller again":                       "entend de nouveau l'appelant",
	"to %s":                                        "vers %s",
	"refused":                                      "refusé",
	"to queue %s":                                  "vers la file %s",
	"to a number outside":                          "vers un numéro extérieur",
	"says goodbye":                                 "prend congé",
	"takes a card by keypad":                       "prend une carte au clavier",
	"asks a webhook":                               "interroge un webhook",
	"asks for the language":                        "demande la langue",
	"asks what the caller wants":                   "demande ce que veut l'appelant",
	"asks for %s":                                  "demande %s",
	"asks whether %s is right":                     "demande si %s est juste",
	"asks whether there is anything else":          "demande s'il y a autre chose",
	"%s until the answer (%s ms)":                  "%s jusqu'à la réponse (%s ms)",
	"with a filler meanwhile":                      "un son d'attente entre-temps",
	"the caller's network took the call elsewhere": "le réseau de l'appelant a emmené l'appel ailleurs",
}

// A phrase is a part of a rule as the journal has it, and as it is in French.
type phrase struct {
	english *regexp.Regexp
	french  string
}

// rule gives a reason of the journal in the language of the story. What has no French yet
// stays as it is.
func (w *words) rule(reason string) string {
	if !w.french {
		return reason
	}
	for _, p := range slices.Concat(dialogueRules, rules) {
		reason = p.english.ReplaceAllString(reason, p.french)
	}
	return reason
}

func pairs(list ...string) []phrase {
	var out []phrase
	for i := 0; i+1 < len(list); i += 2 {
		out = append(out, phrase{regexp.MustCompile(list[i]), list[i+1]})
	}
	return out
}

// rules are tried in this order, whole sentences first.
//
//nolint:gochecknoglobals // a read-only table
var rules = pairs(
	`^opening, the caller chooses the language$`, "accueil, l'appelant choisit la langue",
	`^opening$`, "accueil",
	`^no language has this key`, "aucune langue n'a cette touche",
	`^language by key`, "langue par touche",
	`^language by name`, "langue par son nom",
	`^language by the words that ask to repeat`, "langue des mots qui demandent de répéter",
	`^neither a language nor a request`, "ni langue ni demande",
	`^a card number was given`, "un numéro de carte a été donné",
	`^intent (\S+) by key`, "intention $1 par touche",
	`^by key$`, "par touche",
	`^nothing but words for it$`, "rien que des mots qui le disent",
	`^calls out, (\d+) of (\d+): a sign of life`, "demande si on est là, $1 sur $2 : signe de vie",
	`^the menu has no such key`, "le menu n'a pas cette touche",
	`^intent (\S+) at ([\d.]+), minimum ([\d.]+)`, "intention $1 à $2, minimum $3",
	`^intent (\S+) at ([\d.]+) is below ([\d.]+)`, "intention $1 à $2, sous $3",
	`^intent (\S+) answers no question`, "l'intention $1 ne répond à aucune question",
	`^no intent`, "aucune intention",
	`^another value for (\S+)`, "une autre valeur pour $1",
	`^a value for (\S+)`, "une valeur pour $1",
	`^no value for ([^\s,]+)`, "pas de valeur pour $1",
	`^(\S+) is confirmed`, "$1 est confirmé",
	`^(\S+) is denied`, "$1 est démenti",
	`^(\S+) was taken by keypad`, "$1 a été pris au clavier",
	`^(\S+) could not be taken by keypad: to a human`, "$1 n'a pu être pris au clavier : vers un humain",
	`^neither yes nor no`, "ni oui ni non",
	`^there is more`, "il y a autre chose",
	`^there is nothing else`, "il n'y a rien d'autre",
	`^a voice without words`, "une voix sans paroles",
	`^une voix sans paroles: nothing else is wanted`, "une voix sans paroles : rien d'autre n'est voulu",
	`^silence: nothing else is wanted`, "silence : rien d'autre n'est voulu",
	`^no recognizer, and no keys either`, "aucune reconnaissance, et aucune touche",
	`^no recognizer: on by keypad`, "aucune reconnaissance : on continue au clavier",
	`^words that only ask for silence: no answer`, "des mots qui ne demandent que le silence : pas une réponse",
	`^the number of the card is not valid`, "le numéro de la carte n'est pas valable",
	`^the expiry of the card is not valid`, "la date de la carte n'est pas valable",
	`^the code of the card is not valid`, "le code de la carte n'est pas valable",
	`^nothing was keyed`, "rien n'a été tapé",
	`^the card was refused`, "la carte a été refusée",
	`^no words$`, "pas de mots",
	`^a word that does not interrupt$`, "un mot qui n'interrompt pas",
	`^words that are not clear enough to interrupt$`, "des mots trop peu clairs pour interrompre",
	`^it had been played$`, "il avait été dit en entier",
	`^understood by (\S+)$`, "compris par $1",
	`^understood here, not by (\S+):`, "compris ici, non par $1 :",
	`^recognition is late, (\d) of (\d)$`, "la reconnaissance tarde, $1 sur $2",
	`^recognition took too long$`, "la reconnaissance a trop tardé",
	`^the turn could not be spoken in time$`, "le tour n'a pu être dit à temps",
	`^digits that may be a card's are being said$`, "des chiffres qui peuvent être d'une carte sont dits",
	`^([\d.]+) s until the answer: (.*) took ([\d.]+) s of it$`, "$1 s jusqu'à la réponse, dont $3 s pour $2",
	`waiting for the caller to have finished$`, "attendre que l'appelant ait fini",
	`recognition of the words$`, "reconnaître les mots",
	`finding out what they mean$`, "trouver leur sens",
	`synthesis of the answer$`, "synthétiser la réponse",
	`sending it$`, "l'envoyer",
	`^caller hung up`, "l'appelant a raccroché",
	`^caller lost`, "l'appelant a été perdu",
	`^agent hung up`, "l'agent a raccroché",
	`^served`, "servi",
	`^transferred`, "transféré",
	`^no queue could be reached`, "aucune file n'a pu être jointe",
	`^server stopping`, "le serveur s'arrête",
	`^internal fault`, "panne interne",

	`, with a hand-over waiting`, ", un transfert en attente",
	`, with a value`, ", avec une valeur",
	`, instead of a value for ([^\s,:]+)`, ", au lieu d'une valeur pour $1",
	`, instead of yes or no`, ", au lieu de oui ou non",
	`, the hand-over waits`, ", le transfert attend",
	`, (\d+) of (\d+): ask again$`, ", $1 sur $2 : on redemande",
	`, (\d+) of (\d+): no further try$`, ", $1 sur $2 : plus d'essai",
	`, (\d+) of (\d+): to a human`, ", $1 sur $2 : vers un humain",
	`: queue (\S+)$`, " : file $1",
	`: a number outside$`, " : un numéro extérieur",
)
