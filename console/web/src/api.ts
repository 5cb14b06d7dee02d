// The one way to the server's API. Refusals are RFC 9457 problems.

export class Problem extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly errors: string[] = [],
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

async function ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const r = await fetch(path, {
    method,
    signal,
    credentials: "same-origin",
    headers: body === undefined ? {} : { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!r.ok) throw await problemOf(r);
  return r;
}

/** get reads path, a JSON document. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await ask("GET", path, undefined, signal)).json()) as T;
}

/** send makes a change; its reply may be empty. */
export async function send<T>(method: "POST" | "PATCH" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T | undefined> {
  const r = await ask(method, path, body);
  const text = await r.text();
  return text ? (JSON.parse(text) as T) : undefined;
}
