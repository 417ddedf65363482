/* The page of one search: the drawn tree, its outline, details of a step, the chosen chain. */

class SearchView {
  constructor(data) {
    Object.assign(this, data);
    this.byKey = new Map(this.nodes.map((node, place) => [node.key, place]));
    this.pointed = null;
    this.held = null;
    this.root = this.build();
    this.show();
  }

  build() {
    const on = { point: (key) => this.point(key), choose: (key) => this.choose(key), leave: (to) => this.leave(to), filled: () => this.show(true) };
    this.picture = drawTree(this.nodes);
    this.dots = new Map([...this.picture.querySelectorAll("[data-key]")].map((dot) => [dot.dataset.key, dot]));
    this.lit = [];
    listbox(this.picture, "Search tree, drawn", on);
    this.outline = new Outline(this.nodes, on);
    this.content = el("div");
    const close = el("button", { type: "button", class: "close", "aria-label": "Close details" }, "×");
    close.addEventListener("click", () => this.release());
    this.panel = el("aside", { class: "panel", "aria-label": "Details of a step", tabindex: "-1" }, close, this.content);
    this.content.addEventListener("click", (event) => {
      const link = event.target.closest("[data-go]");
      if (link) this.hold(link.dataset.go);
    });
    if (!this.nodes.length) return el("p", { class: "notice" }, "Nothing was drawn.");
    return el(
      "article",
      { class: "trace" },
      el("section", { class: "drawing" }, el("h3", {}, "Search tree"), el("div", { class: "scroll" }, this.picture)),
      el("div", { class: "columns two" }, el("section", { class: "steps" }, el("h3", {}, "Steps"), this.bar(), this.outline.box, this.empty), this.panel),
    );
  }

  // --- filters -----------------------------------------------------------------------------------------------
  bar() {
    const { nodes } = this;
    const kinds = [["", "tree", () => true], ["whole", "whole chains", (node) => node.finish === "end"], ["chosen", "chosen chain", (node) => node.chosen]];
    for (const status of Object.keys(WORDS)) kinds.push([status, WORDS[status][0], (node) => node.status === status]);
    const present = kinds.map(([value, label, test]) => [value, label, test, nodes.filter(test).length]).filter(([, , , count]) => count);
    this.tests = new Map(present.map(([value, , test]) => [value, test]));
    this.kind = "";
    const chips = present.map(([value, label, , count]) =>
      el("button", { type: "button", class: `chip ${value in WORDS ? value : ""}`, "data-filter": value, "aria-pressed": value ? "false" : "true" }, value in WORDS ? mark(value) : null, label, " ", el("span", {}, String(count))),
    );
    this.input = el("input", { type: "search", autocomplete: "off", placeholder: "words of a step" });
    this.empty = el("p", { class: "none", role: "status", hidden: true }, "No step matches.");
    for (const chip of chips) {
      chip.addEventListener("click", () => {
        this.kind = chip.dataset.filter;
        chips.forEach((one) => one.setAttribute("aria-pressed", String(one === chip)));
        this.filter();
      });
    }
    this.input.addEventListener("input", () => this.filter());
    const button = (label, open) => {
      const made = el("button", { type: "button", class: "chip" }, label);
      made.addEventListener("click", () => this.outline.all(open));
      return made;
    };
    this.folds = el("div", { class: "chips" }, button("open all", true), button("close all", false));
    this.folds.hidden = nodes.every((node) => node.main);
    return el("div", { class: "bar" }, el("div", { class: "chips", role: "group", "aria-label": "Show steps" }, chips), this.folds, el("label", { class: "search" }, el("span", {}, "Search steps"), this.input));
  }

  filter() {
    const sought = this.input.value.trim().toLowerCase();
    const test = this.tests.get(this.kind);
    const plain = !sought && !this.kind;
    const places = plain ? null : this.nodes.map((_, place) => place).filter((place) => test(this.nodes[place]) && this.nodes[place].text.toLowerCase().includes(sought));
    this.folds.hidden = !plain || this.nodes.every((node) => node.main);
    this.empty.hidden = plain || places.length > 0;
    this.outline.only(places);
  }

  // --- pointing and holding ----------------------------------------------------------------------------------
  point(key) {
    if (key !== null && !this.byKey.has(key)) return;
    if (key !== this.pointed) {
      this.pointed = key;
      this.show();
    }
  }

  choose(key) {
    if (this.byKey.has(key)) this.hold(key === this.held ? null : key);
    else this.outline.toggle(Number(key.slice(7)) - 1);
  }

  hold(key) {
    this.held = this.byKey.has(key) ? key : null;
    if (this.held === null) this.pointed = null;
    else this.outline.reveal(this.byKey.get(key));
    this.show();
    if (this.held) {
      const row = this.outline.option(this.held);
      if (row && !this.outline.box.contains(document.activeElement)) row.scrollIntoView({ block: "nearest" });
    }
    history.replaceState(null, "", this.held ? `#${this.held}` : "#");
  }

  leave(to) {
    if (!(to instanceof Node && this.panel.contains(to))) this.point(null);
  }

  release() {
    const row = this.held && this.outline.option(this.held);
    if (row && this.panel.contains(document.activeElement)) row.focus({ preventScroll: true });
    this.hold(null);
  }

  /** Brings rows, drawing and panel in line. `anew`: the rows are new. */
  show(anew = false) {
    if (!this.root) return;
    const key = this.pointed || this.held;
    if (!anew && key === this.spoken && this.held === this.marked) return;
    const line = new Set();
    for (let node = this.nodes[this.byKey.get(key)]; node; node = this.nodes[node.parent]) line.add(node.key);
    for (const one of this.lit) {
      one.classList.remove("active", "above");
      one.setAttribute("aria-selected", "false");
    }
    const places = (of) => [this.dots.get(of), this.outline.option(of)].filter(Boolean);
    this.lit = [...line, ...(this.held ? [this.held] : [])].flatMap(places);
    for (const one of this.lit) {
      if (line.has(one.dataset.key)) one.classList.add(one.dataset.key === key ? "active" : "above");
      one.setAttribute("aria-selected", String(one.dataset.key === this.held));
    }
    this.root.classList.toggle("holding", this.held !== null);
    if (key !== this.spoken || !this.content.childElementCount) {
      const hint = "Point at a step to see its verdict, what it rests on and its score. Click it, or press Enter, to keep it here.";
      this.content.replaceChildren(...(key ? this.details(key) : [el("p", { class: "muted hint" }, hint)]).flat(Infinity).filter((part) => part !== null && part !== ""));
    }
    Object.assign(this, { spoken: key, marked: this.held });
  }

  // --- details -----------------------------------------------------------------------------------------------
  line(place) {
    const found = [];
    for (let at = place; at >= 0; at = this.nodes[at].parent) {
      found.unshift(at);
      if (this.nodes[at].anew) break; // the steps of a chain are its own
    }
    return found;
  }

  /** [text, key] of what a premise's label names, seen from a node. */
  premise(label, place, granted) {
    const [source, number] = label.split(" ");
    const index = Number(number) - 1;
    if (source === "context") return [this.context[index] || "", null];
    if (source !== "step") return [Object.hasOwn(granted, label) ? granted[label] : "", null];
    const steps = this.line(place).flatMap((at) => this.nodes[at].steps.map((step) => [step.text, this.nodes[at].key]));
    return steps[index] || ["", null];
  }

  details(key) {
    const place = this.byKey.get(key);
    const node = this.nodes[place];
    const ends = { end: "The reply ends here.", length: "Cut off by the limit on tokens.", stop: "" };
    const said = node.steps.length === 1 && node.steps[0].text.trim() === node.text.trim();
    return [
      el("h3", { class: "subject" }, node.anew ? "Begun anew " : `Step ${node.number} `, el("span", { class: "tag" }, `draw ${node.draw}`)),
      el("p", {}, node.chosen ? el("span", { class: "standing chosen" }, "on the chosen chain") : el("span", { class: "standing" }, "discarded"), " ", ends[node.finish] || ""),
      el("blockquote", { class: "said" }, written(node)),
      node.rated ? [heading("Score"), el("p", { class: "said" }, el("b", {}, scoreOf(node)), node.why ? ` ${node.why}` : "", node.score === null ? " (the verifier abstains)" : "")] : el("p", { class: "muted" }, "Nobody scored the chain at this step."),
      node.steps.map((step) => this.judged(step, place, said ? "" : step.text)),
      node.answer ? this.judged(node.answer, place, `Answer: ${node.answer.text}`) : null,
      node.steps.length || node.answer ? null : el("p", { class: "muted" }, "The step checker did not judge this step."),
      node.did.length ? [heading("What the search did here"), node.did.map((text) => el("p", { class: "said" }, text))] : null,
      this.family(place),
      node.tokens === null ? null : el("p", { class: "muted small" }, `${node.tokens} token${node.tokens === 1 ? "" : "s"}`),
    ];
  }

  judged(judged, place, title) {
    const premises = judged.premises.map((label) => [label, ...this.premise(label, place, judged.granted)]);
    const items = premises.map(([label, text, key]) =>
      el("li", {}, key ? el("button", { type: "button", class: "link", "data-go": key }, el("b", {}, label), " ", el("span", { class: "said" }, text)) : el("p", { class: "link still" }, el("b", {}, label), " ", el("span", { class: "said" }, text))),
    );
    return el(
      "section",
      { class: "claim" },
      title ? el("h3", { class: "said" }, title) : null,
      el("p", {}, pill(judged.status), " ", el("span", { class: "muted" }, WORDS[judged.status][1])),
      judged.reason ? [heading("Why"), el("p", { class: "said" }, judged.reason)] : [],
      items.length ? [heading(judged.status === "contradicted" ? "Shown wrong by" : "Rests on"), el("ul", { class: "links" }, items)] : [],
      judged.leap ? [heading("Leap"), el("p", {}, judged.leap)] : [],
    );
  }

  /** Links to what was drawn before and after. */
  family(place) {
    const node = this.nodes[place];
    const name = (one) => [one.key, `draw ${one.draw}`, cut(one.text, 70) || "(end)"];
    const after = (this.outline.kids.get(place) || []).slice(0, 8).map((at) => name(this.nodes[at]));
    const before = this.nodes[node.parent];
    return [before ? [heading("Follows"), linkList([[before.key, before.anew ? "begun anew" : `step ${before.number}`, cut(before.text, 70)]])] : [], after.length ? [heading("Drawn behind it"), linkList(after)] : []];
  }
}

const search = new SearchView(JSON.parse(byId("search-data").textContent));
byId("search").append(search.root);

let chain = null;
if (byId("data-1")) {
  chain = new TraceView(JSON.parse(byId("data-1").textContent), () => {});
  byId("trace").append(el("h2", {}, "The chosen chain"), chain.root);
  byId("trace").hidden = false;
}

function goTo() {
  const key = location.hash.slice(1);
  if (search.nodes.length && key !== (search.held || "")) search.hold(key || null);
}

addEventListener("hashchange", goTo);
addEventListener("beforeprint", () => chain && printDetails(chain));
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  search.release();
  if (chain) chain.release();
});
goTo();
