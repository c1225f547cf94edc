// The gallery: projects whose owners want them seen.
import { T, ask, make, speak } from "./hub.js";

const main = document.getElementById("main");
const list = make("ul", { class: "gallery", id: "projects" });
const language = make("input", { type: "text", id: "by-language", size: "6", maxlength: "35", placeholder: "bo" });
const task = make("select", { id: "by-task" });
const more = make("button", { type: "button", id: "more", hidden: true, onclick: () => load(next) });
const status = make("p", { id: "status", role: "status" });
let next = "";

const axis = (name, a) => make("span", { class: "axis" }, make("span", { class: "note" }, name), " ", a ? a.measure + " " + a.before.toFixed(2) + " → " + a.after.toFixed(2) : T("not measured"));

function card(p) {
  return make("li", {}, make("a", { href: "/s/" + p.id }, p.title), make("p", { class: "note" }, p.source_lang + " → " + p.target_lang + " · " + p.task + " · " + p.licence + " · " + p.changed.slice(0, 10)),
    p.note && make("p", { class: "lines" }, p.note),
    make("div", { class: "axes" }, axis(T("surface"), p.axes.surface), axis(T("meaning"), p.axes.meaning), axis(T("retained"), p.axes.retained)),
    make("button", { type: "button", class: "quiet small", onclick: async () => {
      const reason = prompt(T("What is wrong with this project? Who runs this hub will read it."));
      if (!reason) return;
      try { await ask("POST", "projects/" + p.id + "/reports", "", { reason }); status.textContent = T("Thank you: it was reported."); } catch (error) { status.textContent = error.message; }
    } }, T("Report")));
}

async function load(after) {
  const query = new URLSearchParams();
  if (language.value) query.set("language", language.value);
  if (task.value) query.set("task", task.value);
  if (after) query.set("after", after);
  try {
    const page = await ask("GET", "gallery" + (query.size ? "?" + query : ""));
    if (!after) list.replaceChildren();
    list.append(...page.projects.map(card));
    next = page.next || "";
    more.hidden = !next;
    status.textContent = list.children.length ? "" : T("Nothing is shared here yet.");
  } catch (error) {
    status.textContent = error.message;
  }
}

await speak();
more.textContent = T("More");
task.append(...[["", T("every task")], ["translate", T("translation")], ["headline", T("headlines")], ["fact", T("facts")]].map(([value, title]) => make("option", { value }, title)));
for (const field of [language, task]) field.addEventListener("change", () => load(""));
main.replaceChildren(make("h1", {}, T("Shared projects")), make("p", { class: "note" }, T("Whose owners wanted them to be seen. They open read-only; a copy is yours to change.")),
  make("div", { class: "row" }, make("label", { class: "inline" }, make("span", {}, T("Language")), language), make("label", { class: "inline" }, make("span", {}, T("Task")), task)), status, list, more);
await load("");
