// The page's Share dialog: a link to the settings, publishing the project, asking others
// to vote. Nothing is sent before a button that says so is pressed.
import { T, ask, copyable, disown, make, nameOf, newKey, own, owned, speak } from "./hub.js";

const licences = ["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "all rights reserved"];
const field = (title, input) => make("label", { class: "field" }, make("span", {}, title), input);
const input = (id, value, most, more = {}) => make("input", { type: "text", id, value, maxlength: String(most), ...more });
const number = (id, value, least, most) => make("input", { type: "number", id, value: String(value), min: String(least), max: String(most) });

// share opens the dialog. pack gives a promise of the project's zip.
export async function share(text, link, pack) {
  const offer = JSON.parse(text);
  await speak(offer.language === "zh" ? "zh" : "en");
  document.getElementById("share-dialog")?.remove();
  const body = make("div", { class: "share" }, make("p", { role: "status" }, T("Asking whether this server keeps a hub…")));
  const dialog = make("dialog", { id: "share-dialog", class: "share", "aria-labelledby": "share-title", onclose: () => dialog.remove() },
    make("div", { class: "head" }, make("h2", { id: "share-title" }, T("Share")), make("span", { class: "push" }), make("button", { type: "button", class: "quiet", id: "share-end", onclick: () => dialog.close() }, T("Close"))),
    make("section", {}, make("h2", {}, T("A link to these settings")), make("p", { class: "note" }, T("Who opens it gets this task, these settings and this seed; examples of your own stay here.")), copyable("settings-link", link)), body);
  document.body.append(dialog);
  dialog.showModal();
  try {
    const about = await ask("GET", "about");
    body.replaceChildren(publishing(offer, pack, about), voting(offer), shared());
  } catch {
    body.replaceChildren(make("section", {}, make("p", { role: "status", id: "no-hub" }, T("This server keeps no hub, so nothing can be published from here. Export the project as a file instead: Projects, Export as a file."))));
  }
}

// working runs a button's work once at a time and tells how it went.
function working(button, status, work) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    status.className = "note";
    status.textContent = T("Working…");
    try {
      await work();
    } catch (error) {
      status.className = "notice error";
      status.textContent = error.message;
    }
    button.disabled = false;
  });
  return button;
}

function publishing(offer, pack, about) {
  const before = owned().find((entry) => entry.kind === "project" && entry.local === offer.id);
  const title = input("share-name", offer.title, 200), from = input("share-from", offer.source_lang, 35), to = input("share-to", offer.target_lang, 35);
  const licence = make("select", { id: "share-licence" }, make("option", { value: "" }, T("choose…")), licences.map((name) => make("option", { value: name, selected: before?.licence === name }, T(name))));
  const note = make("textarea", { id: "share-note", rows: "2", maxlength: "2000" }), listed = make("input", { type: "checkbox", id: "share-listed" });
  const status = make("p", { class: "note", role: "status", id: "share-status" }), result = make("div", { id: "share-result" });
  const button = working(make("button", { type: "button", class: "main", id: "publish" }, before ? T("Publish as a new version") : T("Publish")), status, async () => {
    if (!licence.value) throw new Error(T("Choose under which licence others may use the examples."));
    const key = before?.key || pending(offer.id), id = before?.id || nameOf("project", key);
    const zip = await pack();
    if (zip.length > about.limits.zip_bytes) throw new Error(T("The project has %s MB, and the hub takes %s: delete runs that need not be shared.", (zip.length / 1048576).toFixed(1), about.limits.zip_bytes >> 20));
    const said = { title: title.value.trim(), source_lang: from.value.trim(), target_lang: to.value.trim(), task: offer.task, licence: licence.value, note: note.value, axes: offer.axes, published: true, listed: listed.checked };
    const there = await ask("PUT", "projects/" + id, key, said);
    const next = (there.versions[0]?.number || 0) + 1;
    await ask("PUT", "projects/" + id + "/versions/" + next, key, zip, "application/zip");
    own({ id, kind: "project", key, local: offer.id, title: said.title, licence: said.licence });
    status.textContent = T("Published as version %s.", next);
    result.replaceChildren(copyable("share-link", location.origin + "/s/" + id), make("p", { class: "note" }, T("The key to change or delete it is kept in this browser. Copy it to keep it elsewhere too; it cannot be sent again.")), copyable("share-key", key));
    document.getElementById("shared-list")?.replaceWith(shared());
  });
  return make("section", {}, make("h2", {}, T("Publish this project")),
    make("p", { id: "share-where" }, T("It goes to %s, and who has the link can open it: examples, runs, the adapter, answers, and votes with the names that raters gave.", location.host), " ", make("a", { href: "/privacy", target: "_blank", rel: "noopener" }, T("What the hub keeps"))),
    field(T("Title"), title), make("div", { class: "pairs" }, field(T("From language"), from), field(T("To language"), to), field(T("Licence of the examples"), licence)),
    field(T("Note (optional)"), note), make("label", { class: "check" }, listed, T("Show it in the gallery, to everyone")), make("div", { class: "row" }, button), status, result);
}

// pending is the key of a publication that may have been cut off: sent again, it is the
// same project.
function pending(local) {
  const name = "dongyur.hub.pending." + local;
  const key = sessionStorage.getItem(name) || newKey();
  sessionStorage.setItem(name, key);
  return key;
}

function voting(offer) {
  if (!offer.votes) return make("section", {}, make("h2", {}, T("Ask others to vote")), make("p", { class: "note" }, T("Once a run has answered the held-out lines, others can be asked, blind, whether it answers better than before.")));
  const { systems, items, identical } = offer.votes;
  const title = input("vote-title", offer.title, 200), instructions = make("textarea", { id: "vote-instructions", rows: "3", maxlength: "4000" }, T("Read the text, then both translations. Choose the one that says better what the text says."));
  const each = number("vote-each", 0, 0, 1000), checks = number("vote-checks", Math.min(2, items.length >> 3), 0, 20), repeats = number("vote-repeats", Math.min(3, items.length >> 3), 0, items.length);
  const raters = number("vote-raters", 20, 1, 1000), days = number("vote-days", 90, 1, 365), open = make("input", { type: "checkbox", id: "vote-open", checked: true });
  const status = make("p", { class: "note", role: "status", id: "vote-status" }), result = make("div", { id: "vote-made" });
  const key = newKey(), join = newKey(); // one vote a dialog, however often it is pressed
  const button = working(make("button", { type: "button", class: "main", id: "make-vote" }, T("Make the vote")), status, async () => {
    const made = await ask("PUT", "campaigns/" + nameOf("campaign", key), key, { title: title.value.trim(), instructions: instructions.value, source_lang: offer.source_lang, target_lang: offer.target_lang, task: offer.task,
      systems, identical, items, per_item: +each.value, checks: +checks.value, repeats: +repeats.value, most_raters: +raters.value, days: +days.value, join_key: open.checked ? join : "" });
    own({ id: made.id, kind: "campaign", key, join: open.checked ? join : "", title: made.title });
    status.textContent = T("The vote is open.");
    result.replaceChildren(open.checked ? make("div", {}, make("p", { class: "note" }, T("Send this link to those who vote:")), copyable("vote-link", location.origin + "/vote#" + made.id + "." + join)) : "",
      make("p", {}, make("a", { id: "vote-owner", href: "/campaign#" + key + (open.checked ? "." + join : ""), target: "_blank", rel: "noopener" }, T("Progress, personal links and results"))));
    document.getElementById("shared-list")?.replaceWith(shared());
  });
  return make("section", {}, make("h2", {}, T("Ask others to vote")),
    make("p", {}, T("%s pairs, %s against %s, go to %s. Who has the link sees them blind; nobody is told what is which before you close the vote.", items.length, systems[1].name, systems[0].name, location.host)),
    field(T("Title, as raters see it"), title), field(T("Instructions"), instructions),
    make("div", { class: "pairs" }, field(T("Votes for each pair (0: of every rater)"), each), field(T("Raters at most"), raters), field(T("Attention checks"), checks), field(T("Pairs asked twice"), repeats), field(T("Deleted after days"), days)),
    make("label", { class: "check" }, open, T("One link for everyone; without it, make personal links")), make("div", { class: "row" }, button), status, result);
}

// shared lists what this browser has the keys of.
function shared() {
  const list = make("ul"), status = make("p", { class: "note", role: "status" });
  const attempt = (work) => async () => { try { await work(); section.replaceWith(shared()); } catch (error) { status.textContent = error.message; if (error.status === 404 || error.status === 410) status.append(" ", T("It may have expired.")); } };
  for (const entry of owned()) {
    const path = (entry.kind === "project" ? "projects/" : "campaigns/") + entry.id;
    const button = (title, work) => make("button", { type: "button", class: "quiet small", onclick: attempt(work) }, title);
    list.append(make("li", {}, make("a", { href: entry.kind === "project" ? "/s/" + entry.id : "/campaign#" + entry.key + (entry.join ? "." + entry.join : ""), target: "_blank", rel: "noopener" }, entry.title), make("span", { class: "note" }, entry.kind === "project" ? T("project") : T("vote")),
      entry.kind === "project" && button(T("Unpublish"), async () => { const { id, created, changed, expires, versions, hidden, ...about } = await ask("GET", path, entry.key); await ask("PUT", path, entry.key, { ...about, published: false, listed: false }); throw new Error(T("It is hidden now; Publish shows it again.")); }),
      button(T("New key"), async () => { const next = newKey(); await ask("POST", path + "/key", entry.key, { key: next }); own({ ...entry, key: next }); throw new Error(T("The old key opens nothing any more.")); }),
      button(T("Delete all"), async () => { if (!confirm(T("Delete “%s” from the hub, with all versions or votes? Nothing brings it back.", entry.title))) return; try { await ask("DELETE", path, entry.key); } catch (error) { if (error.status !== 404) throw error; } disown(entry.id); })));
  }
  const section = make("section", { id: "shared-list", hidden: !list.children.length }, make("h2", {}, T("What you have shared")), list, status, make("p", { class: "note" }, make("a", { href: "/gallery", target: "_blank", rel: "noopener" }, T("Shared projects"))));
  return section;
}

// report tells who runs the hub of a project.
export async function report(id, language) {
  await speak(language === "zh" ? "zh" : "en");
  const reason = prompt(T("What is wrong with this project? Who runs this hub will read it."));
  if (!reason) return;
  await ask("POST", "projects/" + id + "/reports", "", { reason });
  alert(T("Thank you: it was reported."));
}
