// Ce que disent les pages en français.
import type { Catalogue } from "../i18n";
import { phoneFr } from "./phone.fr";

export const fr: Catalogue = {
  ...phoneFr,
  "nav.board": "Tableau",
  "nav.live": "En cours",
  "nav.agents": "Agents",
  "nav.calls": "Appels",
  "nav.assistant": "Assistant",
  "nav.system": "Système",
  "nav.desk": "Mon poste",
  "nav.call": "Appeler la ligne",

  "shell.skip": "Aller au contenu",
  "shell.nav": "Pages",
  "shell.loading": "Un instant…",
  "shell.lost": "Cette page n’existe pas",
  "shell.lost.do": "Aller au tableau",
  theme: "Thème",
  "theme.system": "celui du système",
  "theme.light": "clair",
  "theme.dark": "sombre",

  "session.in": "Se connecter",
  "session.out": "Se déconnecter",
  "session.name": "Nom",
  "session.passphrase": "Phrase secrète",
  "session.code": "Code à usage unique",
  "session.code.when": "Seulement si votre compte en demande un.",
  "session.first": "Premier démarrage ? Le serveur affiche un lien qui vous connecte une fois.",
  welcome: "Bienvenue",
  "welcome.again": "Un lien ne sert qu’une fois, peu de temps. Redémarrez le serveur pour en avoir un autre, ou connectez-vous.",

};
