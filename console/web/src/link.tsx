// How fresh the page is, and the button that holds it still.
import { link, pause, paused } from "./feed";
import { t } from "./i18n";
import { State } from "./parts";

export function Link() {
  const mark = paused.value ? "pause" : link.value === "live" ? "good" : link.value === "lost" ? "bad" : "off";
  return (
    <div class="link">
      <span role="status"><State mark={mark}>{paused.value ? t("link.paused") : link.value === "live" ? t("link.live") : link.value === "lost" ? t("link.lost") : t("link.waiting")}</State></span>
      <button type="button" aria-pressed={paused.value} onClick={() => pause(!paused.value)}>{t("link.pause")}</button>
    </div>
  );
}
