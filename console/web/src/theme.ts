// Light or dark: as the system prefers, until the reader chooses.
import { effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const kept = "callward.theme";

function chosen(): Theme {
  const asked = new URLSearchParams(location.search).get("theme") ?? localStorage.getItem(kept);
  return asked === "light" || asked === "dark" ? asked : "system";
}

export const theme = signal<Theme>(chosen());

const systemDark = matchMedia("(prefers-color-scheme: dark)");
const darkNow = signal(systemDark.matches);
systemDark.addEventListener("change", (e) => (darkNow.value = e.matches));

export const isDark = () => theme.value === "dark" || (theme.value === "system" && darkNow.value);

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
  localStorage.setItem(kept, theme.value);
});
