/* The search tree as an outline: a chain stays on one level, what was drawn beside it can be opened and closed. */

/** Trees up to this size are shown open. */
const OPEN_UP_TO = 60;

/** A node's text, or what it stands for. */
function written(node) {
  return node.text.trim() || (node.asked ? `(${node.asked})` : node.anew ? "(given back with its verdicts: a new chain begins)" : "(nothing more was written)");
}

class Outline {
  /** `on` is as in `listbox`. */
  constructor(nodes, on) {
    Object.assign(this, { nodes, on });
    this.kids = new Map();
    nodes.forEach((node, place) => {
      if (!this.kids.has(node.parent)) this.kids.set(node.parent, []);
      this.kids.get(node.parent).push(place);
    });
    this.open = new Set(nodes.length <= OPEN_UP_TO ? this.kids.keys() : []);
    this.matches = null;
    this.box = el("div", { class: "options outline" });
    this.fill();
    this.settle = listbox(this.box, "Steps of the search", { ...on, turn: (key, way) => this.turn(key, way) }, ["tree", "treeitem"]);
  }

  // --- rows --------------------------------------------------------------------------------------------------
  sides(parent) {
    return (this.kids.get(parent) || []).filter((place) => !this.nodes[place].main);
  }

  main(parent) {
    return (this.kids.get(parent) || []).find((place) => this.nodes[place].main);
  }

  /** [place or null, parent, level] of every row that can be seen; null for the row that opens what lies beside. */
  rows() {
    if (this.matches) return this.matches.map((place) => [place, this.nodes[place].parent, 0]);
    const found = [];
    const lines = [[-1, 0]];
    // a line goes down to its end; the branches beside it are lines of their own, listed before it goes on
    const walk = [{ parent: -1, level: 0, sides: null }];
    while (walk.length) {
      const here = walk[walk.length - 1];
      if (here.sides === null) {
        const sides = this.sides(here.parent);
        if (sides.length) found.push([null, here.parent, here.level]);
        here.sides = this.open.has(here.parent) ? sides : [];
        here.next = 0;
      }
      if (here.next < here.sides.length) {
        const place = here.sides[here.next];
        here.next += 1;
        found.push([place, here.parent, here.level + 1]);
        walk.push({ parent: place, level: here.level + 1, sides: null });
        continue;
      }
      const main = this.main(here.parent);
      if (main === undefined) walk.pop();
      else {
        found.push([main, here.parent, here.level]);
        Object.assign(here, { parent: main, sides: null });
      }
    }
    return found;
  }

  fill() {
    const rows = this.rows().map(([place, parent, level]) => (place === null ? this.fold(parent, level) : this.row(place, level)));
    this.shown = new Map(rows.map((row) => [row.dataset.key, row]));
    this.box.replaceChildren(...rows);
  }

  /** Builds the rows anew and keeps the focus where it was. */
  refill() {
    const held = document.activeElement && this.box.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.fill();
    this.settle();
    const again = held && this.option(held);
    if (again) again.focus({ preventScroll: true });
    this.on.filled();
  }

  option(key) {
    return this.shown.get(key) || null;
  }

  row(place, level) {
    const node = this.nodes[place];
    const off = node.chosen ? " chosen" : " off";
    const badges = [node.leap > 1 ? `leap ${node.leap}` : "", node.verified ? "verified" : "", node.finish === "end" ? "end" : node.finish === "length" ? "cut off" : ""].filter(Boolean);
    return el(
      "div",
      { class: `option step ${node.status || "no-claim"}${off} level-${Math.min(level, 12)}`, "data-key": node.key, "aria-level": level + 1, "aria-label": visible(told(node)) },
      el("span", { class: "number" }, node.anew ? "" : String(node.number)),
      el(
        "span",
        { class: "body" },
        el("span", { class: "said text" }, written(node)),
        el("span", { class: "meta" }, badges.map((badge) => el("span", { class: "badge" }, badge)), node.status ? pill(node.status) : null, node.rated ? el("span", { class: "score", title: "score" }, scoreOf(node)) : null),
      ),
    );
  }

  /** The row that opens and closes what was drawn beside a step. */
  fold(parent, level) {
    const sides = this.sides(parent);
    const open = this.open.has(parent);
    const steps = sides.reduce((sum, place) => sum + 1 + this.nodes[place].below, 0);
    const scores = sides.map((place) => this.nodes[place].score).filter((score) => score !== null);
    const counts = Object.keys(WORDS).map((status) => [status, sides.filter((place) => this.nodes[place].status === status).length]);
    const chosen = this.nodes[this.main(parent)].chosen;
    const what = `${sides.length} other draw${sides.length === 1 ? "" : "s"}`;
    return el(
      "div",
      { class: `option fold level-${Math.min(level, 12)}`, "data-key": `beside-${parent + 1}`, "aria-level": level + 1, "aria-expanded": String(open) },
      el("span", { class: "arrow", "aria-hidden": "true" }, open ? "▾" : "▸"),
      el("span", {}, chosen ? `${what}, discarded` : what),
      steps > sides.length ? el("span", { class: "muted" }, `${steps} steps`) : null,
      counts.filter(([, count]) => count).map(([status, count]) => el("span", { class: `tally ${status}`, title: WORDS[status][0] }, mark(status), String(count))),
      scores.length ? el("span", { class: "muted" }, `best score ${Math.max(...scores).toFixed(2)}`) : null,
    );
  }

  // --- opening and closing -----------------------------------------------------------------------------------
  toggle(parent) {
    if (this.open.has(parent)) this.open.delete(parent);
    else this.open.add(parent);
    this.refill();
  }

  all(open) {
    this.open = new Set(open ? this.kids.keys() : []);
    this.refill();
  }

  /** Right opens, left closes or goes to the step that a branch comes from. */
  turn(key, way) {
    if (key.startsWith("beside-")) {
      const parent = Number(key.slice(7)) - 1;
      if (this.open.has(parent) !== (way > 0)) this.toggle(parent);
      return;
    }
    const place = this.nodes.findIndex((node) => node.key === key);
    if (place < 0 || this.matches) return;
    const { parent } = this.nodes[place];
    const to = way > 0 ? this.option(`beside-${place + 1}`) : this.nodes[place].main ? this.option(`n-${this.nodes[parent] ? this.nodes[parent].key.slice(2) : ""}`) : this.option(`beside-${parent + 1}`);
    if (to) to.focus();
  }

  /** Opens all that stands between the start and a node. */
  reveal(place) {
    if (this.matches) return;
    let changed = false;
    for (let node = this.nodes[place]; node; node = this.nodes[node.parent]) {
      if (!node.main && !this.open.has(node.parent)) {
        this.open.add(node.parent);
        changed = true;
      }
    }
    if (changed) this.refill();
  }

  /** Shows only these places, as a plain list; null: the tree. */
  only(places) {
    this.matches = places;
    this.refill();
  }
}
