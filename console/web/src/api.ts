// The one way to the server's API. Refusals are RFC 9457 problems.

export class Problem extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly errors: string[] = [],
    readonly worded = false, // in the reader's words already
  ) {
    super(detail);
  }
}

async function problemOf(r: Response): Promise<Problem> {
  try {
    const p = (await r.json()) as { detail?: string; errors?: { message?: string }[] };
    return new Problem(r.status, p.detail ?? r.statusText, (p.errors ?? []).map((e) => e.message ?? ""));
  } catch {
    return new Problem(r.status, r.statusText);
  }
}

async function ask(method: string, path: string, body?: unknown, signal?: AbortSignal, key = crypto.randomUUID() as string): Promise<Response> {
  const r = await fetch(path, {
    method,
    signal,
    credentials: "same-origin",
    headers: body === undefined ? {} : { "Content-Type": "application/json", "Idempotency-Key": key },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!r.ok) throw await problemOf(r);
  return r;
}

/** get reads path, a JSON document. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await ask("GET", path, undefined, signal)).json()) as T;
}

/** blob reads path, whatever it holds. */
export async function blob(path: string): Promise<Blob> {
  return (await ask("GET", path)).blob();
}

/** send makes a change; its reply may be empty. What is sent again with the same key is done once. */
export async function send<T>(method: "POST" | "PATCH" | "PUT" | "DELETE", path: string, body?: unknown, key?: string): Promise<T | undefined> {
  const r = await ask(method, path, body, undefined, key);
  const text = await r.text();
  return text ? (JSON.parse(text) as T) : undefined;
}

/** worded puts a refusal in the reader's words, by its status. */
export function worded(e: Error, words: Record<number, string>): Error {
  const word = e instanceof Problem ? words[e.status] : undefined;
  return word === undefined ? e : new Problem((e as Problem).status, word, (e as Problem).errors, true);
}

/** offer sends what a browser offers of sound, and gives the answer and where the leg is known. */
export async function offer(path: string, sdp: string): Promise<{ answer: string; at?: string }> {
  const r = await fetch(path, { method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/sdp" }, body: sdp });
  if (!r.ok) throw await problemOf(r);
  return { answer: await r.text(), at: r.headers.get("Location") ?? undefined };
}
