/* The whole search tree as SVG: depth runs to the right, a chain stays in its row, the chosen one on top. */

/** Sizes in pixels by the number of rows: a few rows have room for words, thousands for dots. */
function mapScale(rows, depth) {
  const steps = [[14, 38, 8], [40, 24, 8], [120, 12, 4.2], [400, 7, 2.7], [Infinity, 4, 1.9]];
  const [, row, radius] = steps.find(([most]) => rows <= most);
  const widest = row >= 38 ? 200 : 90;
  const column = Math.max(row >= 24 ? 30 : 11, Math.min(widest, 1200 / (depth + 1)));
  const words = row >= 38 && column >= 110 ? Math.floor((column - 14) / 5.9) : 0;
  return { row: words || row < 38 ? row : 24, radius, column: Math.round(column), words, scores: row >= 24 && column >= 46 };
}

function scoreOf(node) {
  return node.score === null ? "–" : node.score.toFixed(2);
}

/** What a node is, in one line. */
function told(node) {
  const word = node.status ? WORDS[node.status][0] : "not judged";
  const score = node.rated ? `, score ${scoreOf(node)}` : "";
  return `step ${node.number}, draw ${node.draw}, ${node.chosen ? "chosen" : "discarded"}, ${word}${score}: ${node.text.slice(0, 100)}`;
}

/** `text` in at most `most` characters. */
function cut(text, most) {
  const flat = [...text.replace(/\s+/g, " ").trim()];
  return flat.length > most ? `${flat.slice(0, Math.max(1, most - 1)).join("")}…` : flat.join("");
}

function drawDot(node, x, y, scale) {
  const small = scale.radius < 6;
  const size = 2 * scale.radius;
  const shape = node.status && !small
    ? [svg("circle", { class: "back", cx: x, cy: y, r: scale.radius + 1 }), svg("use", { class: "mark", href: `#mark-${node.status}`, x: x - scale.radius, y: y - scale.radius, width: size, height: size })]
    : [svg("circle", { class: "dot", cx: x, cy: y, r: node.chosen && small ? scale.radius * 1.3 : scale.radius * (small ? 1 : 0.6) })];
  const score = node.rated && scale.scores ? scoreOf(node) : "";
  const words = scale.words ? cut(node.text.replace(/^\s*[-*•]\s/, ""), scale.words - (score ? 5 : 0)) : "";
  const under = scale.words ? { x: x + 2, y: y + scale.radius + 12 } : { x: x + scale.radius + 5, y: y + 3.5 };
  const label = score || words
    ? svg("text", under, score ? svg("tspan", { class: "score" }, score) : "", score && words ? " " : "", words)
    : null;
  const hit = svg("rect", { class: "hit", x: x - scale.column * 0.45, y: y - scale.row / 2, width: scale.column * 0.9, height: scale.row });
  const halo = svg("circle", { class: "halo", cx: x, cy: y, r: scale.radius + (small ? 2.6 : 5) });
  return svg("g", { class: `twig ${node.status || "no-claim"}${node.chosen ? " chosen" : " off"}`, "data-key": node.key, "aria-label": visible(told(node)) }, hit, halo, shape, node.finish === "end" ? svg("circle", { class: "end", cx: x, cy: y, r: scale.radius + (small ? 1.2 : 3.2) }) : null, label);
}

/** From a node to its child: down at the node's own column, then to the right. */
function branchLine(from, to, chosen) {
  const bend = Math.min(7, Math.abs(to.y - from.y) / 2);
  const d = from.y === to.y ? `M${from.x} ${from.y}H${to.x}` : `M${from.x} ${from.y}V${to.y - bend}q0 ${bend} ${bend} ${bend}H${to.x}`;
  return svg("path", { class: chosen ? "line chosen" : "line", d });
}

/** The drawing. `nodes` are as the page's data has them. */
function drawTree(nodes) {
  const rows = 1 + Math.max(0, ...nodes.map((node) => node.row));
  const depth = Math.max(0, ...nodes.map((node) => node.depth));
  const scale = mapScale(rows, depth);
  const place = (node) => ({ x: 14 + node.depth * scale.column, y: 14 + node.row * scale.row });
  const start = { x: 14, y: 14 };
  const lines = nodes.map((node) => branchLine(node.parent < 0 ? start : place(nodes[node.parent]), place(node), node.chosen));
  const chosen = lines.filter((line) => line.classList.contains("chosen"));
  const width = 28 + depth * scale.column + (scale.words ? scale.column - 30 : 44);
  const height = 28 + (rows - 1) * scale.row + (scale.scores ? 14 : 0);
  return svg(
    "svg",
    { class: scale.radius < 4 ? "treemap dense" : "treemap", viewBox: `0 0 ${width} ${height}`, width, height },
    svg("g", { "aria-hidden": "true" }, lines.filter((line) => !chosen.includes(line)), chosen, svg("circle", { class: "start", cx: start.x, cy: start.y, r: Math.max(3, scale.radius * 0.5) })),
    nodes.map((node) => drawDot(node, place(node).x, place(node).y, scale)),
  );
}
