package corpus

import "maps"

// freshFrench adds what the fresh kinds say in French.
func freshFrench(t *tongue) {
	freshValues(t.values)
	t.values["size"] = func(s *scene) string { return s.digits(2) + " sur " + s.digits(2) }
	t.again = []string{"soit", "je répète", "donc", "c'est-à-dire", "je redis", "autrement dit"}
	t.nods = []string{"oui", "d'accord", "voilà", "ok", "c'est ça", "hum", "très bien", "parfait"}
	t.links = []string{"et puis", "ensuite il y a", "après c'est", "et après", "et", "et là", "puis vient", "suivi de"}
	t.oldOnes = []string{"non c'est l'ancienne la bonne c'est", "pardon celle-là a expiré prenez", "attendez mauvaise carte la nouvelle c'est", "ah non ça c'est la bleue je voulais dire", "laissez tomber prenez plutôt cette carte"}
	t.looseIntros = []string{"c'est écrit", "il y a un numéro là", "au dos il y a", "l'étiquette porte le", "c'est marqué", "sur le papier il y a", "ici je lis", "ce que je vois c'est"}
	t.lateCodes = []string{"ah et le code au dos c'est", "le code de sécurité c'est", "et les trois chiffres au dos c'est", "il vous faut aussi le cryptogramme c'est", "cvc"}
	t.places = []string{"le premier c'est", "le deuxième c'est", "le troisième c'est", "ensuite vient", "après ça", "et le suivant c'est", "puis"}
	maps.Copy(t.questions, map[string][]string{
		"device": {"Qu'affiche l'écran ?", "Pouvez-vous me lire ce qui est écrit ?", "Que dit l'étiquette ?"},
		"names":  {"Avez-vous une référence ?", "Quel numéro est sur le courrier ?", "C'est à quel sujet ?"},
		"travel": {"Quel train ou quel vol ?", "Où allez-vous ?"},
		"sizes":  {"Quelle taille vous faut-il ?", "Combien en voulez-vous ?"},
	})
	maps.Copy(t.answers, map[string][]string{
		"device": {
			"l'écran affiche {fault} <et un voyant rouge>", "ça clignote {fault} <puis plus rien>", "le compteur dit {meter}", "index {meter} <en heures creuses>", "le numéro de série finit par {figure}",
			"c'est la version {build}", "la pression est à {figure} <et la pompe ronfle>", "la chaudière c'est le modèle {room}", "il y a l'erreur {figure} <à l'écran>", "la batterie est à {count} pour cent",
			"le thermostat marque {count} degrés", "ça sonne {small} fois <et ça s'arrête>", "la ligne {small} <clignote>", "le relevé fait {meter}",
		},
		"names": {
			"intervention numéro {id}", "mon contrat c'est {id}", "le numéro de sinistre c'est {id}", "c'est le dossier {id}", "ma référence client c'est {id}", "devis {id} <du garage>", "mon matricule c'est {id}", "incident {id}",
			"c'est la facture {id} du {date}", "article {id} <du catalogue>", "le lot {id} <de peinture>", "numéro de produit {id}", "le ticket {id} <de mardi>", "badge numéro {id}", "permis numéro {id}", "la commande {id} <au nom de mon mari>",
			"adhérent {id} <depuis toujours>", "numéro d'abonné {id}",
		},
		"travel": {
			"le vol {flight} porte {count}", "siège {seat} à {time}", "celui de {time} voie {small}", "voiture {small} place {count}", "terminal {small} <aux départs>", "train {train} <pour metz>", "je suis au rang {count}",
			"la sortie {small} <au rond-point>", "place {room} <du parking>", "le {date} à {time} porte {small}", "la sortie {count} <de l'autoroute>", "chambre {room} pour {small} nuits", "le bus {room} <toutes les> {count} minutes",
		},
		"sizes": {
			"du {size} <en gris>", "{count} cartons de {count}", "taille {count} <en noir>", "{small} bidons de {count} litres", "à peu près {count} mètres <de câble>", "{small} grands et {small} petits", "ça fait {count} centimètres de large",
			"{count} kilos <de sable>", "une douzaine ou {count}", "deux paquets de {count}", "{count} billets au rang {count}", "{percent} pour cent coton", "{count} feuilles a4", "{small} sur {count} <étaient cassés>",
		},
	})
}
