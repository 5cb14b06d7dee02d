// How fresh the page is, and the button that holds it still.
import { link } from "./feed";
import { heldSince, longestHold, pause, paused, wentOn } from "./hold";
import { t, timeOfDay } from "./i18n";
import { State } from "./parts";

const marks = { live: "good", lost: "bad", waiting: "off" } as const;

export function Link() {
  return (
    <div class="link">
      <span role="status"><State mark={paused.value ? "pause" : marks[link.value]}>{fresh()}</State></span>
      <button type="button" aria-pressed={paused.value} onClick={() => pause(!paused.value)}>{t("link.pause")}</button>
    </div>
  );
}

/** fresh says of when it is what the page shows. */
function fresh(): string {
  const since = heldSince.value;
  if (since !== undefined) return t("link.held", { at: timeOfDay(new Date(since), true), until: timeOfDay(new Date(since + longestHold), true) });
  return t(link.value === "live" && wentOn.value ? "link.goneon" : `link.${link.value}`);
}
