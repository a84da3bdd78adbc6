// Conveniences for browsers with scripts: copying, the device's share sheet, printing, counters.
// Every page works without it, so a button that needs it is hidden until it runs.
(() => {
  const each = (selector, run) => document.querySelectorAll(selector).forEach(run);

  const copy = async (field) => {
    try {
      await navigator.clipboard.writeText(field.value);
      return true;
    } catch {
      field.select(); // and it stays selected where this copies nothing either
      return document.execCommand("copy");
    }
  };

  each("[data-copy]", (button) => {
    button.parentElement.hidden = false;
    button.addEventListener("click", async () => {
      const said = button.nextElementSibling;
      said.textContent = "";
      if (!(await copy(document.getElementById(button.dataset.copy)))) return;
      button.focus();
      said.textContent = said.dataset.said;
    });
  });

  each("[data-share]", (button) => {
    if (!navigator.share) return;
    button.parentElement.hidden = false;
    const { share: url, title, text } = button.dataset;
    button.addEventListener("click", () => navigator.share({ url, title, text }).catch(() => {}));
  });

  each("[data-print]", (button) => {
    button.parentElement.hidden = false;
    button.addEventListener("click", () => window.print());
  });

  each("[data-counts]", (words) => {
    const field = document.getElementById(words.dataset.counts);
    const counting = import("/assets/typed.js");
    field.addEventListener("input", async () => (await counting).count(field, words, document.documentElement.lang));
  });
})();
