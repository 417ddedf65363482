/* The theme button. */

const byId = (id) => document.getElementById(id);

function chooseTheme() {
  const themes = ["system", "light", "dark"];
  const now = document.documentElement.dataset.theme || "system";
  const next = themes[(themes.indexOf(now) + 1) % themes.length];
  document.documentElement.dataset.theme = next;
  byId("theme").textContent = `Theme: ${next}`;
}

byId("theme").addEventListener("click", chooseTheme);
