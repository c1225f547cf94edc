// The page's service worker: what a visit needs is kept in this browser, so that the
// next one needs no network. The server writes the list of files with their SHA-256 in
// the place of the one below, so a file that changed makes another worker, and its
// files are taken in as a whole before they are shown. Models are kept when they are
// first asked for: what costs megabytes is fetched because somebody wanted it.
"use strict";
const files = {}; // path from this script: SHA-256 in hex
const models = "assets/models/";
const store = "dongyur";
const here = new URL("./", self.location.href);

const keyOf = (path) => new URL(path + "?sha256=" + files[path], here).href;
const isModel = (path) => path.startsWith(models) && path !== models + "index.json";
const isLater = (path) => isModel(path) || path.startsWith("build/trainer-go."); // an engine that few need

// keep puts an answer by if it is the file of the list.
async function keep(path, answer) {
  if (!answer.ok) throw new Error(path + ": the server answers " + answer.status);
  const copy = answer.clone();
  const sum = await crypto.subtle.digest("SHA-256", await answer.arrayBuffer());
  const hex = Array.from(new Uint8Array(sum), (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== files[path]) throw new Error(path + " is of another build");
  await (await caches.open(store)).put(keyOf(path), copy);
}

// take fetches and keeps a file that is not kept yet.
async function take(path) {
  const cache = await caches.open(store);
  if (!(await cache.match(keyOf(path)))) await keep(path, await fetch(new URL(path, here), { cache: "no-cache" }));
}

async function takeAll() {
  for (const path of Object.keys(files)) if (!isLater(path)) await take(path);
}

// drop takes away what only earlier builds had.
async function drop() {
  const cache = await caches.open(store);
  const wanted = new Set(Object.keys(files).map(keyOf));
  for (const request of await cache.keys()) if (!wanted.has(request.url)) await cache.delete(request);
}

// pathOf is the file that a request asks for, or null if this build has none such.
function pathOf(request) {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== here.origin || !url.pathname.startsWith(here.pathname)) return null;
  const path = url.pathname.slice(here.pathname.length) || "index.html";
  return path in files ? path : null;
}

async function give(event, path) {
  const kept = await (await caches.open(store)).match(keyOf(path));
  if (kept) return kept;
  const answer = await fetch(event.request);
  event.waitUntil(keep(path, answer.clone()).catch(() => {})); // of another build, or no room
  return answer;
}

self.addEventListener("install", (event) => event.waitUntil(takeAll()));
self.addEventListener("activate", (event) => event.waitUntil(drop().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const path = pathOf(event.request);
  if (path !== null && !event.request.headers.has("range")) event.respondWith(give(event, path));
});
// The page says which model's folder it has loaded, for a first visit's came before this worker, and when the user wants the new version.
self.addEventListener("message", (event) => {
  if (event.data.keep) {
    event.waitUntil(Promise.all(Object.keys(files).filter((path) => path.startsWith(event.data.keep + "/")).map(take))
      .then(() => event.source.postMessage({ kept: event.data.keep }), (error) => event.source.postMessage({ failed: error.message })));
  }
  if (event.data.renew) self.skipWaiting();
});
