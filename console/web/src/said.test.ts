import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

// What i18n looks at, as a browser has it.
Object.assign(globalThis, {
  location: { search: "?lang=fr" }, localStorage: { getItem: () => null, setItem: () => {} }, document: { documentElement: {} },
});
const { did, french, masked, person, said } = await import("./said");

test("reasons are read in French, with what stands within them", () => {
  for (const [text, want] of [
    ["intent invoice_due at 0.93, minimum 0.55: queue billing", "demande «\u00a0échéance de facture\u00a0» à 0,93, minimum 0,55\u00a0: file Facturation"],
    ["no intent, 2 of 3: ask again", "aucune demande, 2 sur 3\u00a0: on redemande"],
    ["the webhook balance: failed, to a human, but closed: hours office; no further offer", "le système balance\u00a0: échec, vers un humain, mais fermé\u00a0: horaires office\u00a0; rien d’autre n’est proposé"],
    ["asked whether a machine speaks: yes; intent moving at 0.80, minimum 0.55", "demande si une machine parle\u00a0: oui\u00a0; demande «\u00a0déménagement\u00a0» à 0,80, minimum 0,55"],
    ["barge, by user:jean", "intervient, par jean"],
    ["call 01a2, supervision of user:jean (listen by phone boris): hung up by the server, after 2m5s", "appel 01a2, supervision de jean (écoute par téléphone boris)\u00a0: raccroché d’ici, après 2m5s"],
    ["refused: not now: the supervisor has not taken the call (call 01a2, supervision 2)", "refusé\u00a0: pas maintenant\u00a0: le superviseur n’a pas pris l’appel (appel 01a2, supervision 2)"],
    ["agent anna paused: lunch", "agent anna en pause\u00a0: lunch"],
    ["not reached: no_answer; given up", "non joint\u00a0: pas de réponse\u00a0; abandonné"],
    ["no recognizer that serves understands fr-CA, en-GB: such callers are served by keypad", "aucun moteur actif ne comprend fr-CA, en-GB\u00a0: ces appelants sont servis au clavier"],
    ["queue: expected \"billing\"; came \"sales\"", "file\u00a0: attendu \"billing\"\u00a0; obtenu \"sales\""],
    ["bundled: recognizer health: the recognizer is not reached: Error while dialing: dial tcp 127.0.0.1:7: connect: connection refused", "bundled\u00a0: état de la reconnaissance\u00a0: la reconnaissance est injoignable\u00a0: à la connexion\u00a0: 127.0.0.1:7 (tcp)\u00a0: connexion refusée"],
    ["fast: recognizer health: NOT_SERVING; slow: it has not answered yet", "fast\u00a0: état de la reconnaissance\u00a0: ne sert pas\u00a0; slow\u00a0: pas encore de réponse"],
    ["recognition of fr is lost: the engine is down for maintenance", "reconnaissance perdue en fr\u00a0: the engine is down for maintenance"],
  ] as const) assert.equal(french(text), want);
  assert.equal(said("refused, from 192.0.2.1"), "refusé, depuis 192.0.2.1");
  assert.equal(did("take-over"), "prise d’un appel");
  assert.equal(masked("ma carte [card ••••1111], né le [birth date], [IBAN FR], [cardigan]"), "ma carte [carte ••••1111], né le [date de naissance], [IBAN FR], [cardigan]");
  assert.deepEqual(["user:jean", "user:sso-abc234/jean.d", "nobody"].map(person), ["jean", "jean.d", "inconnu"]);
});

test("what an engine of others says holds no page up", () => {
  const began = Date.now();
  for (const piece of [", a of b", ": a; b", " for x is y", "a, b at 0.1, minimum "]) {
    const hostile = piece.repeat(300 / piece.length) + "!";
    french(hostile.slice(0, 300));
    assert.equal(french(hostile + hostile), hostile + hostile);
  }
  const took = Date.now() - began;
  assert.ok(took < 5000, `${took} ms`);
});

test("no reason of the stories of calls keeps a word of English", () => {
  // But for what a story itself puts into the mouth of an engine or of a network.
  const stories = readdirSync("../../call/testdata").filter((f) => f.endsWith(".txt")).map((f) => readFileSync(`../../call/testdata/${f}`, "utf8"));
  const reasons = stories.flatMap((s) => [...s.matchAll(/ write (?:decision|callback|message|transfer\S*|caller.muted|call.ended|filler|webhook) .*?reason=(.*?)(?: (?:flags|intent|samples|text|agent|queue|position|duration|top|call|turn)=.*)?$/gm)].map((m) => m[1]!).filter((r) => ![...s.matchAll(/(?:reason|why)="(.*?)"/g)].some((w) => r.includes(w[1]!))));
  assert.ok(reasons.length > 100, `${reasons.length} reasons`);
  for (const r of new Set(reasons)) {
    const left = french(r).match(/\b(the|was|is|of|to|by|from|with|not|but|ask|again|caller|hung|answer|asked|human)\b/);
    assert.equal(left, null, `${r} is read as ${french(r)}`);
  }
});

test("a word goes with its count, and French signs stay with the word before them", async () => {
  const { language, t } = await import("./i18n");
  const left = (count: string) => t("system.days", { count });
  assert.deepEqual(["0", "1", "2", "1\u202f200"].map(left), ["0 jour restant", "1 jour restant", "2 jours restants", "1\u202f200 jours restants"]);
  assert.equal(t("desk.rings", { caller: "a : b" }), "Un appel sonne\u00a0: a : b");
  language.value = "en";
  assert.deepEqual(["0", "1", "2"].map(left), ["0 days left", "1 day left", "2 days left"]);
  language.value = "fr";
});
