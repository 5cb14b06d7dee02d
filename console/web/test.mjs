// Runs the tests beside the sources: esbuild bundles each, node --test runs it.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const tests = (await readdir("src")).filter((f) => f.endsWith(".test.ts")).map((f) => join("src", f));
const out = await mkdtemp(join(tmpdir(), "pages-"));
if (tests.length === 0) process.exit(0);
await build({ entryPoints: tests, bundle: true, platform: "node", format: "esm", outExtension: { ".js": ".mjs" }, outdir: out });
const built = (await readdir(out)).map((f) => join(out, f));
const run = spawnSync(process.execPath, ["--test", ...built], { stdio: "inherit" });
await rm(out, { recursive: true });
process.exit(run.status ?? 1);
