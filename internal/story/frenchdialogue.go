package story

// dialogueRules are reasons of hours, handover rules, guard rails and webhooks; tried before
// the others.
//
//nolint:gochecknoglobals // a read-only table
var dialogueRules = pairs(
	`^asked whether a machine speaks: yes`, "demande si une machine parle : oui",
	`^guard rails: ([^:]*), refused`, "garde-fous : $1, refusé",
	`^guard rails: `, "garde-fous : ",
	`, refusé, (\d+) of (\d+)$`, ", refusé, $1 sur $2",
	`\(rule "`, `(règle "`,
	`(\d+) different values for (\S+): to a human`, "$1 valeurs différentes pour $2 : vers un humain",
	`, and (\d+) answers were no value`, ", et $1 réponses n'étaient pas une valeur",
	`: nothing is changed by voice`, " : rien n'est modifié à la voix",
	`, flagged as `, ", signalé : ",
	`, but closed: hours ([^\s;]+)`, ", mais fermé : horaires $1",
	`; no further offer`, "; rien d'autre n'est proposé",
	`^the queue is closed: hours (\S+)`, "la file est fermée : horaires $1",
	`\bhandover rule (\S+)`, "règle de transfert $1",
	`: the webhook (\S+) is asked`, " : le webhook $1 est interrogé",
	`^the webhook (\S+) has yet to answer`, "le webhook $1 n'a pas encore répondu",
	`, instead of waiting for the webhook (\S+)`, ", au lieu d'attendre le webhook $1",
	`^the webhook (\S+): answered`, "le webhook $1 : a répondu",
	`^(le webhook \S+ : a répondu), (\S+) is (\S+)`, "$1, $2 vaut $3",
	`^(le webhook \S+ : a répondu), (\S+) is ([^\s:]+)`, "$1, $2 vaut $3",
	`^the webhook (\S+): not_found`, "le webhook $1 : introuvable",
	`^the webhook (\S+): failed`, "le webhook $1 : en échec",
	`^a value that cannot be taken for ([^\s,]+)`, "une valeur qui ne peut être prise pour $1",
	`^more than one value for ([^\s,]+)`, "plus d'une valeur pour $1",
	`, but for another`, ", mais pour une autre",
	`, with (\d+) values`, ", avec $1 valeurs",
	`^started twice`, "commencé deux fois",
	`^an answer that nobody waits for`, "une réponse que personne n'attend",
	`^the dialogue is over`, "le dialogue est fini",
	`, to a human`, ", vers un humain",
	`^silence: (règle)`, "silence : $1",
)
