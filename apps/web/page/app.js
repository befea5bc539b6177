// The chat. What comes from the model or the data goes into the page as text, through marks.js or textContent.

import { chart } from "./chart.js";
import { element, marks } from "./marks.js";

const $ = (id) => document.getElementById(id);
const SEAL = document.querySelector("meta[name=npsight-seal]").content;
const state = { conversation: null, abort: null };

// ---- one answer ------------------------------------------------------------------------------------------------

function scrolled(title, ...children) {
  return element("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": title }, ...children);
}

function grid(columns, rows, title) {
  const kind = (number) => (columns[number].numeric ? "number" : "");
  const cell = (name, text, number) => element(name, { className: kind(number) }, text);
  const head = columns.map((column, number) => {
    const made = cell("th", column.name, number);
    made.scope = "col";
    return made;
  });
  return element(
    "table",
    {},
    element("caption", {}, title),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((text, k) => cell("td", text, k))))),
  );
}

function tableBlock(table, room) {
  const block = element("div", { className: "table" }, scrolled(table.title, grid(table.columns, table.rows, table.title)));
  if (table.more) block.append(element("p", { className: "dim" }, `… and ${table.more} more rows`));
  if (table.plot.length) block.append(chart(table.plot, table.title, room));
  return block;
}

function folded(name, ...children) {
  return element("details", {}, element("summary", {}, name), ...children);
}

function factBlock(facts) {
  const names = ["id", "name", "value", "interval", "n", "of"];
  const columns = names.map((name) => ({
    name: { interval: "95% interval", name: "fact" }[name] ?? name,
    numeric: ["value", "interval", "n"].includes(name),
  }));
  const rows = facts.map((fact) => names.map((name) => (name === "of" && fact.reason ? `${fact.of} ${fact.reason}` : fact[name])));
  return folded(`Facts (${facts.length})`, scrolled("Facts", grid(columns, rows, "Facts")));
}

function optionButtons(options) {
  const buttons = options.map((option) => {
    const made = element("button", { type: "button", className: "option" }, option);
    made.addEventListener("click", () => ask(option));
    return made;
  });
  return element("div", { className: "options", role: "group", "aria-label": "Choices" }, ...buttons);
}

function fill(card, shown) {
  const notes = [...(shown.left_out ? [shown.left_out] : []), ...shown.caveats];
  card.replaceChildren(marks(shown.text));
  if (shown.options.length) card.append(optionButtons(shown.options));
  card.append(...shown.tables.map((table) => tableBlock(table, card.clientWidth - 34)));
  if (notes.length) {
    const list = element("ul", { className: "caveats", "aria-label": "Caveats" });
    list.append(...notes.map((note) => element("li", {}, note)));
    card.append(list);
  }
  if (shown.facts.length) card.append(factBlock(shown.facts));
  if (shown.sql.length) {
    const code = element("code", {}, shown.sql.map((statement) => `${statement.trim().replace(/;+$/, "")};`).join("\n\n"));
    card.append(folded("SQL", element("pre", { className: "scroll", tabIndex: 0 }, code)));
  }
  card.append(element("p", { className: "origin" }, shown.origin));
  card.classList.toggle("failed", shown.status === "failed");
}

function turn(question) {
  const card = element("div", { className: "answer" });
  const made = element("article", {}, element("h2", {}, question), card);
  $("log").append(made);
  return card;
}

// ---- what is going on ------------------------------------------------------------------------------------------

function told(event) {
  switch (event.kind) {
    case "model":
      return event.name === "builtin" ? "Reading the question…" : `Asking ${event.name}${event.call > 1 ? `, call ${event.call}` : ""}…`;
    case "writing":
      return `The model writes… ${event.characters} characters`;
    case "tool":
      return `${event.name.replaceAll("_", " ")}…`;
    case "found":
      return `${event.name.replaceAll("_", " ")}: ${event.error ?? `${event.facts} facts, ${event.seconds.toFixed(1)} s`}`;
    case "retry":
      return event.wait ? `Retrying in ${event.wait.toFixed(1)} s: ${event.why}` : `Asking again: ${event.why}`;
    case "refused":
      return `Draft refused: ${event.why}`;
    case "instead":
      return `The built-in planner answers instead: ${event.why}`;
    case "limit":
      return event.why;
    default:
      return "";
  }
}

// A sentence for those who listen; `heard` ones stand on the page already and are not shown again.
function say(text, heard = false) {
  $("steps").textContent = text;
  $("steps").classList.toggle("heard", heard);
}

function step(event, steps) {
  const text = told(event);
  if (!text) return;
  say(text);
  if (["found", "retry", "refused", "instead", "limit"].includes(event.kind)) steps.append(element("li", {}, text));
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (held + value).split("\n\n");
    held = parts.pop();
    for (const part of parts) {
      const data = part.split("\n").find((line) => line.startsWith("data: "));
      if (data) yield JSON.parse(data.slice(6));
    }
  }
}

function take(event, card, steps, said) {
  if (event.kind === "text") {
    said.text += event.text;
    card.replaceChildren(steps, marks(said.text));
  } else if (event.kind === "shown") {
    fill(card, event.shown);
    said.done = true;
    say(`Answered. ${event.shown.text.split("\n")[0].replaceAll("*", "")}`, true);
  } else if (event.kind === "error") fail(card, event.why);
  else step(event, steps);
}

function fail(card, why) {
  card.replaceChildren(element("p", {}, why));
  card.classList.add("failed");
  say(why, true);
}

async function send(question, signal) {
  const response = await fetch("/api/ask", {
    method: "POST",
    signal,
    headers: { "content-type": "application/json", "x-npsight-seal": SEAL },
    body: JSON.stringify({ question, conversation: state.conversation, audience: $("audience").value || null }),
  });
  if (response.ok) return response;
  const text = await response.text();
  let why = text;
  try {
    why = JSON.parse(text).error ?? text;
  } catch {
    // it was no JSON: the text is the reason
  }
  throw new Error(why);
}

async function ask(question) {
  if (state.abort || !question.trim()) return;
  document.querySelector(".welcome")?.remove();
  const card = turn(question);
  const steps = element("ul", { className: "steps" });
  card.append(steps);
  card.parentElement.scrollIntoView({ block: "start" });
  busy(true);
  try {
    const response = await send(question, state.abort.signal);
    const said = { text: "", done: false };
    for await (const event of events(response)) take(event, card, steps, said);
    // Without an answer a new conversation holds nothing yet, and cannot be gone on with.
    if (said.done) state.conversation = response.headers.get("x-npsight-conversation");
    if (!said.done && !card.classList.contains("failed")) fail(card, "The answer broke off; ask again.");
  } catch (error) {
    fail(card, error.name === "AbortError" ? "Stopped." : error.message);
  } finally {
    busy(false);
    await list();
  }
}

function busy(now) {
  state.abort = now ? new AbortController() : null;
  $("send").hidden = now;
  $("stop").hidden = !now;
  $("log").setAttribute("aria-busy", String(now));
  for (const button of document.querySelectorAll(".option, #new, #conversations button")) button.disabled = now;
  if (now) say("…");
  else $("question").focus();
}

// ---- conversations ---------------------------------------------------------------------------------------------

async function read(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

async function list() {
  let found;
  try {
    found = (await read("/api/conversations")).conversations;
  } catch {
    return; // the server is gone; the next question will say so
  }
  const items = found.map((one) => {
    const button = element("button", { type: "button" }, one.question || one.id);
    button.append(element("span", { className: "dim" }, when(one)));
    if (one.id === state.conversation) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => open(one.id));
    return element("li", {}, button);
  });
  $("conversations").replaceChildren(...items);
}

function when(one) {
  const turns = `${one.turns} ${one.turns === 1 ? "question" : "questions"}`;
  return one.began ? `${new Date(one.began).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })} · ${turns}` : turns;
}

async function open(name) {
  if (state.abort) return;
  const { turns } = await read(`/api/conversations/${encodeURIComponent(name)}`);
  state.conversation = name;
  $("log").replaceChildren();
  for (const one of turns) turn(one.question).append(marks(one.answer));
  say(`Conversation of ${turns.length} questions opened.`, true);
  await list();
  $("log").lastElementChild?.scrollIntoView({ block: "start" });
  $("question").focus();
}

function fresh() {
  state.conversation = null;
  $("log").replaceChildren();
  say("");
  welcome();
  list();
  $("question").focus();
}

async function welcome() {
  const about = await read("/api/about");
  const parts = [about.data, about.as_of ? `as of ${about.as_of}` : "", about.model];
  $("about").textContent = parts.filter(Boolean).join(" · ");
  if (!$("audience").value) $("audience").value = about.audience;
  if (!$("log").childElementCount) {
    const made = element("section", { className: "welcome" }, element("p", {}, "Ask in plain words, for example:"));
    made.append(optionButtons(about.asks));
    $("log").append(made);
  }
}

// ---- begin -----------------------------------------------------------------------------------------------------

function begin() {
  const narrow = window.matchMedia("(max-width: 760px)");
  if (narrow.matches) $("earlier").open = false;
  $("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const question = $("question").value;
    if (state.abort || !question.trim()) return;
    $("question").value = "";
    ask(question.trim());
  });
  $("question").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $("form").requestSubmit();
    }
  });
  $("stop").addEventListener("click", () => state.abort?.abort());
  $("new").addEventListener("click", fresh);
  welcome();
  list();
  if (!narrow.matches) $("question").focus();
}

begin();
