/* The page: which trace is shown. */

const COUNT = document.querySelectorAll('script[id^="data-"]').length;

let view = null;
let shown = 0;

/** The address says what is shown: `#trace-3`, `#trace-3/step-2`. */
function address() {
  const match = /^#trace-(\d+)(?:\/([a-z]+(?:-\d+)?[a-z]*))?$/.exec(location.hash);
  const number = match ? Number(match[1]) : 0;
  if (number >= 1 && number <= COUNT) return { number, key: match[2] || null };
  return { number: COUNT === 1 ? 1 : 0, key: null };
}

function remember(key) {
  history.replaceState(null, "", `#trace-${shown}${key ? `/${key}` : ""}`);
}

/** Reads a trace only when it is opened. */
function open(number) {
  shown = number;
  view = null;
  const place = byId("trace");
  if (number) {
    view = new TraceView(JSON.parse(byId(`data-${number}`).textContent), remember);
    place.replaceChildren(view.root);
  } else place.replaceChildren();
  place.hidden = !number;
  byId("index").hidden = Boolean(number);
  byId("pager").hidden = COUNT < 2 || !number;
  turn(byId("previous"), number - 1);
  turn(byId("next"), number + 1);
}

/** Points a link at a trace, or takes it out of use where there is none. */
function turn(link, number) {
  if (number >= 1 && number <= COUNT) link.setAttribute("href", `#trace-${number}`);
  else link.removeAttribute("href");
}

function navigate() {
  const { number, key } = address();
  if (number !== shown || !view) {
    open(number);
    scrollTo(0, 0);
  }
  if (view && key !== view.held) view.hold(key);
}

byId("all").addEventListener("click", (event) => {
  event.preventDefault();
  const last = shown;
  history.pushState(null, "", "#");
  open(0);
  const link = document.querySelector(`.traces a[href="#trace-${last}"]`);
  if (link) link.focus();
});
addEventListener("hashchange", navigate);
addEventListener("popstate", navigate);
addEventListener("beforeprint", () => view && printDetails(view));
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && view) view.release();
});

const rows = () => [...document.querySelectorAll(".traces li")];
filterable(byId("index"), rows, byId("no-trace"), () => {});
byId("index").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const row = event.target.closest(".traces li");
  if (!step || !row) return;
  const left = rows().filter((one) => !one.hidden);
  const next = left[left.indexOf(row) + step];
  if (next) next.querySelector("a").focus();
  event.preventDefault();
});

navigate();
