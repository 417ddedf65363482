/* What the panel says about a step, the answer, or a premise. */

function heading(text) {
  return el("h4", {}, text);
}

/** Buttons for other parts of the trace: `links` are [key, label, text]. */
function linkList(links) {
  const items = links.map(([key, label, text]) =>
    el("li", {}, el("button", { type: "button", class: "link", "data-go": key }, el("b", {}, label), " ", el("span", { class: "said" }, text))),
  );
  return el("ul", { class: "links" }, items);
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function keyOf(label) {
  return label.replaceAll(" ", "-");
}

function counterModel(model) {
  const rows = model.literals.map((literal) =>
    el("tr", {}, el("td", { class: "said" }, literal.text), el("td", { class: "truth" }, literal.value ? "true" : "false")),
  );
  const table = rows.length
    ? el("table", {}, el("caption", { class: "unseen" }, "Truth values in the counter-model"), el("tbody", {}, rows))
    : null;
  return [heading("Counter-model"), el("p", { class: "said" }, model.text), table];
}

/** What a language model named for a claim in vain, and why. */
function refusedList(refused) {
  const items = refused.map((premise) =>
    el("li", {}, el("span", { class: "tag" }, premise.source), " ", el("span", { class: "said" }, `“${premise.text}”`), el("p", { class: "said muted small" }, premise.reason)),
  );
  return [heading(`Named in vain (${refused.length})`), el("ul", { class: "refused" }, items)];
}

/** Everything about one claim. `alone`: its step makes no other. */
function claimDetails(claim, words, alone) {
  const premises = claim.premises.map((premise, i) => [
    keyOf(words.premises[i]), words.premises[i], premise.read_as ? `${premise.text} (read as: ${premise.read_as})` : premise.text,
  ]);
  return el(
    "section",
    { class: "claim", "data-node": words.node },
    alone ? null : el("h3", {}, el("span", { class: "tag" }, words.label), " ", el("span", { class: "said" }, claim.text)),
    el("p", {}, pill(claim.status), " ", el("span", { class: "muted" }, WORDS[claim.status][1])),
    words.kind ? el("p", { class: "muted" }, `This claim ${words.kind}.`) : null,
    claim.read_as ? [heading("Read as"), el("p", { class: "said" }, claim.read_as)] : [],
    words.reasons.length ? [heading("Why"), words.reasons.map((text) => el("p", { class: "said" }, text))] : [],
    words.remarks.map((text) => el("p", { class: "said remark" }, text)),
    premises.length ? [heading(capital(words.head)), linkList(premises)] : [],
    premises.length ? el("p", { class: "muted small" }, "A minimal core: nothing here can be left out.") : null,
    claim.formula ? [heading("Formula"), el("pre", { class: "formula" }, el("code", {}, claim.formula))] : [],
    claim.refused.length ? refusedList(claim.refused) : [],
    claim.counter_model ? counterModel(claim.counter_model) : [],
    words.leap ? [heading("Leap"), el("p", {}, words.leap)] : [],
  );
}

function stepDetails(verdict, words, index) {
  const step = verdict.steps[index];
  const alone = step.claims.length === 1;
  return [
    el("h3", { class: "subject" }, `Step ${step.step.index + 1}`, step.step.label && step.step.label !== String(step.step.index + 1) ? ` (written as ${step.step.label})` : ""),
    el("blockquote", { class: "said" }, step.step.text),
    step.claims.length ? null : el("p", {}, pill(step.status), " ", el("span", { class: "muted" }, WORDS[step.status][1])),
    step.claims.map((claim, i) => claimDetails(claim, words.steps[index][i], alone)),
    step.solver_calls
      ? el("p", { class: "muted small" }, `${step.solver}: ${step.solver_calls} calls, effort ${step.solver_effort}`)
      : null,
  ];
}

function answerDetails(verdict, words) {
  return [
    el("h3", { class: "subject" }, "Answer"),
    el("blockquote", { class: "said" }, verdict.answer.given),
    el("p", { class: "said" }, words.answer),
    claimDetails(verdict.answer.claim, words.answerClaim, true),
  ];
}

/** About a context sentence or another premise; `state` says why there is no formula of it, or where it is from; `uses`
    are links to the claims that rest on it. */
function premiseDetails(title, text, formula, unread, state, uses) {
  return [
    el("h3", { class: "subject" }, title),
    el("blockquote", { class: "said" }, text),
    unread ? [heading("Not read"), el("p", { class: "said" }, unread)] : [],
    state ? el("p", { class: "muted" }, state) : [],
    formula ? [heading("Formula"), el("pre", { class: "formula" }, el("code", {}, formula))] : [],
    uses.length ? [heading("Used by"), linkList(uses)] : el("p", { class: "muted" }, "No claim rests on it."),
  ].flat();
}
