// Small comforts of the pages: countdowns, dialogs for confirmations, copying. Everything works
// without them, with one page more.
(() => {
  "use strict";
  const words = document.body.dataset;

  // The menu is open in the markup, for those without scripts; a phone has no room for that.
  const menu = document.getElementById("menu");
  const narrow = window.matchMedia("(max-width: 59.99rem)");
  const fold = () => { menu.open = !narrow.matches; };
  if (menu) {
    fold();
    narrow.addEventListener("change", fold);
  }

  // "14:03:12" becomes "in 41 s", counted down here: the server need not send it every second.
  function countDown() {
    document.querySelectorAll("[data-until]").forEach((each) => {
      const left = Math.ceil((new Date(each.dataset.until) - Date.now() - skew) / 1000);
      each.textContent = left > 0 ? words.wordsIn.replace("{seconds}", left) : words.wordsDue;
    });
  }
  // The gateway's clock may be set elsewhere (demonstrations), so count against its own time.
  const skew = new Date(words.now || Date.now()) - Date.now();
  setInterval(countDown, 1000);
  countDown();

  // Confirmations open over the page instead of on a page of their own.
  const dialog = document.getElementById("dialog");
  document.body.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (link && dialog && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      // What stands in it from the last time must not be confirmed for this one: a refused request
      // changes nothing.
      dialog.replaceChildren();
      await htmx.ajax("GET", link.href, { target: "#dialog", swap: "innerHTML" });
      if (!dialog.querySelector("form")) location.href = link.href;
      else if (!dialog.open) dialog.showModal();
      return;
    }
    if (dialog && event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
      return;
    }
    const copy = event.target.closest("button[data-copy]");
    if (copy) {
      await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
      const was = copy.textContent;
      copy.textContent = words.wordsCopied;
      setTimeout(() => { copy.textContent = was; }, 1500);
    }
  });

  // "All" above a column of boxes.
  document.body.addEventListener("change", (event) => {
    const all = event.target.closest("input[data-all]");
    if (!all) return;
    document.querySelectorAll(`input[name="${all.dataset.all}"]`).forEach((each) => {
      each.checked = all.checked;
    });
  });
  document.querySelectorAll("input[data-all]").forEach((each) => { each.hidden = false; });
})();
