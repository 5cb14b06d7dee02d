// The pages: where each is, what it is called, and the code it brings. A page is loaded
// when it is first opened.
import type { ComponentType } from "preact";
import type { IconName } from "./icons";
import type { Key } from "./i18n";

export interface Page {
  path: string; // and all below it
  title: Key;
  icon: IconName;
  open?: boolean; // needs no sign-in
  load: () => Promise<{ default: ComponentType }>;
}

export const pages: Page[] = [
  { path: "/", title: "nav.board", icon: "board", load: () => import("./board") },
  { path: "/live", title: "nav.live", icon: "live", load: () => import("./live") },
  { path: "/agents", title: "nav.agents", icon: "agents", load: () => import("./agents") },
  { path: "/calls", title: "nav.calls", icon: "calls", load: () => import("./calls") },
  { path: "/messages", title: "nav.messages", icon: "messages", load: () => import("./messages") },
  { path: "/assistant", title: "nav.assistant", icon: "assistant", load: () => import("./assistant") },
  { path: "/system", title: "nav.system", icon: "system", load: () => import("./system") },
  { path: "/desk", title: "nav.desk", icon: "desk", load: () => import("./desk") },
  { path: "/call", title: "nav.call", icon: "phone", open: true, load: () => import("./call") },
];

/** pageAt finds the page of a path. */
export function pageAt(path: string): Page | undefined {
  return pages.find((p) => path === p.path || (p.path !== "/" && path.startsWith(`${p.path}/`)));
}
