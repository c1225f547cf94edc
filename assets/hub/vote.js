// The rater's page. It is plain HTML and this script, not the page's WebAssembly, so that
// a phone on a slow connection opens it at once. Nothing in it, nor in what it keeps or
// asks for, tells which system gave an answer before the vote is closed.
import { T, ask, copyable, make, newKey, nameOf, speak, store, stored } from "./hub.js";

const main = document.getElementById("main");
const choices = [["A", "A is better"], ["tie", "Equal"], ["both bad", "Both bad"], ["B", "B is better"]];
const kinds = ["mistranslation", "omission", "addition", "grammar", "wrong term", "untranslated", "other"];
let key, at, question, draft, busy = false;

const unrated = () => ({ ratings: [[-1, -1], [-1, -1]], spans: [], comment: "" });
const show = (...parts) => main.replaceChildren(...parts.filter(Boolean));
const problem = (error, again) => make("div", { class: "notice error", role: "alert", id: "problem" }, make("span", {}, error.message), again && make("button", { type: "button", onclick: again }, T("Try again")));

async function start() {
  await speak();
  const words = location.hash.slice(1).split(".");
  if (words.length === 2) return join(...words);
  key = words[0];
  if (!key) return show(make("h1", {}, T("Which translation is better?")), make("p", {}, T("Open the link that you were sent: this address lacks its last part.")));
  await resume();
}

// join takes the open link, once a browser.
function join(campaign, link) {
  const before = stored("dongyur.vote." + campaign);
  if (before) return become(before);
  const name = make("input", { type: "text", id: "name", maxlength: "80", autocomplete: "name" });
  const begin = async (event) => {
    event?.preventDefault();
    const mine = stored("dongyur.vote.new." + campaign) || newKey(); // sent again it is the same rater
    store("dongyur.vote.new." + campaign, mine);
    try {
      await ask("PUT", "campaigns/" + campaign + "/raters/" + nameOf("rater", mine), link, { key: mine, name: name.value.trim() });
    } catch (error) {
      document.getElementById("problem")?.remove();
      return form.append(problem(error));
    }
    store("dongyur.vote." + campaign, mine);
    store("dongyur.vote.new." + campaign, null);
    await become(mine);
  };
  const form = make("form", { class: "start", onsubmit: begin }, make("h1", {}, T("Which translation is better?")),
    make("p", {}, T("You will see a text and two translations of it, and say which is better. You can stop at any time and go on later.")),
    make("label", { class: "field" }, make("span", {}, T("Your name, as the results show it (optional)")), name),
    make("button", { type: "submit", class: "main", id: "begin" }, T("Begin")));
  show(form);
}

// become puts the rater's own key into the address, which then opens anywhere.
function become(mine) {
  history.replaceState(null, "", "/vote#" + mine);
  key = mine;
  return resume();
}

// resume sends what could not be sent before, then shows where the rater stands.
async function resume() {
  try {
    const waiting = stored("dongyur.vote.waiting." + key);
    if (waiting) return await send(JSON.parse(waiting));
    at = await ask("GET", "vote", key);
    if (!at.closed && !at.question) at = await ask("POST", "vote/next", key);
    draw(at.question);
  } catch (error) {
    show(problem(error, resume));
  }
}

function draw(next) {
  question = next;
  draft = { ...unrated(), ...(question?.vote || {}) };
  draft.spans = draft.spans || [];
  document.title = at.title;
  if (at.closed) return closed();
  if (!question) return done();
  const text = (id, words, language, side) => make("p", { id, class: "text", lang: language, tabindex: "0", "data-side": side }, words);
  show(
    make("div", { class: "head" }, make("h1", {}, at.title), make("span", { class: "note", id: "progress", role: "status" }, Math.min(question.position + 1, at.total) + "/" + at.total)),
    make("progress", { max: at.total, value: at.done, "aria-label": T("Progress") }),
    at.instructions && make("details", { class: "instructions", open: at.done === 0 }, make("summary", {}, T("What to do")), make("p", { class: "lines" }, at.instructions)),
    make("section", { class: "source", "aria-label": T("Text") }, text("source", question.source, at.source_lang)),
    make("div", { class: "pair" }, ["a", "b"].map((side, i) => make("article", { class: "card" }, make("h2", {}, side.toUpperCase()), text("answer-" + side, question[side], at.target_lang, i)))),
    make("div", { class: "votes", role: "group", "aria-label": T("Your vote") }, choices.map(([choice, title], i) => make("button", { type: "button", id: "vote-" + i, "aria-pressed": String(draft.choice === choice), onclick: () => choose(choice) }, T(title)))),
    more(),
    make("div", { class: "row" }, make("button", { type: "button", class: "quiet", id: "undo", disabled: question.position === 0, onclick: back }, T("Back")),
      question.vote && make("button", { type: "button", class: "quiet", id: "onwards", onclick: resume }, T("Go on"))),
    leave());
  document.getElementById("source").focus({ preventScroll: true });
  scrollTo(0, 0);
}

// more are ratings, marked errors and a comment: nobody has to.
function more() {
  const marks = make("ul", { class: "marks", "aria-label": T("Marked errors") });
  const list = () => marks.replaceChildren(...draft.spans.map((span, i) => make("li", {}, "AB"[span.side] + " · " + T(span.category) + ": ", make("span", { lang: at.target_lang }, span.text), " ",
    make("button", { type: "button", class: "quiet small", "aria-label": T("Remove"), onclick: () => { draft.spans.splice(i, 1); list(); } }, "×"))));
  list();
  const kind = make("select", { id: "kind" }, kinds.map((name) => make("option", { value: name }, T(name))));
  const rating = (side, which, title) => {
    const value = draft.ratings[side][which];
    const shown = make("output", {}, value < 0 ? "–" : String(value));
    return make("label", { class: "field" }, make("span", {}, title + " ", shown), make("input", { type: "range", min: "0", max: "100", value: Math.max(value, 0), id: "rating-" + side + which,
      oninput: (event) => { draft.ratings[side][which] = +event.target.value; shown.textContent = event.target.value; } }));
  };
  return make("details", { class: "more" }, make("summary", {}, T("Rate, mark errors, comment (optional)")),
    make("div", { class: "pair" }, [0, 1].map((side) => make("div", {}, rating(side, 0, T("%s: meaning kept", "AB"[side])), rating(side, 1, T("%s: reads well", "AB"[side]))))),
    make("p", { class: "note" }, T("Select the wrong part of A or B, choose what is wrong, and press Mark.")),
    make("div", { class: "row" }, make("label", { class: "inline" }, make("span", {}, T("Kind of error")), kind),
      make("button", { type: "button", id: "mark", onmousedown: (event) => event.preventDefault(), onclick: () => { const span = selected(); if (span) { draft.spans.push({ ...span, category: kind.value }); list(); } } }, T("Mark"))), marks,
    make("label", { class: "field" }, make("span", {}, T("Comment")), make("textarea", { id: "comment", rows: "2", maxlength: "2000", oninput: (event) => { draft.comment = event.target.value; } }, draft.comment || "")));
}

// selected is what is selected in an answer, counted in characters.
function selected() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const answer = (range.startContainer.nodeType === 1 ? range.startContainer : range.startContainer.parentElement).closest("[data-side]");
  if (!answer || !answer.contains(range.endContainer)) return null;
  const before = document.createRange();
  before.selectNodeContents(answer);
  before.setEnd(range.startContainer, range.startOffset);
  const start = [...before.toString()].length, text = range.toString();
  return { side: +answer.dataset.side, start, end: start + [...text].length, text };
}

// choose keeps the vote in this browser until the hub has it.
async function choose(choice) {
  if (busy || !question) return;
  const waiting = { position: question.position, revision: question.revision, change: newKey(), vote: { ...draft, choice } };
  store("dongyur.vote.waiting." + key, JSON.stringify(waiting));
  await send(waiting);
}

async function send(waiting) {
  busy = true;
  for (const button of main.querySelectorAll(".votes button")) button.disabled = true;
  try {
    const { position, ...body } = waiting;
    at = await ask("PUT", "vote/" + position, key, body);
    store("dongyur.vote.waiting." + key, null);
    busy = false;
    draw(at.question);
  } catch (error) {
    busy = false;
    if (error.offline) {
      document.getElementById("problem")?.remove();
      main.prepend(problem({ message: T("Your answer is kept on this device and not sent yet: %s", error.message) }, () => send(waiting)));
      setTimeout(() => { if (!busy && stored("dongyur.vote.waiting." + key)) send(waiting); }, 4000);
      return;
    }
    store("dongyur.vote.waiting." + key, null);
    show(problem(error, resume));
  }
}

async function back() {
  try {
    draw(await ask("GET", "vote/" + (question.position - 1), key));
  } catch (error) {
    show(problem(error, resume));
  }
}

// leave is how to go on elsewhere, and how to take one's votes away.
function leave() {
  return make("details", { class: "leave" }, make("summary", {}, T("Go on on another device, or delete your votes")),
    make("p", { class: "note" }, T("This link is yours alone: it opens your votes on any device.")), copyable("own-link", location.origin + "/vote#" + key),
    make("button", { type: "button", class: "quiet", id: "withdraw", onclick: async () => {
      if (!confirm(T("Delete your votes from the hub? Nothing brings them back."))) return;
      try {
        await ask("DELETE", "vote", key);
        store("dongyur.vote." + at.campaign, null);
        show(make("p", { role: "status" }, T("Your votes are deleted.")));
      } catch (error) { main.prepend(problem(error)); }
    } }, T("Delete my votes")));
}

function done() {
  show(make("h1", {}, at.title), make("p", { role: "status", id: "thanks" }, T("Thank you: that was all. You voted on %s pairs.", at.done)),
    make("p", { class: "note" }, T("What was which is told here once the vote is closed.")),
    at.done > 0 && make("button", { type: "button", class: "quiet", id: "undo", onclick: async () => { question = { position: at.done }; await back(); } }, T("Back to the last one")), leave());
}

// closed tells what was which.
function closed() {
  const file = at.own?.file, rows = file?.pairs || [];
  show(make("h1", {}, at.title), make("p", { role: "status", id: "thanks" }, T("This vote is closed. You voted on %s pairs; here is what was which.", rows.length)),
    make("ol", { class: "voted" }, rows.map((row) => make("li", {}, make("p", { lang: at.source_lang }, row.example.source),
      [["A", row.a, row.system_a], ["B", row.b, row.system_b]].map(([side, text, system]) => make("p", {}, make("span", { class: "note" }, side + " · " + system + (row.vote.choice === side ? " · " + T("your choice") : "")), make("span", { class: "block", lang: at.target_lang }, text)))))), leave());
}

addEventListener("hashchange", () => location.reload());
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target.closest("input, textarea, select")) return;
  if (question && "1234".includes(event.key)) choose(choices[event.key - 1][0]);
  if (question && event.key.toLowerCase() === "u" && question.position > 0) back();
});
start();
