/* On paper nothing can be pointed at: there every step's details follow the trace. */

/** Adds the details of every step of a trace. */
function printDetails(view) {
  const { verdict, words } = view;
  const parts = verdict.steps.map((step, i) => el("section", {}, stepDetails(verdict, words, i).flat()));
  if (verdict.answer) parts.push(el("section", {}, answerDetails(verdict, words)));
  view.root.append(el("section", { id: "printed" }, el("h3", {}, "The steps in detail"), parts));
}

addEventListener("afterprint", () => byId("printed")?.remove());
