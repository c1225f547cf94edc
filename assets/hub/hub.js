// What the hub's light pages share: requests, keys, words, and a way to build elements
// from text. A text from the hub is only ever put into text nodes.

const hub = "/hub/";

// ask sends a request and gives its JSON; an error carries the hub's own words.
export async function ask(method, path, key, body, kind = "application/json") {
  const headers = {};
  if (key) headers.Authorization = "Bearer " + key;
  if (body !== undefined) headers["Content-Type"] = kind;
  let answer;
  try {
    answer = await fetch(hub + path, { method, headers, body: body === undefined || kind !== "application/json" ? body : JSON.stringify(body), credentials: "omit", cache: "no-cache" });
  } catch {
    throw Object.assign(new Error(T("There is no connection to the hub.")), { offline: true });
  }
  const data = (answer.headers.get("Content-Type") || "").startsWith("application/json") ? await answer.json() : await answer.blob();
  if (!answer.ok) throw Object.assign(new Error(data.error || T("This server keeps no hub.")), { status: answer.status, offline: answer.status >= 500 });
  return data;
}

// newKey draws 32 random bytes as base64url.
export function newKey() {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// nameOf is the name on the hub of what is made with a key: core/hub's NameOf.
export function nameOf(purpose, key) {
  const sum = sha256("dongyur hub " + purpose + "\n" + key);
  let bits = 0n, name = "";
  for (const byte of sum.slice(0, 10)) bits = bits << 8n | BigInt(byte);
  for (let i = 15n; i >= 0n; i--) name += "abcdefghijklmnopqrstuvwxyz234567"[Number(bits >> i * 5n & 31n)];
  return name;
}

// sha256 after FIPS 180-4: browsers have it only on encrypted connections, and a class
// may be on a plain one.
export function sha256(text) {
  const fraction = (x) => Math.floor((x - Math.floor(x)) * 2 ** 32) | 0;
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const state = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p))), constants = primes.map((p) => fraction(Math.cbrt(p)));
  const input = new TextEncoder().encode(text), blocks = (input.length + 72) >> 6;
  const bytes = new Uint8Array(blocks * 64), view = new DataView(bytes.buffer), turn = (x, n) => (x >>> n) | (x << (32 - n));
  bytes.set(input);
  bytes[input.length] = 0x80;
  view.setUint32(bytes.length - 4, input.length * 8);
  for (let at = 0; at < bytes.length; at += 64) {
    const w = new Int32Array(64);
    for (let i = 0; i < 64; i++) {
      const a = w[i - 15], b = w[i - 2];
      w[i] = i < 16 ? view.getInt32(at + 4 * i) : w[i - 16] + w[i - 7] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((x, i) => (state[i] = (state[i] + x) | 0));
  }
  return state.flatMap((x) => [x >>> 24, (x >>> 16) & 255, (x >>> 8) & 255, x & 255]);
}

// make builds an element: its name, attributes (on… are handlers), and children, of which
// texts become text nodes.
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let words = {};

// T says an English text in the reader's language; %s are arguments, in order.
export function T(english, ...args) {
  let i = 0;
  return (words[english] || english).replace(/%s/g, () => args[i++]);
}

// speak takes the language that was chosen here, the page's, or the browser's.
export async function speak(language) {
  const chosen = language || stored("dongyur.hub.words") || (navigator.language.startsWith("zh") ? "zh" : "en");
  if (!language) document.documentElement.lang = chosen;
  if (chosen === "zh") words = await (await fetch("/assets/hub/zh.json")).json();
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = T(element.dataset.say);
  document.getElementById("language")?.addEventListener("click", () => {
    store("dongyur.hub.words", chosen === "zh" ? "en" : "zh");
    location.reload();
  });
}

// stored and store keep small things in this browser; where it refuses, until the tab is
// closed.
const memory = {};
export function stored(key) {
  try { return localStorage.getItem(key) ?? memory[key] ?? null; } catch { return memory[key] ?? null; }
}
export function store(key, value) {
  memory[key] = value;
  try { value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value); } catch { /* kept in memory */ }
}

// owned are the keys of what was shared from this browser.
export function owned() {
  try { return JSON.parse(stored("dongyur.hub.owned")) || []; } catch { return []; }
}
export function own(entry) {
  store("dongyur.hub.owned", JSON.stringify([entry, ...owned().filter((other) => other.id !== entry.id)]));
}
export function disown(id) {
  store("dongyur.hub.owned", JSON.stringify(owned().filter((other) => other.id !== id)));
}

// copyable is a link with a button that copies it.
export function copyable(id, link) {
  const field = make("input", { type: "text", id, readonly: true, value: link, "aria-label": T("Link"), onfocus: (event) => event.target.select() });
  const button = make("button", { type: "button", onclick: async () => {
    field.focus();
    try { await navigator.clipboard.writeText(link); } catch { document.execCommand("copy"); }
    button.textContent = T("Copied");
  } }, T("Copy"));
  return make("div", { class: "row link" }, field, button);
}

// save offers a file.
export function save(name, blob) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// table is a table of texts: the first of each row heads it.
export function table(head, rows, id) {
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": head[0] }, make("table", { id },
    make("thead", {}, make("tr", {}, head.map((text) => make("th", { scope: "col" }, text)))),
    make("tbody", {}, rows.map((row) => make("tr", {}, row.map((cell, i) => (i ? make("td", {}, cell) : make("th", { scope: "row" }, cell))))))));
}
