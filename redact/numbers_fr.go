package redact

// french is the French dictionary, of folded words: no accents.
func french(s string) word {
	if w := frenchNumber(s); w != (word{}) {
		return w
	}
	if w := frenchLike(s); w != (word{}) {
		return w
	}
	return frenchCue(s)
}

func frenchNumber(s string) word {
	switch s {
	case "zero":
		return num(digit, 0)
	case "zeros":
		return num(plural, 0)
	case "deux":
		return num(digit, 2)
	case "trois":
		return num(digit, 3)
	case "quatre", "quatres":
		return num(digit, 4)
	case "cinq":
		return num(digit, 5)
	case "six":
		return num(digit, 6)
	case "sept":
		return num(digit, 7)
	case "huit":
		return num(digit, 8)
	case "neuf":
		return num(digit, 9)
	case "dix":
		return num(teen, 10)
	case "onze":
		return num(teen, 11)
	case "douze":
		return num(teen, 12)
	case "treize":
		return num(teen, 13)
	case "quatorze":
		return num(teen, 14)
	case "quinze":
		return num(teen, 15)
	case "seize":
		return num(teen, 16)
	case "vingt", "vingts":
		return num(tens, 20)
	case "trente":
		return num(tens, 30)
	case "quarante":
		return num(tens, 40)
	case "cinquante":
		return num(tens, 50)
	case "soixante":
		return num(tens, 60)
	case "septante":
		return num(tens, 70)
	case "huitante", "octante":
		return num(tens, 80)
	case "nonante":
		return num(tens, 90)
	case "cent", "cents":
		return isClass(hundred)
	case "mille", "milles", "mil":
		return isClass(thousand)
	case "double":
		return num(times, 2)
	case "triple":
		return num(times, 3)
	case "quadruple":
		return num(times, 4)
	case "quintuple":
		return num(times, 5)
	}
	return word{}
}

// frenchLike holds what may be a digit and may be something else.
func frenchLike(s string) word {
	switch s {
	case "un":
		return like(medium, 1)
	case "o", "oh":
		return like(weak, 0)
	case "une", "hein", "uns", "ein":
		return like(weak, 1)
	case "de", "d", "deu", "ii":
		return like(weak, 2)
	case "troie", "troies", "troi", "troa", "troas", "iii":
		return like(weak, 3)
	case "quat", "catre", "cattre", "quart", "katre", "iv":
		return like(weak, 4)
	case "saint", "sein", "sain", "cinque", "sink", "ceint":
		return like(weak, 5)
	case "sis", "si", "scie", "ci", "cis", "vi":
		return like(weak, 6)
	case "cette", "cet", "set", "sete", "sette", "sep", "vii":
		return like(weak, 7)
	case "wit", "uit", "huite", "viii":
		return like(weak, 8)
	case "oui":
		return like(faint, 8)
	case "toi", "roi":
		return like(faint, 3)
	case "car", "cat":
		return like(faint, 4)
	case "heros":
		return like(faint, 0)
	case "neufs", "oeuf", "nef", "neuve", "ix":
		return like(weak, 9)
	case "dis", "dit":
		return word{class: teen, value: 10, sure: weak}
	case "vin", "vain", "vains", "vint":
		return likeTens(20)
	case "sang", "sans", "sent":
		return word{class: hundred, sure: weak}
	}
	return word{}
}

func frenchCue(s string) word {
	switch s {
	case "et":
		return isClass(and)
	case "euh", "heu", "hum", "hmm", "mm", "ben", "bah", "alors", "puis", "ensuite", "donc", "apres", "voila", "ok",
		"virgule", "tiret", "espace", "point", "slash":
		return isClass(filler)
	case "suivi":
		return word{class: filler, cue: cueLong}
	case "euro", "euros", "centime", "centimes", "dollar", "dollars", "francs", "pourcent", "jour", "jours",
		"semaine", "semaines", "mois", "an", "ans", "annee", "annees", "nuit", "nuits", "heure", "heures", "h", "minute",
		"minutes", "min", "secondes", "er", "eme", "balles", "kilos", "rue", "avenue", "boulevard", "impasse", "chemin", "route", "allee", "quai", "kilometres", "degre", "fois", "degres", "litres", "grammes", "watts", "volts", "megas", "personne", "personnes", "adultes", "enfants", "billets":
		return isClass(unit)
	case "kwh", "kw", "kilowatt", "kilowatts", "kilowattheures":
		return word{class: unit, cue: cueOther} // a meter's reading
	case "place":
		return word{class: unit, cue: cueLabel} // of a town, or of a train
	case "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre":
		return isClass(month)
	case "carte", "cartes", "cb", "bancaire", "bancaires", "credit":
		return says(cueCard)
	case "expiration", "cryptogramme", "crypto", "pictogramme", "validite":
		return says(cueSecret)
	case "expire", "expirant":
		return says(cueEnds)
	case "numero", "numeros", "dictez", "n":
		return says(cueNumber)
	case "chiffre", "chiffres", "code":
		return says(cueNumber | cueDigits)
	case "dos", "derriere", "verso", "arriere", "securite":
		return says(cueBack)
	case "bus", "train", "voiture", "wagon", "rang", "terminal", "tgv", "vol", "chambre", "chapitre", "page", "chaine", "taille", "tapez", "version", "porte", "etage", "voie",
		"appartement", "appart", "bureau", "salle", "siege", "episode", "saison", "tram", "metro", "autoroute", "nationale", "sortie", "question", "modele", "casier", "poste", "habite", "erreur":
		return says(cueLabel)
	case "derniers", "dernieres", "dernier", "premiers", "premier", "premiere", "premieres", "derniere", "suivants", "suivant", "suivante", "groupe", "bloc", "suite", "reste",
		"commence", "finit", "finir", "pardon", "pas", "non", "faux", "trompe", "repete", "recommence", "reprends", "deuxieme", "troisieme", "quatrieme", "milieu", "debut", "continue", "commencent", "disais":
		return says(cueMore)
	case "serie":
		return says(cueMore | cueLong)
	case "date", "naissance", "montant", "adresse", "combien":
		return says(cueTopicElse)
	case "telephone", "portable", "mobile", "natel", "fixe", "rappeler", "rappelez", "joindre", "composez", "composer", "releve", "fiscal", "pleines", "creuses", "kilometrage", "latitude", "longitude", "contrats", "commandes", "factures", "dossiers", "index",
		"reference", "dossier", "postal", "tva", "identifiant", "identifiants":
		return says(cueOther)
	case "bordereau", "compteur":
		return says(cueOther | cueLong)
	case "colis", "commande", "reservation":
		return says(cueTopic | cueLong)
	case "envoi", "expedition", "recommande", "barre", "barres", "livraison", "estimation":
		return says(cueLong)
	case "client", "cliente", "police", "contrat", "facture", "adherent", "abonne", "sinistre", "matricule", "immatriculation", "devis", "ticket", "permis", "passeport", "badge", "membre", "intervention", "incident", "lot",
		"article", "produit", "ordonnance", "cheque", "garantie", "allocataire", "societaire", "beneficiaire", "licence", "chassis":
		return says(cueTopic)
	}
	return cardBrand(s)
}
