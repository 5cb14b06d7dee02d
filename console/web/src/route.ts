// Where the reader is. Links are ordinary <a href>; a click on one of ours changes the page
// without loading it anew.
import { signal } from "@preact/signals";

export const path = signal(location.pathname);
export const query = signal(new URLSearchParams(location.search));

function look() {
  path.value = location.pathname;
  query.value = new URLSearchParams(location.search);
}

export function go(to: string, replace = false) {
  if (to === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", to);
  look();
}

export function follow() {
  addEventListener("popstate", look);
  document.addEventListener("click", (e) => {
    const a = (e.target as Element).closest?.("a");
    if (!a || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || a.target) return;
    if (a.origin !== location.origin || !("internal" in a.dataset)) return;
    e.preventDefault();
    go(a.pathname + a.search);
  });
}
