// A stream of server-sent events that is open only while its page is seen: a browser has few
// connections to one server over HTTP/1.1, and many tabs.

export interface Listening {
  url: () => string; // asked anew at each opening, so that it may say where to go on
  on: Record<string, (e: MessageEvent<string>) => void>;
  state?: (s: "live" | "waiting" | "lost") => void;
}

// A browser comes back by itself after a network that failed, and gives up for good after an
// answer that is none, such as a 503 of a server or proxy that starts: then we come back.
const first = 2000; // ms
const longest = 30_000;

// A connection whose other end is gone without a word looks as one on which nothing happens. The
// server says `alive` every 15 s where it has nothing else to say.
const silence = 45_000; // ms

/** listen opens the stream and gives what closes it for good. */
export function listen({ url, on, state }: Listening): () => void {
  let source: EventSource | undefined;
  let later: ReturnType<typeof setTimeout> | undefined;
  let wait = first;
  let watch: ReturnType<typeof setTimeout> | undefined;
  const close = () => {
    clearTimeout(later);
    clearTimeout(watch);
    source?.close();
    later = source = undefined;
  };
  const refused = () => {
    close();
    later = setTimeout(open, wait);
    wait = Math.min(2 * wait, longest);
  };
  const heard = () => {
    clearTimeout(watch);
    watch = setTimeout(silent, silence);
  };
  const silent = () => {
    close();
    state?.("waiting");
    open();
  };
  const open = () => {
    clearTimeout(later);
    if (source || document.hidden) return;
    const s = new EventSource(url());
    heard();
    s.addEventListener("open", () => {
      wait = first;
      heard();
      state?.("live");
    });
    s.addEventListener("error", () => {
      if (s !== source) return;
      const lost = s.readyState === EventSource.CLOSED;
      if (lost) refused();
      state?.(lost ? "lost" : "waiting");
    });
    for (const [name, f] of Object.entries<(e: MessageEvent<string>) => void>({ alive: () => {}, ...on })) {
      s.addEventListener(name, (e) => {
        heard();
        f(e as MessageEvent<string>);
      });
    }
    source = s;
  };
  const look = () => {
    if (document.hidden) close();
    else if (!source) open();
  };
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
