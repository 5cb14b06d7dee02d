// What a caller reads of the call, as lines: guesses at what the caller says give way to
// better ones.
import type { Caption } from "./webcall";

export interface Line {
  id: string; // of its utterance, or its own
  who: "bot" | "caller" | "aside";
  text: string;
  sure: boolean; // it will not change
}

/** Words are those of lines that nobody says. */
export interface Words {
  position: (n: number) => string;
  bridged: () => string;
}

/** add puts a caption below the others, or in the place of an earlier guess. */
export function add(list: Line[], c: Caption, words: Words): Line[] {
  const below = (who: Line["who"], text: string, id = `${list.length}`): Line[] => [...list, { id, who, text, sure: true }];
  switch (c.kind) {
    case "bot.said":
      return below("bot", c.text ?? "");
    case "caller.keyed":
      return below("caller", c.text ?? "");
    case "queue.position":
      return below("aside", words.position(c.position ?? 0));
    case "bridged":
      return below("aside", words.bridged());
    case "caller.partial":
    case "caller.said": {
      const line: Line = { id: c.utterance ?? `${list.length}`, who: "caller", text: c.text ?? "", sure: c.kind === "caller.said" };
      const at = list.findIndex((l) => l.who === "caller" && l.id === line.id && !l.sure);
      return at < 0 ? [...list, line] : list.map((l, i) => (i === at ? line : l));
    }
    default:
      return list;
  }
}
