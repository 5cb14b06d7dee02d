// Bundles the pages into ../pages/dist: names carry a hash of what is in the file, and
// everything is compressed here, once, so that the server only hands it out.
import { build } from "esbuild";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";

const dist = new URL("../pages/dist/", import.meta.url);

// The first page may weigh so much, compressed, with all that it loads before it shows.
const firstPageBytes = 120 * 1024;

const result = await build({
  entryPoints: ["src/main.tsx"],
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  outdir: "assets",
  metafile: true,
  write: false,
  logLevel: "warning",
});

await mkdir(dist, { recursive: true });
for (const old of await readdir(dist)) {
  if (old !== ".gitignore") await rm(new URL(old, dist), { recursive: true });
}

const named = (start, end) => {
  const found = result.outputFiles.map((f) => basename(f.path)).find((n) => n.startsWith(start) && n.endsWith(end));
  if (!found) throw new Error(`esbuild made no ${start}…${end}`);
  return found;
};

const sizes = new Map();
for (const file of result.outputFiles) {
  const packed = gzipSync(file.contents, { level: 9 });
  sizes.set(basename(file.path), packed.length);
  await writeFile(new URL(`${basename(file.path)}.gz`, dist), packed);
}
const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Callward</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/${named("main-", ".css")}">
<script type="module" src="/assets/${named("main-", ".js")}"></script>
</head>
<body><div id="app"></div><noscript>Callward’s pages need JavaScript. · Les pages de Callward ont besoin de JavaScript.</noscript></body>
</html>
`;
await writeFile(new URL("index.html.gz", dist), gzipSync(html, { level: 9 }));

// What / loads: the entry, the wallboard, and what they import.
const outputs = Object.fromEntries(Object.entries(result.metafile.outputs).map(([p, o]) => [basename(p), o]));
const loaded = new Set([named("main-", ".js"), named("main-", ".css"), named("board-", ".js")]);
for (const name of loaded) {
  for (const i of outputs[name]?.imports ?? []) if (i.kind === "import-statement") loaded.add(basename(i.path));
}
const first = [...loaded].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
console.log(`pages: the first page weighs ${(first / 1024).toFixed(1)} KB compressed, all of them ${([...sizes.values()].reduce((a, b) => a + b, 0) / 1024).toFixed(1)} KB`);
if (first > firstPageBytes) {
  console.error(`pages: the first page may weigh ${firstPageBytes / 1024} KB`);
  process.exit(1);
}
