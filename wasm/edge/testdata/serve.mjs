// Runs the Worker on this machine as Cloudflare would, with D1 and R2 simulated in
// memory, for the tests. Arguments: the folder of npm packages, the Worker's folder, a
// JSON file with the migrations' statements. It prints its address and runs until its
// input ends.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [packages, folder, migrations] = process.argv.slice(2);
const { Miniflare } = createRequire(join(packages, "package.json"))("miniflare");
const worker = new Miniflare({
  modules: true,
  rootPath: folder,
  modulesRoot: folder,
  scriptPath: "edge.mjs",
  modulesRules: [{ type: "ESModule", include: ["**/*.mjs", "**/*.js"] }, { type: "CompiledWasm", include: ["**/*.wasm"] }],
  compatibilityDate: "2026-04-01",
  host: "127.0.0.1",
  port: 0,
  cache: true,
  d1Databases: ["DB"],
  r2Buckets: ["FILES"],
  bindings: { OPERATOR_KEY: process.env.OPERATOR_KEY ?? "" },
});
const address = await worker.ready;
const db = await worker.getD1Database("DB");
for (const statement of JSON.parse(readFileSync(migrations, "utf8"))) await db.prepare(statement).run();
console.log(address.href.replace(/\/$/, ""));
process.stdin.resume();
process.stdin.on("end", async () => {
  await worker.dispose();
  process.exit(0);
});
