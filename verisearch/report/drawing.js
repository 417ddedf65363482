/* The proof graph as SVG, from places that were worked out beforehand. */

/** A smooth line through the points, vertical at each of them. */
function route(points) {
  const parts = [`M${points[0][0]} ${points[0][1]}`];
  for (let i = 1; i < points.length; i += 1) {
    const [x0, y0] = points[i - 1];
    const [x, y] = points[i];
    const bend = (y - y0) / 2;
    parts.push(x === x0 ? `L${x} ${y}` : `C${x0} ${y0 + bend} ${x} ${y - bend} ${x} ${y}`);
  }
  return parts.join("");
}

function drawEdge(edge) {
  const [x, y] = edge.points[edge.points.length - 1];
  return svg(
    "g",
    { class: `edge ${edge.relation}`, "data-source": edge.source, "data-target": edge.target },
    svg("path", { class: "line", d: route(edge.points) }),
    svg("path", { class: "head", d: `M${x} ${y}l-4 -7h8z` }),
  );
}

function drawNode(node, width, height) {
  const word = node.status ? WORDS[node.status][0] : "";
  const modulo = node.modulo ? " modulo commonsense" : "";
  const told = `${node.label}${word ? `, ${word}${modulo}` : ""}: ${node.lines.join(" ")}`;
  const sign = node.status
    ? svg("use", { class: "mark", href: `#mark-${node.status}`, x: width - 25, y: 8, width: 16, height: 16 })
    : null;
  return svg(
    "g",
    {
      class: `node kind-${node.kind} ${node.status}`,
      transform: `translate(${node.x} ${node.y})`,
      "data-key": node.id,
      "aria-label": visible(told),
    },
    svg("rect", { width, height, rx: node.kind === "commonsense" ? 22 : node.status ? 9 : 2 }),
    node.kind === "question" ? svg("rect", { class: "inner", x: 4, y: 4, width: width - 8, height: height - 8 }) : null,
    svg("text", { class: "label", x: 10, y: 20 }, node.label, node.modulo ? svg("tspan", { class: "modulo", dx: 7 }, "modulo") : null),
    sign,
    svg(
      "g",
      { "clip-path": "url(#node-clip)" },
      node.lines.map((line, row) => svg("text", { class: "words", x: 10, y: 39 + 16 * row }, line)),
    ),
  );
}

/** The whole drawing. Nodes stand in reading order: from above, from the left. */
function drawGraph(graph) {
  const { nodeWidth: width, nodeHeight: height } = graph;
  const margin = 6;
  const clip = svg("clipPath", { id: "node-clip" }, svg("rect", { width: width - 8, height }));
  const nodes = [...graph.nodes].sort((one, two) => one.y - two.y || one.x - two.x);
  const picture = svg(
    "svg",
    {
      class: "graph",
      viewBox: `${-margin} ${-margin} ${graph.width + 2 * margin} ${graph.height + 2 * margin}`,
      width: graph.width + 2 * margin,
    },
    svg("defs", {}, clip),
    svg("g", { class: "edges", "aria-hidden": "true" }, graph.edges.map(drawEdge)),
    nodes.map((node) => drawNode(node, width, height)),
  );
  picture.style.minWidth = `${Math.round(graph.width * 0.7)}px`;
  return picture;
}
