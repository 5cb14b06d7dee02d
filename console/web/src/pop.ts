// What an agent reads of a caller before answering: safe text, as all that the server gives.

export interface Entry {
  kind: string;
  text?: string;
}

export interface Pop {
  caller: string;
  language?: string;
  intent?: { name: string; confidence: number };
  queue?: string;
  journal?: Entry[];
}

const spoken = new Set(["caller.said", "caller.keyed", "bot.said"]);

/** said are the last words of both in the talk with the machine. */
export function said(journal: Entry[] = [], most = 8): Entry[] {
  return journal.filter((e) => spoken.has(e.kind) && e.text).slice(-most);
}
