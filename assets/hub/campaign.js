// The owner's page of a blind vote: how far it is, links for raters, and, once it is
// closed, the results. Its address holds the campaign's key after the #, which browsers
// send to nobody.
import { T, ask, copyable, disown, make, nameOf, newKey, own, save, speak, table } from "./hub.js";

const main = document.getElementById("main");
const [key, joinKey] = location.hash.slice(1).split(".");
const path = "campaigns/" + nameOf("campaign", key || "");
const parts = { progress: make("section", { id: "progress" }), links: make("section", { id: "links" }), results: make("section", { id: "results" }), problem: make("div") };
let timer;

const fail = (error) => parts.problem.replaceChildren(make("div", { class: "notice error", role: "alert" }, make("span", {}, error.message)));
const attempt = (work) => async () => { parts.problem.replaceChildren(); try { await work(); } catch (error) { fail(error); } };
const percent = (share) => Math.round(share * 100) + " %";

async function refresh() {
  clearTimeout(timer);
  try {
    const campaign = await ask("GET", path, key);
    draw(campaign);
    parts.problem.replaceChildren();
    if (!campaign.closed) timer = setTimeout(refresh, 5000);
  } catch (error) {
    fail(error);
    if (error.offline) timer = setTimeout(refresh, 10000);
  }
}

// draw shows the progress anew; fields that someone may be typing in stay.
function draw(c) {
  document.title = c.title;
  own({ id: c.id, kind: "campaign", key, join: joinKey, title: c.title });
  parts.progress.replaceChildren(make("h1", {}, c.title),
    make("p", { id: "state", role: "status" }, c.closed ? T("Closed.") : T("Open. %s votes; every pair has at least %s.", c.votes, c.least)),
    make("p", { class: "note" }, T("%s pairs, %s against %s. Deleted on %s with all its votes.", c.items, c.systems[1].name, c.systems[0].name, c.expires.slice(0, 10))),
    c.raters.length > 0 && table([T("Rater"), T("Done"), T("Latest vote"), ""], c.raters.map((rater, i) => [rater.name || T("rater %s", i + 1), rater.done + "/" + rater.total, rater.last.replace("T", " ").replace("Z", " UTC"),
      make("button", { type: "button", class: "quiet small", onclick: attempt(async () => { if (confirm(T("Delete this rater with all votes?"))) { await ask("DELETE", path + "/raters/" + rater.id, key); await refresh(); } }) }, T("Delete"))].map((cell) => cell ?? "")), "raters"));
  if (!parts.links.hasChildNodes()) links(c);
  parts.links.hidden = Boolean(c.closed);
  if (c.closed && !parts.results.hasChildNodes()) results(c);
}

function links(c) {
  const name = make("input", { type: "text", id: "rater-name", maxlength: "80" }), list = make("div", { id: "rater-links" });
  parts.links.append(make("h2", {}, T("Links for raters")),
    c.open_link && joinKey && make("div", {}, make("p", { class: "note" }, T("Anyone with this link may vote, up to %s raters.", c.most_raters)), copyable("open-link", location.origin + "/vote#" + c.id + "." + joinKey)),
    make("div", { class: "row" }, make("label", { class: "inline" }, make("span", {}, T("Name (optional)")), name),
      make("button", { type: "button", id: "new-rater", onclick: attempt(async () => {
        const mine = newKey();
        await ask("PUT", path + "/raters/" + nameOf("rater", mine), key, { key: mine, name: name.value.trim() });
        list.append(make("p", { class: "note" }, name.value || T("no name")), copyable("link-" + nameOf("rater", mine), location.origin + "/vote#" + mine));
        name.value = "";
      }) }, T("New personal link"))), make("p", { class: "note" }, T("Copy personal links now: they are not shown again.")), list,
    make("div", { class: "row" }, make("button", { type: "button", class: "main", id: "close", onclick: attempt(async () => {
      if (confirm(T("Close the vote? Nobody can vote after that, and everyone is told what was which."))) { await ask("POST", path + "/close", key); await refresh(); }
    }) }, T("Close and show the results")), remove(c)));
}

const remove = (c) => make("button", { type: "button", class: "quiet", id: "delete", onclick: attempt(async () => {
  if (!confirm(T("Delete this vote with everything that was answered? Nothing brings it back."))) return;
  await ask("DELETE", path, key);
  disown(c.id);
  clearTimeout(timer);
  main.replaceChildren(make("p", { role: "status" }, T("Deleted.")));
}) }, T("Delete all"));

function results(c) {
  const out = c.results.outcome, [first, second] = c.systems.map((s) => s.name), pooled = out.pooled;
  const n = pooled.win + pooled.loss + pooled.tie + pooled.both_bad;
  const row = (name, t, care) => [name, t.win, t.loss, t.tie, t.both_bad, percent(t.rate.value) + " (" + percent(t.rate.low) + "–" + percent(t.rate.high) + ")",
    care ? care.checks_passed + "/" + care.checks : "", care ? care.repeats_same + "/" + care.repeats : ""].map(String);
  const clear = pooled.rate.low > 0.5 || pooled.rate.high < 0.5;
  const errors = [...new Set(pooled.errors.flatMap(Object.keys))];
  parts.results.append(make("h2", {}, T("Results")),
    make("p", { id: "sentence" }, n === 0 ? T("Nobody voted.") : clear ? T("%s was preferred, in %s votes.", pooled.rate.low > 0.5 ? second : first, n) : T("%s votes do not tell which is better.", n)),
    n > 0 && table([T("Rater"), T("%s wins", second), T("%s wins", first), T("Equal"), T("Both bad"), T("Share of wins, 95 % interval"), T("Checks passed"), T("Same twice")],
      [...out.raters.map((t, i) => row(t.rater, t, c.results.care[i])), row(T("all"), pooled)], "tally"),
    make("p", { class: "note", id: "agreement" }, out.agreed ? T("Agreement, Krippendorff’s alpha: %s (1 is full agreement, 0 is chance).", out.alpha.toFixed(3)) : T("No pair has votes of two raters, so there is no agreement to tell.")),
    pooled.adequacy_n[0] + pooled.adequacy_n[1] > 0 && make("p", { class: "note" }, T("Meaning kept, mean of ratings: %s %s, %s %s.", first, pooled.adequacy[0].toFixed(1), second, pooled.adequacy[1].toFixed(1))),
    errors.length > 0 && table([T("Marked errors"), first, second], errors.map((kind) => [T(kind), String(pooled.errors[0][kind] || 0), String(pooled.errors[1][kind] || 0)]), "errors"),
    make("div", { class: "row" }, ["jsonl", "tsv"].map((format) => make("button", { type: "button", id: "export-" + format, onclick: attempt(async () => save("dongyur-votes." + format, await ask("GET", path + "/votes?format=" + format, key))) }, T("Export as %s", format.toUpperCase()))), remove(c)));
}

await speak();
if (key) {
  main.replaceChildren(parts.problem, parts.progress, parts.links, parts.results);
  await refresh();
} else {
  main.replaceChildren(make("p", {}, T("This address lacks its last part, the key of the vote.")));
}
