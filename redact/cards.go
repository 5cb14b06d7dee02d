package redact

// otherCard takes the "card" that is lexeme i for none to pay with where the words beside it say so:
// "loyalty card", "carte d'identité", "à la carte". Many such cards have numbers: those are called
// something then.
func (u *utterance) otherCard(i int) {
	switch {
	case u.says(i, "card", "cards"):
		if u.says(i-1, "loyalty", "membership", "member", "members", "library", "id", "identity", "student", "health", "medical", "donor", "staff",
			"access", "sim", "bus", "rail", "reward", "rewards", "club", "points", "registration") {
			u.notPaying(i, i)
		}
		if u.says(i-1, "business", "gift", "graphics", "memory", "sound", "video", "red", "yellow", "report", "score", "birthday", "christmas", "greeting", "greetings", "phone") {
			u.notPaying(i, -1)
		}
	case u.says(i, "carte", "cartes"):
		u.otherCarte(i)
	}
}

// otherCarte reads what follows "carte", over "de", "d'" and the like.
func (u *utterance) otherCarte(i int) {
	at := i + 1
	if u.says(at, "de", "d", "du", "des") {
		at++
	}
	if u.says(at, "la", "l") {
		at++
	}
	switch {
	case u.says(at, "fidélité", "identité", "séjour", "résident", "électeur", "étudiant", "étudiante", "bibliothèque", "mutuelle", "membre", "adhérent", "abonnement",
		"transport", "transports", "presse", "donneur", "sim", "grise", "verte", "navigo", "invalidité", "stationnement", "cantine", "pêche", "bus", "tram", "métro", "club", "visite"):
		u.notPaying(i, at)
	case u.says(at, "cadeau", "mère", "graphique", "son", "réseau", "mémoire", "routière", "postale", "géographique", "monde", "menu"),
		u.says(i-1, "la") && u.says(i-2, "à", "a"), u.says(i+1, "est") && u.says(i+2, "au"):
		u.notPaying(i, -1)
	}
}

// notPaying takes back that lexeme i speaks of a card, and has the one at names call a number something.
func (u *utterance) notPaying(i, names int) {
	u.lex[i].cue &^= cueCard
	if names >= 0 {
		u.lex[names].cue |= cueTopic
	}
}
