// A small part of Markdown as DOM nodes: paragraphs, headings, lists, tables, bold, italic, code.
// Everything else is text. No links, no images, no markup: nothing here takes HTML.

const INLINE = /\\([\\`*_{}[\]()#+\-.!|~<>])|`([^`\n]+)`|\*\*((?:[^*]|\*(?!\*))+)\*\*|\*([^*\s](?:[^*]*[^*\s])?)\*/g;

export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function inline(text) {
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(text.slice(at, found.index));
    const [whole, escaped, code, bold, italic] = found;
    if (escaped !== undefined) nodes.push(escaped);
    else if (code !== undefined) nodes.push(element("code", {}, code));
    else if (bold !== undefined) nodes.push(element("strong", {}, ...inline(bold)));
    else nodes.push(element("em", {}, ...inline(italic)));
    at = found.index + whole.length;
  }
  nodes.push(text.slice(at));
  return nodes.filter((node) => node !== "");
}

const KINDS = [
  ["head", /^#{1,6}\s+(.*)$/],
  ["dot", /^\s*[-*•]\s+(.*)$/],
  ["number", /^\s*\d{1,3}[.)]\s+(.*)$/],
  ["row", /^\s*\|(.*)\|\s*$/],
];

function kindOf(line) {
  for (const [kind, pattern] of KINDS) {
    const found = line.match(pattern);
    if (found) return [kind, found[1]];
  }
  return [line.trim() ? "words" : "blank", line.trim()];
}

function groups(text) {
  const found = [];
  for (const line of text.split("\n")) {
    const [kind, rest] = kindOf(line);
    const last = found.at(-1);
    const goesOn = last && (last.kind === kind || (kind === "words" && /^\s+/.test(line) && last.kind !== "blank"));
    if (goesOn && kind === "words" && last.kind !== "words") last.lines.push(`${last.lines.pop()} ${rest}`);
    else if (goesOn && kind !== "head") last.lines.push(rest);
    else found.push({ kind, lines: [rest], start: line });
  }
  return found.filter((group) => group.kind !== "blank");
}

function table(lines) {
  const rows = lines.map((line) => line.split("|").map((cell) => cell.trim()));
  const body = rows.filter((row) => !row.every((cell) => /^:?-+:?$/.test(cell)));
  const made = element("table");
  body.forEach((row, number) => {
    const cells = row.map((cell) => element(number ? "td" : "th", {}, ...inline(cell)));
    made.append(element("tr", {}, ...cells));
  });
  return element("div", { className: "scroll", tabIndex: 0 }, made);
}

export function marks(text) {
  const made = document.createDocumentFragment();
  for (const { kind, lines, start } of groups(text)) {
    if (kind === "head") made.append(element("h3", {}, ...inline(lines[0])));
    else if (kind === "row") made.append(table(lines));
    else if (kind === "dot" || kind === "number") {
      const list = element(kind === "dot" ? "ul" : "ol");
      if (kind === "number") list.start = Number.parseInt(start, 10) || 1;
      list.append(...lines.map((line) => element("li", {}, ...inline(line))));
      made.append(list);
    } else made.append(element("p", {}, ...inline(lines.join(" "))));
  }
  return made;
}
