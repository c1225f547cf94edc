// The Worker's own part: what needs no Go. Static files are Cloudflare's (the assets
// binding serves them before this runs); short links and what everyone may read are
// answered here or from the cache; the rest is core/hub, in app.wasm.
import worker from "./worker.mjs";
import headers from "./headers.mjs";

const shared = /^\/s\/([a-z2-7]{16})$/;
const project = /^\/hub\/projects\/[a-z2-7]{16}(\/versions\/\d{1,7})?$/;

// cacheable tells what may be kept for everyone: reads without a key, by addresses that
// are spelled in one way only.
function cacheable(request, url) {
  if (request.method !== "GET" || request.headers.has("Authorization") || request.headers.has("Range")) return false;
  if (url.search === "") return url.pathname === "/hub/about" || url.pathname === "/hub/gallery" || project.test(url.pathname);
  return url.pathname === "/hub/gallery" && [...url.searchParams.keys()].every((key) => ["language", "task", "after"].includes(key));
}

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname.startsWith("/s/")) {
      const found = shared.exec(url.pathname);
      if (!["GET", "HEAD"].includes(request.method)) return new Response("Only GET and HEAD are answered.\n", { status: 405, headers: { ...headers, Allow: "GET, HEAD" } });
      if (!found) return new Response("There is no such project.\n", { status: 404, headers: { ...headers, "Content-Type": "text/plain; charset=utf-8" } });
      return new Response(null, { status: 302, headers: { ...headers, Location: "/?shared=" + found[1] } });
    }
    if (!url.pathname.startsWith("/hub/")) return new Response("There is no such page.\n", { status: 404, headers: { ...headers, "Content-Type": "text/plain; charset=utf-8" } });
    if (!cacheable(request, url)) return worker.fetch(request, env, ctx);
    const kept = await caches.default.match(url.href);
    if (kept) return kept;
    const answer = await worker.fetch(request, env, ctx);
    if (answer.status !== 200 || !answer.headers.get("Cache-Control")?.startsWith("public")) return answer;
    const whole = new Response(await answer.arrayBuffer(), answer);
    ctx.waitUntil(caches.default.put(url.href, whole.clone()));
    return whole;
  },
  scheduled: worker.scheduled,
};
