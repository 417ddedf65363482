/* Building blocks. Text of a trace becomes text nodes and nothing else. */

const SVG = "http://www.w3.org/2000/svg";

/** Status → [word, meaning]. */
const WORDS = JSON.parse(document.getElementById("status-words").textContent);

/** Controls and characters that reverse the order of text. */
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** The text with what can't be seen made visible. */
function visible(text) {
  return String(text).replace(/\r\n|[\u2028\u2029]/g, "\n").replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "␡" : `<U+${code.toString(16).toUpperCase().padStart(4, "0")}>`;
  });
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== "") node.append(child instanceof Node ? child : visible(child));
  }
  return node;
}

/** An HTML element; children are nodes or text. */
function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Gives a class, or takes it, where that changes anything: a page that is told what it knows draws itself anew. */
function setClass(node, name, on) {
  if (node.classList.contains(name) !== Boolean(on)) node.classList.toggle(name, Boolean(on));
}

/** Sets an attribute where that changes anything. */
function setAttribute(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

/** The sign of a status: its shape says it without its colour. */
function mark(status) {
  return svg("svg", { class: "mark", "aria-hidden": "true" }, svg("use", { href: `#mark-${status}` }));
}

/** Sign and word of a status. */
function pill(status) {
  return el("span", { class: `pill ${status}` }, mark(status), WORDS[status] ? WORDS[status][0] : status);
}

/**
 * Makes `box` a list box: one tab stop, moved through by arrow keys, Home and End.
 * Options carry `data-key`. `on.point(key or null)` follows focus and mouse; `on.choose(key)` is Enter, Space or a
 * click. With `on.turn(key, 1 or -1)` the right and left arrow keys don't move but turn. `roles`: the box's, an option's.
 */
function listbox(box, label, on, roles = ["listbox", "option"]) {
  box.setAttribute("role", roles[0]);
  box.setAttribute("aria-label", label);
  const all = () => [...box.querySelectorAll("[data-key]")];
  const shown = () => all().filter((option) => !option.hidden);
  const optionOf = (event) => event.target.closest("[data-key]");
  let stop = null;
  const rove = (to) => {
    if (stop) stop.setAttribute("tabindex", "-1");
    if (to) to.setAttribute("tabindex", "0");
    stop = to;
  };
  const dress = () =>
    all().forEach((option) => {
      option.setAttribute("role", roles[1]);
      if (!option.hasAttribute("aria-selected")) option.setAttribute("aria-selected", "false");
      if (!option.hasAttribute("tabindex")) option.setAttribute("tabindex", "-1");
    });
  dress();
  rove(all()[0]);

  box.addEventListener("focusin", (event) => {
    const option = optionOf(event);
    if (option) {
      rove(option);
      on.point(option.dataset.key);
    }
  });
  box.addEventListener("focusout", (event) => on.leave(event.relatedTarget));
  box.addEventListener("pointerover", (event) => {
    const option = optionOf(event);
    if (option && event.pointerType === "mouse") on.point(option.dataset.key);
  });
  box.addEventListener("pointerleave", (event) => {
    if (event.pointerType === "mouse") on.point(null);
  });
  box.addEventListener("click", (event) => {
    const option = optionOf(event);
    if (option) on.choose(option.dataset.key);
  });
  box.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const options = shown();
    const here = options.indexOf(optionOf(event));
    const moves = { ArrowDown: here + 1, ArrowRight: here + 1, ArrowUp: here - 1, ArrowLeft: here - 1, Home: 0, End: options.length - 1 };
    const way = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (way && on.turn) {
      if (here >= 0) on.turn(options[here].dataset.key, way);
    } else if (event.key in moves) {
      const next = options[Math.max(0, Math.min(options.length - 1, moves[event.key]))];
      if (next) next.focus();
    } else if ((event.key === "Enter" || event.key === " ") && here >= 0) on.choose(options[here].dataset.key);
    else return;
    event.preventDefault();
  });
  /** Keeps the tab stop on an option that can be seen, after filtering or when options are new. */
  return () => {
    dress();
    const options = shown();
    if (!options.some((option) => option.getAttribute("tabindex") === "0")) rove(options[0]);
  };
}
