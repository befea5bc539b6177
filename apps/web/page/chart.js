// Values with their intervals on a common axis. The table beside it holds the same figures for those who do not see it.

const SVG = "http://www.w3.org/2000/svg";
const WIDEST = 600;
const NARROWEST = 260;
const ROW = 26;
const STEPS = [1, 2, 5, 10, 20, 25, 50, 100];

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}

function ends(items, width) {
  let low = Math.min(...items.map((item) => item.low));
  let high = Math.max(...items.map((item) => item.high));
  const reach = Math.max(high - low, 1);
  if (low > 0 && low < reach / 4) low = 0;
  if (high < 0 && high > -reach / 4) high = 0;
  const step = STEPS.find((each) => (high - low) / each <= width / 80) ?? 100;
  return [Math.floor(low / step) * step, Math.ceil(high / step) * step, step];
}

const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export function chart(items, title, room) {
  const width = Math.max(NARROWEST, Math.min(WIDEST, room));
  const label = Math.round(width * 0.28);
  const [low, high, step] = ends(items, width);
  const height = ROW * (items.length + 1) + 6;
  const at = (value) => label + ((value - low) / Math.max(high - low, 1)) * (width - label - 16);
  const made = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "chart" });
  made.append(shape("title", {}, `${title}: values with their 95% intervals, as in the table`));
  for (let tick = low; tick <= high + step / 1e6; tick += step) {
    const kind = tick === 0 ? "zero" : "tick";
    made.append(shape("line", { class: kind, x1: at(tick), x2: at(tick), y1: ROW - 6, y2: height }));
    const told = tick > 0 ? `+${tick}` : String(tick);
    made.append(shape("text", { class: "scale", x: at(tick), y: 14, "text-anchor": "middle" }, told));
  }
  items.forEach((item, number) => {
    const y = ROW * (number + 1) + 8;
    const row = shape("g", {});
    row.append(shape("title", {}, `${item.label}: ${item.told}`));
    row.append(shape("text", { class: "label", x: label - 10, y: y + 4, "text-anchor": "end" }, cut(item.label, Math.floor(label / 7.5))));
    row.append(shape("line", { class: "reach", x1: at(item.low), x2: at(item.high), y1: y, y2: y }));
    for (const end of [item.low, item.high])
      row.append(shape("line", { class: "reach", x1: at(end), x2: at(end), y1: y - 5, y2: y + 5 }));
    row.append(shape("circle", { class: "value", cx: at(item.value), cy: y, r: 4.5 }));
    made.append(row);
  });
  return made;
}
