package corpus

import (
	"strconv"
	"strings"
)

func frenchNumber(n int, a accent) string {
	units := strings.Fields("zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf")
	tens := strings.Fields("- - vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt")
	small, great := " ", " "
	if a.hyphen > 0 {
		small = "-"
	}
	if a.hyphen > 1 {
		great = "-"
	}
	switch {
	case n < 20:
		return strings.ReplaceAll(units[n], "-", small)
	case n < 100:
		head, rest := tens[n/10], n%10
		switch n / 10 {
		case 7, 9:
			if a.swiss || a.belgian {
				head = map[int]string{7: "septante", 9: "nonante"}[n/10]
			} else {
				rest += 10
			}
		case 8:
			if a.swiss {
				head = "huitante"
			}
		}
		head = strings.ReplaceAll(head, "-", small)
		switch {
		case rest == 0 && n == 80 && !a.swiss:
			return head + "s"
		case rest == 0:
			return head
		case rest%10 == 1 && n != 81 && n != 91:
			return head + great + "et" + great + units[rest]
		}
		return head + small + strings.ReplaceAll(units[rest], "-", small)
	}
	size, word := 100, "cent"
	if n >= 1000 {
		size, word = 1000, "mille"
	}
	out := word
	if n/size > 1 {
		out = frenchNumber(n/size, a) + great + word
	}
	if n%size == 0 {
		return out
	}
	return out + great + frenchNumber(n%size, a)
}

func frenchTimes(s *scene, n int, digit byte) string {
	word := s.unit(digit)
	if s.chance(40) {
		return map[int]string{2: "deux", 3: "trois", 4: "quatre"}[n] + " fois " + pick(s, []string{"", "le "}) + word
	}
	return map[int]string{2: "double", 3: "triple", 4: "quadruple"}[n] + " " + word
}

func french() tongue {
	t := tongue{
		lang: "fr", number: frenchNumber, times: frenchTimes, hundred: "cent", clockMark: "h", currency: "€", zeros: []string{"zéro", "zéro", "zéro", "zero"},
		alike: map[byte][]string{
			'1': {"hein", "un", "une"}, '2': {"de", "deux"}, '3': {"troie"}, '4': {"quatre", "catre", "quart"}, '5': {"saint", "sain", "sein"}, '6': {"sis", "si", "scie"}, '7': {"cette", "cet", "set"}, '8': {"oui", "huit"}, '9': {"neuf", "œuf"},
		},
		values: frenchValues(),
		openings: []string{
			"bonjour <je voudrais payer ma facture d'eau> de {amount}", "oui bonjour <c'est pour réserver une chambre> le {date}", "je vous dois {amount} <sur la dernière facture>",
			"allô <c'est au sujet de mon abonnement>", "bonjour <j'aimerais solder mon compte>", "j'ai reçu <une lettre de rappel> pour {amount}", "je souhaite <renouveler mon badge de parking>",
			"est-ce que je peux <acheter un bon cadeau> de {amount}", "c'est <pour le gîte qu'on a réservé> à partir du {date}", "ma commande {order} <le paiement n'est pas passé>",
			"bonjour <ici madame rousselot> c'est pour régler le chauffagiste", "je voudrais <changer mon abonnement de train>", "un don de {amount} pour <le refuge des animaux>",
			"<le site plante sans arrêt> du coup j'appelle", "<la sortie scolaire de mon fils> est à payer avant le {date}", "c'est pour <le dentiste> j'y étais le {date}",
		},
		greets: []string{"Bonjour, que puis-je faire pour vous ?", "Bonjour, je vous écoute.", "Bienvenue. Cet appel peut être enregistré.", "Bonjour, en quoi puis-je vous aider ?"},
		asks: []string{
			"Pouvez-vous me donner votre numéro de carte ?", "Dictez-moi le numéro de la carte s'il vous plaît.", "Quels sont les seize chiffres de votre carte bancaire ?", "Et le numéro de la carte bleue ?",
			"Il me faut maintenant votre numéro de carte.", "Avec quelle carte payez-vous ? Le numéro s'il vous plaît.", "Je vous écoute pour le numéro de carte.",
		},
		askAgain: []string{"Pardon, je n'ai pas compris. Le numéro de carte encore une fois ?", "Ce numéro ne semble pas juste. Répétez-le s'il vous plaît.", "Encore une fois ?", "Pouvez-vous relire la carte, lentement ?"},
		goOn:     []string{"Oui.", "Allez-y.", "D'accord.", "Et ensuite ?", "Je note.", "Très bien, la suite ?", "Mm.", "Continuez.", "C'est noté."},
		thanks:   []string{"Merci, le paiement est accepté.", "C'est fait, vous recevrez un reçu.", "Parfait. Autre chose ?", "Merci, c'est validé."},
		intros: []string{
			"mon numéro de carte c'est le", "ma carte bleue c'est", "c'est une visa", "je paye avec ma mastercard c'est le", "alors la carte bancaire c'est le", "le numéro de la carte c'est", "numéro de carte",
			"oui la cb c'est le", "attendez je prends ma carte voilà c'est", "la carte de mon mari c'est le", "sur ma carte il y a écrit", "carte bancaire numéro", "avec une amex", "je vous lis la carte", "voilà ma visa",
		},
		plain:    []string{"alors c'est le", "voilà", "ok vous notez", "oui alors", "je vous dicte", "c'est parti", "donc c'est", "euh", "vous êtes prêt", "le numéro c'est", "c'est écrit", ""},
		outros:   []string{"", "", "", "voilà", "c'est tout", "vous avez tout noté", "et c'est bon", "merci", "s'il vous plaît", "ça marche", "au nom de <rousselot>"},
		closings: []string{"<merci beaucoup au revoir>", "<bonne fin de journée>", "est-ce que <je vais recevoir un reçu>", "<c'est tout pour moi>", "<ça prend combien de temps>", "super <bon week-end>"},
		fillers: []string{
			"euh", "alors", "puis", "ensuite", "hum", "et puis", "voyons", "attendez", "donc", "et", "tiret", "espace", "virgule", "après", "suivi de", "pardon", "une seconde", "je crois", "voilà", "ben", "c'est ça",
			"du coup", "heu", "et après", "là", "oh là", "bon",
		},
		asides: []string{
			"pardon le chien aboie", "attendez une seconde", "j'ai du mal à lire", "c'est un peu effacé", "patientez s'il vous plaît", "je cherche mes lunettes", "où est-ce que j'en étais", "non chéri pas maintenant",
			"il fait sombre ici", "allô vous êtes toujours là", "excusez-moi c'est écrit très petit",
		},
		ask: []string{"vous me suivez", "la ligne est sécurisée", "vous voulez le nom aussi", "je vais trop vite", "vous avez eu le début", "ce sera débité aujourd'hui"},
		labels: [][]string{
			{"les quatre premiers", "les quatre suivants", "ensuite", "et les quatre derniers"},
			{"premier groupe", "deuxième groupe", "troisième groupe", "quatrième groupe"},
			{"ça commence par", "suivi de", "après ça", "et ça finit par"},
			{"premier bloc", "deuxième bloc", "troisième bloc", "dernier bloc"},
			{"à gauche", "à côté", "au milieu", "à droite"},
			{"en haut", "dessous", "plus bas", "tout en bas"},
			{"la première ligne", "la deuxième ligne", "la troisième ligne", "la dernière ligne"},
			{"d'abord", "puis à la suite", "la série suivante", "et pour finir"},
		},
		fixes:    []string{"non pardon", "pardon pas ça c'est", "correction", "je veux dire", "non attendez", "je me trompe c'est", "non c'est faux c'est", "je répète"},
		restarts: []string{"pardon je recommence", "non je reprends depuis le début", "attendez je me suis trompé je recommence", "oubliez tout ça", "je reprends à zéro", "je suis perdu on recommence"},
		wrong:    []string{"car", "toit", "fin", "la", "cette", "mais", "deux", "tard", "saint", "peu", "six", "de", "un", "vin", "oui", "le"},
		reads:    []string{"J'ai noté", "Donc c'est le", "Je relis :", "Vous avez dit", "Pour confirmer, la carte est le"},
		readsEnd: []string{"C'est bien ça ?", "est-ce exact ?", "Je valide ?", "Oui ?"},
		keypad:   []string{"Saisissez votre numéro de carte sur le clavier, puis dièse.", "Tapez le numéro de carte sur votre téléphone.", "Merci de composer le numéro de la carte avec les touches."},
		expiry: [][2]string{
			{"Et la date d'expiration ?", "c'est"}, {"Elle expire quand ?", "elle expire"}, {"La date de validité s'il vous plaît ?", ""}, {"Valable jusqu'à quand ?", "jusqu'en"},
		},
		expiries: []string{"zéro quatre vingt-huit", "avril deux mille vingt-huit", "04/28", "quatre slash vingt-huit", "novembre 2027", "onze vingt neuf", "zéro trois trois zéro", "12 27"},
		codes: [][2]string{
			{"Et les trois chiffres au dos ?", "c'est"}, {"Quel est le code de sécurité ?", "le code c'est"}, {"Le cryptogramme s'il vous plaît.", "cryptogramme"}, {"Les trois derniers chiffres derrière la carte ?", "alors"}, {"Et le CVV ?", "euh"},
		},
		ibans:    [][2]string{{"Quel est votre IBAN ?", "c'est"}, {"Lisez-moi votre IBAN.", "mon iban c'est"}, {"Votre RIB, format IBAN, s'il vous plaît.", "voilà"}},
		nirs:     [][2]string{{"Quel est votre numéro de sécurité sociale ?", "c'est le"}, {"Votre numéro de sécu ?", "numéro de sécu"}, {"Il me faut votre numéro d'assuré social.", "mon numéro de sécurité sociale c'est"}},
		lastFour: []string{"les quatre derniers c'est", "elle finit par", "alors les quatre derniers chiffres"},
		theRest:  []string{"et le reste de la carte c'est", "le numéro complet de la carte commence par", "et avant ça sur la carte"},
		another:  []string{"La carte est refusée. Avez-vous une autre carte ?", "Ça ne passe pas. Un autre numéro de carte ?"},
		second:   []string{"alors essayez celle-ci", "bon prenez l'autre carte", "la carte de ma femme c'est", "voilà celle de la société"},
		questions: map[string][]string{
			"phone": {"À quel numéro peut-on vous joindre ?", "Votre numéro de téléphone ?", "Votre portable s'il vous plaît ?"}, "order": {"Quel est votre numéro de commande ?", "Avez-vous une référence ?", "Votre numéro de client ?"},
			"date": {"Quelle date vous convient ?", "Votre date de naissance ?"}, "amount": {"Quel montant sur la facture ?", "C'était combien ?"}, "postcode": {"Quel est votre code postal ?", "Et l'adresse ?"},
			"long": {"Quel est le numéro de suivi ?", "Le numéro du colis s'il vous plaît ?", "Pouvez-vous lire l'IMEI ?"}, "meter": {"Qu'affiche le compteur ?"},
		},
		answers: map[string][]string{
			"phone":  {"vous pouvez me joindre au {phone}", "mon numéro c'est le {phone}", "c'est le {phone}", "rappelez-moi au {phone} s'il vous plaît", "{phone} et demandez <sandrine>", "mon portable c'est le {phone} ou le fixe {phone}"},
			"order":  {"le numéro de commande c'est {order}", "c'est la commande {order}", "ma référence c'est {order}", "numéro client {order}", "contrat numéro {order}", "dossier {order}", "la réservation {order}"},
			"date":   {"je voudrais le {date}", "je suis né le {date}", "date de naissance {birthday}", "le {date} à {time}", "plutôt le {date}", "c'était le {date} je crois", "après {time} le {date}"},
			"amount": {"c'était {amount}", "la facture dit {amount}", "on m'a prélevé {amount} au lieu de {amount}", "vous avez pris {amount} deux fois", "c'est passé de {amount} à {amount}"},
			"postcode": {
				"le code postal c'est {zip}", "j'habite {address} {zip}", "code postal {zip}", "au {address}", "c'est {zip} <limoges>",
			},
			"long":  {"le numéro de suivi c'est {longtracking}", "l'imei c'est {longimei}", "le bordereau dit {longtracking}", "numéro de colis {longpost}", "mon pdl c'est le {longpdl}", "code barre {longean}", "le siret c'est {longsiret}"},
			"meter": {"le compteur affiche {meter}", "le relevé c'est {meter}", "index {meter}", "il y a marqué {meter} kilowattheures"},
		},
		talk: []string{
			"mon fils a {age} ans et <il joue du violon>", "ça fait {count} minutes qu'on attend", "on est {count} <avec les enfants>", "c'est la version {version} <de l'application>", "ils ont gagné {score} <hier soir>",
			"mon vol c'est {flight} <pour lisbonne>", "il faisait {count} degrés <dans la cuisine>", "on est dans la chambre {room}", "le train part à {time}", "{percent} pour cent du temps <ça marche>",
			"j'ai appelé {count} fois cette semaine", "ma mère a {age} ans", "le chapitre {count} <est mon préféré>", "le bus {room} <passe ici>", "j'ai commandé {count} pizzas et <une était froide>",
			"on habite ici depuis {year}", "<entre> {time} <et> {time}", "c'est à {count} kilomètres <de la gare>", "{digits5} <vous m'entendez>", "la remise est de {percent} pour cent sur {amount}",
			"<au coin du> {address}", "la chaîne {room} <ne marche pas>", "la taille {count} <est trop petite>", "ça pèse {count} kilos", "tapez {small} <pour le service client>",
			"le code sur la boîte c'est {digits5}", "il faut {count} chaises et {count} tables",
		},
		regions: []string{
			"mon gsm c'est le {phonebe}", "j'habite à {zipbe} <bruxelles>", "mon natel c'est le {phonech}", "j'habite à {zipch} <lausanne>", "j'ai payé {amountch}", "c'est {phoneca} <à montréal>",
			"mon code postal c'est {postcodeca}", "ça coûtait {amountca}",
		},
		life: []string{
			"j'ai {age} ans <moi>", "mon père a eu {age} ans <à l'hôpital>", "c'est page {count} <du livret>", "quai {small} <je crois>", "la réunion est de {time} à {time}", "vous fermiez à {time} <hier>",
			"on a payé {amount} pour {small} nuits", "il faut {count} œufs <pour la recette>", "il y avait {count} personnes <dans la file>", "j'ai attendu {count} minutes <et j'ai raccroché>", "question {small} <du formulaire>",
			"appartement {room} <à gauche>", "mon casier c'est le {room}", "poste {room} <s'il vous plaît>", "c'était en {year}", "il est né en {year} <comme moi>", "le score était de {score}", "mon numéro de sinistre c'est {order}",
			"facture {order} <de votre agence>", "il a fait {count} degrés", "on a roulé {count} kilomètres", "voyez la section {small} <du bail>", "je vis au {address}", "rang {small} place {count}", "prenez la sortie {count}",
			"la nationale {room} <était fermée>", "environ {percent} pour cent <de mon salaire>", "ça prend {small} ou {small} jours", "ils ouvrent à {time} <le dimanche>", "j'ai {small} enfants", "depuis {year} <on est clients>",
			"ça fait {count} mètres de long", "on était {small} <à table>", "le modèle {room} <est en panne>", "le siret c'est {longsiret}", "le code barre c'est {longean}",
		},
		sounds: []string{
			"<oui cette dame m'a dit> de rappeler", "<je suis de saint malo>", "<une de ces personnes> m'a parlé", "<si si c'est ça> hein", "<c'est sans problème>", "<il vient de partir>", "<un de mes amis>",
			"<cet appareil est neuf> hein", "<on dit que c'est vain>", "<de toute façon> c'est pareil", "oui <c'est sain> merci", "<le vin était bon>",
		},
		inCard: []string{
			"<j'ai perdu ma carte bancaire> le {date}", "<on m'a volé ma carte à la gare> le {date}", "vous prenez <amex ou seulement visa>", "j'ai payé {amount} <par carte> la semaine dernière",
			"<il y a des frais> si on paye par carte", "<ma nouvelle carte n'est pas arrivée> depuis le {date}", "<le terminal de carte> m'a pris {amount}", "je préfère <payer par virement> que par carte",
		},
		switched: []string{"sorry i'll say it in english", "attendez en anglais c'est plus simple", "may i speak english"},
	}
	freshFrench(&t)
	return t
}

func frenchValues() map[string]func(*scene) string {
	months := strings.Fields("janvier février mars avril mai juin juillet août septembre octobre novembre décembre")
	num := func(s *scene, n int) string {
		if s.chance(40) {
			return strconv.Itoa(n)
		}
		return s.number(n, s.accent)
	}
	v := commonValues(num)
	v["amount"] = func(s *scene) string {
		n, c := 2+s.r.IntN(900), pick(s, []int{50, 20, 99, 5, 75})
		return pick(s, []string{
			strconv.Itoa(n) + "€", strconv.Itoa(n) + "," + two(c) + " euros", num(s, n) + " euros", num(s, n) + " euros " + num(s, c), num(s, n) + " francs", num(s, n) + " euros et " + num(s, c) + " centimes",
			num(s, 1000+n) + " euros", "1 " + strconv.Itoa(100+n%900) + ",00 €", strconv.Itoa(n) + " balles", "€" + strconv.Itoa(n) + "." + two(c),
		})
	}
	v["date"] = func(s *scene) string {
		d, m, y := 2+s.r.IntN(27), pick(s, months), 2020+s.r.IntN(8)
		return pick(s, []string{
			"premier " + m, strconv.Itoa(d) + " " + m, num(s, d) + " " + m + " " + strconv.Itoa(y), s.number(d, s.accent) + " " + m + " " + s.number(y, s.accent), two(d) + "/" + two(1+s.r.IntN(12)) + "/" + strconv.Itoa(y),
			two(d) + "." + two(1+s.r.IntN(12)) + "." + strconv.Itoa(y), s.number(d, s.accent) + " " + m,
		})
	}
	v["time"] = func(s *scene) string {
		h, m := 2+s.r.IntN(21), pick(s, []int{5, 10, 15, 20, 30, 45})
		return pick(s, []string{
			strconv.Itoa(h) + "h" + two(m), strconv.Itoa(h) + ":" + two(m), num(s, h) + " heures", num(s, h) + " heures " + num(s, max(m, 10)), num(s, h) + " heures et demie", strconv.Itoa(h) + " h", num(s, h) + " heures moins le quart",
		})
	}
	v["phone"] = func(s *scene) string {
		n := pick(s, []string{"06", "07", "01", "04", "09"}) + s.digits(8)
		switch s.r.IntN(7) {
		case 0:
			return n
		case 1:
			return strings.Join(cut(n, 2), " ")
		case 2:
			return strings.Join(cut(n, 2), ".")
		case 3:
			return strings.Join(s.single(n), " ")
		case 4:
			return "+33 " + n[1:2] + " " + strings.Join(cut(n[2:], 2), " ")
		}
		return strings.Join(s.grouped(n, 2), " ")
	}
	v["zip"] = func(s *scene) string {
		return s.shown(two(1+s.r.IntN(95)) + pick(s, []string{"000", "100", "300", "250"}))
	}
	v["address"] = func(s *scene) string {
		return num(s, 2+s.r.IntN(120)) + " " + pick(s, []string{"rue de la paix", "avenue victor hugo", "place du marché", "impasse des lilas"})
	}
	v["phonebe"] = func(s *scene) string { return "0475 " + pick(s, []string{"12 34 ", "55 01 "}) + s.digits(2) }
	v["phonech"] = func(s *scene) string { return "079 555 " + pick(s, []string{"12 ", "01 "}) + s.digits(2) }
	v["phoneca"] = func(s *scene) string { return "514-555-01" + s.digits(2) }
	v["zipbe"] = func(s *scene) string { return pick(s, []string{"1050", "4000", "mille cinquante"}) }
	v["zipch"] = func(s *scene) string { return pick(s, []string{"1204", "1003", "douze cent quatre"}) }
	v["postcodeca"] = func(s *scene) string { return pick(s, []string{"H2X 1Y4", "g1r 2b5", "J4K 1A1"}) }
	v["amountch"] = func(s *scene) string { return num(s, 2+s.r.IntN(90)) + " francs " + num(s, 50) }
	v["amountca"] = func(s *scene) string {
		n := 2 + s.r.IntN(90)
		return pick(s, []string{num(s, n) + " piasses", num(s, n) + " dollars", strconv.Itoa(n) + ",45 $"})
	}
	v["flight"] = func(s *scene) string {
		return pick(s, []string{"AF", "af ", "TO", "u2 "}) + s.digits(pick(s, []int{3, 4}))
	}
	return v
}
