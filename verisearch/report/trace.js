/* One trace: its context, steps and graph, and how they point at each other. */

/** Which claims rest on which, by node of the graph. */
class Links {
  constructor(edges) {
    this.before = new Map();
    this.after = new Map();
    for (const { source, target, relation } of edges) {
      if (relation === "if-granted") continue;
      Links.add(this.before, target, source);
      Links.add(this.after, source, target);
    }
  }

  static add(map, key, value) {
    if (!map.has(key)) map.set(key, []);
    map.get(key).push(value);
  }

  /** All that `nodes` rest on, at any distance. */
  ancestors(nodes) {
    const found = new Set();
    const open = [...nodes];
    while (open.length) {
      for (const source of this.before.get(open.pop()) || []) {
        if (!found.has(source)) {
          found.add(source);
          open.push(source);
        }
      }
    }
    return found;
  }
}

class TraceView {
  /** `told(key or null)` hears what is held. */
  constructor(data, told) {
    Object.assign(this, data);
    this.told = told;
    this.links = new Links(this.graph.edges);
    this.byNode = new Map(this.graph.nodes.map((node) => [node.id, node]));
    this.pointed = null;
    this.held = null;
    this.root = this.build();
    this.show();
  }

  // --- what a key stands for ---------------------------------------------------------------------------------
  /** Steps make several claims: `step-2b` belongs to `step-2`. Other keys stand for themselves. */
  owner(key) {
    const match = /^(step-\d+)[a-z]*$/.exec(key || "");
    return match ? match[1] : key;
  }

  /** The nodes of the graph that `key` stands for. */
  nodes(key) {
    if (this.byNode.has(key)) return [key];
    return this.graph.nodes.map((node) => node.id).filter((id) => id !== key && this.owner(id) === key);
  }

  stepPlace(key) {
    const number = Number(this.owner(key).slice(5));
    return this.verdict.steps.findIndex((step) => step.step.index + 1 === number);
  }

  known(key) {
    return this.root.querySelector(`[data-key="${CSS.escape(this.owner(key))}"]`) !== null;
  }

  // --- building ----------------------------------------------------------------------------------------------
  build() {
    const on = { point: (key) => this.point(key), choose: (key) => this.choose(key), leave: (to) => this.leave(to) };
    this.contextBox = el("div", { class: "options" }, this.contextOptions());
    this.stepBox = el("div", { class: "options" }, this.stepOptions());
    this.content = el("div");
    const close = el("button", { type: "button", class: "close", "aria-label": "Close details" }, "×");
    close.addEventListener("click", () => this.release());
    this.panel = el("aside", { class: "panel", "aria-label": "Details", tabindex: "-1" }, close, this.content);
    this.content.addEventListener("click", (event) => this.follow(event));
    this.panel.addEventListener("focusout", (event) => this.leave(event.relatedTarget));
    const picture = this.graph.nodes.length ? drawGraph(this.graph) : null;
    listbox(this.contextBox, "Context sentences", on);
    this.settle = listbox(this.stepBox, "Steps", on);
    if (picture) listbox(picture, "Proof graph", on);
    this.picture = picture;
    return el(
      "article",
      { class: "trace" },
      this.banner(),
      el(
        "div",
        { class: "columns" },
        el("section", { class: "context" }, el("h3", {}, "Context", this.usedCount()), this.contextBox),
        el("section", { class: "steps" }, el("h3", {}, "Steps"), this.filterBar(), this.stepBox, this.empty),
        this.panel,
      ),
      picture ? el("section", { class: "drawing" }, el("h3", {}, "Proof graph"), el("div", { class: "scroll" }, picture)) : null,
      this.checked(),
    );
  }

  banner() {
    const { verdict, words } = this;
    const asked = verdict.problem.statement || verdict.problem.question;
    return el(
      "header",
      { class: `banner ${verdict.status}` },
      el("h2", {}, el("span", { class: "said" }, words.name), asked ? (verdict.problem.statement ? " · the statement asked about" : " · the question") : ""),
      asked ? el("p", { class: "question said" }, asked) : null,
      el("p", { class: "result" }, pill(verdict.status), words.modulo ? el("span", { class: "granted" }, words.modulo) : null, el("b", {}, words.headline)),
      el("p", { class: "said" }, words.verified),
      words.answer ? el("p", { class: "said" }, words.answer) : null,
      words.grants.length ? this.granted() : null,
      verdict.context_inconsistent ? el("p", { class: "warning" }, "The context contradicts itself. Nothing is proved by it.") : null,
      verdict.notes.map((note) => el("p", { class: "said note" }, note)),
    );
  }

  /** The commonsense that the whole holds modulo. */
  granted() {
    const box = el("div", { class: "grants" }, el("p", {}, "Granted, though nothing given says it:"), linkList(this.words.grants));
    box.addEventListener("click", (event) => this.follow(event));
    return box;
  }

  contextOptions() {
    const { verdict, words } = this;
    const sentences = verdict.problem.context.map((sentence, i) => {
      const key = `context-${i + 1}`;
      const used = this.byNode.has(key);
      return el(
        "div",
        { class: `option sentence${used ? " used" : ""}`, "data-key": key },
        el("span", { class: "number" }, String(i + 1)),
        el("span", { class: "said" }, sentence.text),
        used ? el("span", { class: "unseen" }, " (used)") : null,
        words.unread[i] ? el("span", { class: "badge" }, "not read") : null,
        words.notNeeded.includes(i) ? el("span", { class: "badge" }, "not needed") : null,
      );
    });
    const granted = this.graph.nodes.filter((node) => ["commonsense", "question"].includes(node.kind));
    const others = granted.map((node) =>
      el(
        "div",
        { class: `option sentence used kind-${node.kind}`, "data-key": node.id },
        el("span", {}, el("b", { class: "source" }, node.label), " ", el("span", { class: "said" }, this.premise(node.id).text)),
      ),
    );
    const all = [...sentences, ...others];
    return all.length ? all : [el("p", { class: "muted" }, "There is no context.")];
  }

  usedCount() {
    const all = this.verdict.problem.context.length;
    const used = this.verdict.problem.context.filter((_, i) => this.byNode.has(`context-${i + 1}`)).length;
    return all ? el("span", { class: "count" }, ` ${used} of ${all} used, in bold`) : null;
  }

  /** A premise that is no context sentence. */
  premise(key) {
    const claims = this.verdict.steps.flatMap((step) => step.claims);
    if (this.verdict.answer) claims.push(this.verdict.answer.claim);
    for (const premise of claims.flatMap((claim) => claim.premises)) {
      if (`${premise.source}-${premise.index + 1}` === key) return premise;
    }
    return { text: "", formula: null };
  }

  stepOptions() {
    const { verdict, words } = this;
    const options = verdict.steps.map((step, i) =>
      this.stepOption(`step-${step.step.index + 1}`, String(step.step.index + 1), step.step.text, step.status, step.claims, words.steps[i]),
    );
    if (verdict.answer) {
      const { given, claim } = verdict.answer;
      options.push(this.stepOption("answer", "=", `Answer: ${given}`, claim.status, [claim], [words.answerClaim]));
    }
    return options.length ? options : [el("p", { class: "muted" }, "The trace has no steps.")];
  }

  stepOption(key, number, text, status, claims, words) {
    const alone = claims.length === 1;
    const leap = Math.max(0, ...claims.map((claim) => claim.leap || 0));
    const badges = [
      leap > 1 ? `leap ${leap}` : "",
      claims.some((claim) => claim.vacuous) ? "vacuous" : "",
    ].filter(Boolean);
    const modulo = words.some((each) => each.modulo) ? el("span", { class: "granted" }, "modulo") : null;
    const reading = (claim) => (claim.read_as ? el("span", { class: "read-as" }, "read as: ", el("span", { class: "said" }, claim.read_as)) : null);
    const basis = (one) => el("span", { class: "basis" }, one.basis, one.indirect ? [one.basis ? ", " : "", el("span", { class: "modulo" }, `modulo ${one.indirect}`)] : null);
    const parts = alone
      ? [reading(claims[0]), basis(words[0])]
      : claims.map((claim, i) =>
          el("span", { class: `part ${claim.status}` }, mark(claim.status), el("span", { class: "said" }, claim.text), " ", basis(words[i]), reading(claim)),
        );
    return el(
      "div",
      { class: `option step ${status}`, "data-key": key, "data-status": status },
      el("span", { class: "number" }, number),
      el("span", { class: "body" }, el("span", { class: "said text" }, text), el("span", { class: "meta" }, pill(status), modulo, badges.map((badge) => el("span", { class: "badge" }, badge))), parts),
    );
  }

  filterBar() {
    this.empty = el("p", { class: "none", role: "status", hidden: true }, "No step matches.");
    const statuses = [...this.stepBox.querySelectorAll("[data-status]")].map((option) => option.dataset.status);
    const present = Object.keys(WORDS).filter((status) => statuses.includes(status));
    if (statuses.length < 2) return null;
    const chip = (value, label, count) =>
      el("button", { type: "button", class: `chip ${value}`, "data-filter": value, "aria-pressed": value ? "false" : "true" }, value ? mark(value) : null, label, " ", el("span", {}, String(count)));
    const bar = el(
      "div",
      { class: "bar" },
      el(
        "div",
        { class: "chips", role: "group", "aria-label": "Show steps by status" },
        chip("", "all", statuses.length),
        present.map((status) => chip(status, WORDS[status][0], statuses.filter((one) => one === status).length)),
      ),
      el("label", { class: "search" }, el("span", {}, "Search steps"), el("input", { type: "search", autocomplete: "off", placeholder: "words of a step" })),
    );
    filterable(bar, () => [...this.stepBox.querySelectorAll("[data-status]")], this.empty, () => this.settle());
    return bar;
  }

  checked() {
    const rows = this.words.facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", { class: "said" }, value)));
    return el("section", { class: "checked" }, el("h3", {}, "How it was checked"), el("dl", {}, rows));
  }

  // --- pointing and holding ----------------------------------------------------------------------------------
  point(key) {
    if (key !== this.pointed) {
      this.pointed = key;
      this.show();
    }
  }

  /** Hold `key`, or let go of it if it was held already. */
  choose(key) {
    this.hold(key === this.held ? null : key);
  }

  hold(key) {
    this.held = key !== null && this.known(key) ? key : null;
    if (this.held === null) this.pointed = null;
    this.show();
    if (this.held) this.reveal(this.held);
    this.told(this.held);
  }

  /** The focus leaves an option or the panel: what it pointed at stays only while it is inside the panel. */
  leave(to) {
    if (!(to instanceof Node && this.panel.contains(to))) this.point(null);
  }

  /** Let go of what is held; the focus goes back to it. */
  release() {
    const option = this.held && this.option(this.held);
    if (option && this.panel.contains(document.activeElement)) option.focus({ preventScroll: true });
    this.hold(null);
  }

  /** A link in the panel: hold what it names, and put the focus there. */
  follow(event) {
    const link = event.target.closest("[data-go]");
    if (!link) return;
    this.hold(link.dataset.go);
    const option = this.option(link.dataset.go);
    if (option) option.focus({ preventScroll: true });
  }

  option(key) {
    const owner = CSS.escape(this.owner(key));
    return this.root.querySelector(`.options [data-key="${owner}"]:not([hidden])`);
  }

  /** Scroll the held item, and the context sentences it rests on, into view inside their own columns. */
  reveal(key) {
    const wanted = [this.option(key), ...[...this.contextBox.querySelectorAll(".premise")].slice(0, 1)];
    for (const option of wanted.filter(Boolean)) {
      const column = option.closest(".context");
      if (column && column.scrollHeight > column.clientHeight) {
        const place = option.offsetTop - column.offsetTop;
        if (place < column.scrollTop || place + option.offsetHeight > column.scrollTop + column.clientHeight) column.scrollTop = place - 60;
      }
    }
  }

  /** Bring panel, lists and graph in line with what is pointed at or else held. */
  show() {
    const key = this.pointed || this.held;
    const own = new Set(key ? this.nodes(key) : []);
    const direct = new Set([...own].flatMap((node) => this.links.before.get(node) || []));
    const all = this.links.ancestors(own);
    const given = key !== null && !/^(step|answer)/.test(key);
    const uses = new Set(given ? [...own].flatMap((node) => this.links.after.get(node) || []) : []);
    this.paintLists(key, direct, all, uses);
    if (this.picture) this.paintGraph(key, own, direct, all, uses);
    this.root.classList.toggle("holding", this.held !== null);
    this.fillPanel(key);
  }

  paintLists(key, direct, all, uses) {
    const owners = (nodes) => new Set([...nodes].map((node) => this.owner(node)));
    const [near, far, users] = [owners(direct), owners(all), owners(uses)];
    const chosen = this.owner(key);
    for (const option of this.root.querySelectorAll(".options [data-key]")) {
      const one = option.dataset.key;
      setClass(option, "active", one === chosen);
      setClass(option, "premise", one !== chosen && near.has(one));
      setClass(option, "indirect", one !== chosen && far.has(one) && !near.has(one));
      setClass(option, "uses", one !== chosen && users.has(one));
      setAttribute(option, "aria-selected", String(this.held !== null && one === this.owner(this.held)));
    }
  }

  paintGraph(key, own, direct, all, uses) {
    this.picture.classList.toggle("busy", key !== null);
    for (const node of this.picture.querySelectorAll(".node")) {
      const one = node.dataset.key;
      setClass(node, "active", own.has(one));
      setClass(node, "premise", direct.has(one));
      setClass(node, "indirect", all.has(one) && !direct.has(one));
      setAttribute(node, "aria-selected", String(this.held !== null && (one === this.held || this.owner(one) === this.held)));
    }
    for (const edge of this.picture.querySelectorAll(".edge")) {
      const { source, target } = edge.dataset;
      setClass(edge, "near", own.has(target) || (own.has(source) && uses.has(target)));
      setClass(edge, "far", !own.has(target) && all.has(target));
    }
  }

  /** Only filled anew when it speaks of something else: a link must not vanish under a click. */
  fillPanel(key) {
    if (key === this.spoken) return;
    this.spoken = key;
    const hint = "Point at a step, a sentence or a node to see what it rests on. Click it, or press Enter, to keep it here.";
    const content = key ? this.details(key) : [el("p", { class: "muted hint" }, hint)];
    this.content.replaceChildren(...content.flat(Infinity).filter((part) => part !== null));
    for (const part of this.panel.querySelectorAll("[data-node]")) part.classList.toggle("chosen", part.dataset.node === key && key !== this.owner(key));
  }

  details(key) {
    const { verdict, words } = this;
    if (key === "answer" && verdict.answer) return answerDetails(verdict, words);
    if (key.startsWith("step-")) {
      const place = this.stepPlace(key);
      return place < 0 ? [] : stepDetails(verdict, words, place);
    }
    const [source, number] = key.split("-");
    const index = Number(number) - 1;
    const uses = (this.links.after.get(key) || []).map((id) => [id, this.byNode.get(id).label, this.byNode.get(id).lines.join(" ")]);
    const inContext = source === "context" && verdict.problem.context[index];
    const premise = inContext ? { text: inContext.text, formula: verdict.context_formulas[index] } : this.premise(key);
    const states = {
      context: words.notNeeded.includes(index) ? "No step needed it, so no formula was made of it." : "",
      question: "The question states it.",
      commonsense: "Nothing given says it: a language model named it. What rests on it holds only if it is granted.",
    };
    return premiseDetails(capital(`${source} ${number}`), premise.text, premise.formula, inContext ? words.unread[index] : null, states[source], uses);
  }
}

/** Chips and a search box in `bar` hide what doesn't match; `none` shows when nothing is left. */
function filterable(bar, items, none, after) {
  const input = bar.querySelector("input");
  const chips = [...bar.querySelectorAll("[data-filter]")];
  let wanted = "";
  const apply = () => {
    const sought = input.value.trim().toLowerCase();
    let left = 0;
    for (const item of items()) {
      item.hidden = Boolean((wanted && item.dataset.status !== wanted) || (sought && !item.textContent.toLowerCase().includes(sought)));
      left += item.hidden ? 0 : 1;
    }
    none.hidden = left > 0;
    after();
  };
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      wanted = chip.dataset.filter;
      chips.forEach((one) => one.setAttribute("aria-pressed", String(one === chip)));
      apply();
    });
  }
  input.addEventListener("input", apply);
}
