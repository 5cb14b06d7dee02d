// What the pages say in English. These are the keys of every other catalogue.
import { phoneEn } from "./phone.en";

export const en = {
  ...phoneEn,
  "nav.board": "Wallboard",
  "nav.live": "Live calls",
  "nav.agents": "Agents",
  "nav.calls": "Calls",
  "nav.assistant": "Assistant",
  "nav.system": "System",
  "nav.desk": "My desk",
  "nav.call": "Call the line",

  "shell.skip": "Skip to the page",
  "shell.nav": "Pages",
  "shell.loading": "One moment…",
  "shell.lost": "There is no such page",
  "shell.lost.do": "Go to the wallboard",
  theme: "Theme",
  "theme.system": "as the system",
  "theme.light": "light",
  "theme.dark": "dark",

  "session.in": "Sign in",
  "session.out": "Sign out",
  "session.name": "Name",
  "session.passphrase": "Passphrase",
  "session.code": "One-time code",
  "session.code.when": "Only if your account asks for one.",
  "session.first": "First start? The server prints a link that signs you in once.",
  welcome: "Welcome",
  "welcome.again": "A link works once, for a short time. Start the server again for a new one, or sign in.",

};
