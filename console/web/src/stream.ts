// A stream of server-sent events that is open only while its page is seen: a browser has few
// connections to one server over HTTP/1.1, and many tabs.

export interface Listening {
  url: () => string; // asked anew at each opening, so that it may say where to go on
  on: Record<string, (e: MessageEvent<string>) => void>;
  state?: (s: "live" | "waiting" | "lost") => void;
}

/** listen opens the stream and gives what closes it for good. */
export function listen({ url, on, state }: Listening): () => void {
  let source: EventSource | undefined;
  const close = () => {
    source?.close();
    source = undefined;
  };
  const open = () => {
    if (source || document.hidden) return;
    const s = new EventSource(url());
    s.addEventListener("open", () => state?.("live"));
    s.addEventListener("error", () => state?.(s.readyState === EventSource.CLOSED ? "lost" : "waiting"));
    for (const [name, f] of Object.entries(on)) s.addEventListener(name, f);
    source = s;
  };
  const look = () => (document.hidden ? close() : open());
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", close);
  addEventListener("pageshow", look);
  open();
  return () => {
    document.removeEventListener("visibilitychange", look);
    removeEventListener("pagehide", close);
    removeEventListener("pageshow", look);
    close();
  };
}
