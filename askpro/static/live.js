// Keeps the panels of a page fresh: asks for all of them together, again and again, and says when
// they are not. Without it the page is complete, only not live.
(() => {
  "use strict";
  const live = document.getElementById("live");
  if (!live || !window.htmx) return;

  const HIDDEN_SECONDS = 30;
  const MISSES_SHOWN = 3;
  const words = document.body.dataset;
  const connection = document.getElementById("connection");
  const pause = document.getElementById("pause");
  let paused = sessionStorage.getItem("paused") === "yes";
  let signedOut = false;
  let misses = 0;
  let timer = 0;
  let asking = false;

  // -- when to ask ---------------------------------------------------------------------------

  function schedule() {
    clearTimeout(timer);
    if (paused || signedOut) return;
    const seconds = document.hidden ? HIDDEN_SECONDS : Number(live.dataset.seconds);
    // Tabs that were opened together must not go on asking together.
    timer = setTimeout(ask, seconds * 1000 * (0.9 + Math.random() * 0.2));
  }

  function ask() {
    if (asking) return;
    asking = true;
    htmx.trigger(live, "poll");
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !paused) {
      clearTimeout(timer);
      ask();
    }
  });

  // -- asking --------------------------------------------------------------------------------

  const bodies = () => document.querySelectorAll(".panel-body[data-version]");
  const nameOf = (body) => body.id.replace("body-", "");

  live.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-Have"] = Array.from(
      bodies(), (body) => nameOf(body) + "=" + body.dataset.version).join(",");
  });

  live.addEventListener("htmx:afterRequest", (event) => {
    asking = false;
    const answer = event.detail.xhr;
    if (answer && answer.status === 401) {
      signedOut = true;
      say("signed-out");
    } else if (event.detail.successful) {
      misses = 0;
      say(null);
      stamp(answer.getResponseHeader("X-Stands"), answer.getResponseHeader("X-Late") || "");
    } else {
      misses += 1;
      if (misses >= MISSES_SHOWN) {
        say("no-answer");
        document.querySelectorAll(".panel").forEach((panel) => setLate(panel, true));
      }
    }
    schedule();
  });

  // -- saying how fresh it is ----------------------------------------------------------------

  function say(what) {
    connection.hidden = !what;
    connection.querySelector("[data-no-answer]").hidden = what !== "no-answer";
    connection.querySelector("[data-signed-out]").hidden = what !== "signed-out";
  }

  function stamp(time, late) {
    const lateNames = late.split(",").map((each) => each.split("=")[0]);
    document.querySelectorAll(".panel").forEach((panel) => {
      const isLate = lateNames.includes(panel.dataset.panel);
      if (!isLate) panel.dataset.stands = time;
      setLate(panel, isLate);
    });
  }

  function setLate(panel, late) {
    const stamp = panel.querySelector("[data-stamp]");
    const time = panel.dataset.stands;
    panel.classList.toggle("late", late);
    if (!stamp || !time) return;
    stamp.textContent = (late ? words.wordsLate : words.wordsStands).replace("{time}", time);
  }

  // -- not disturbing the reader -------------------------------------------------------------

  function busy(body) {
    const selection = document.getSelection();
    if (selection && !selection.isCollapsed && body.contains(selection.anchorNode)) return true;
    if (body.querySelector("input:checked")) return true;
    const focused = document.activeElement;
    const writes = "input:not([type=checkbox]):not([type=radio]), select, textarea";
    return body.contains(focused) && focused.matches(writes);
  }

  let before = null;
  document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
    const body = event.detail.target;
    if (!body) return;
    if (busy(body)) {
      // Its old version stays in the page, so it is sent again with the next answer.
      event.detail.shouldSwap = false;
      return;
    }
    const focused = body.contains(document.activeElement) ? document.activeElement : null;
    const scroller = body.querySelector(".scroll");
    before = {
      id: body.id,
      focus: focused && (focused.id || focused.getAttribute("href") || focused.className),
      left: scroller ? scroller.scrollLeft : 0,
      top: scroller ? scroller.scrollTop : 0,
      open: Array.from(body.querySelectorAll("details[open]"), (each) => each.id),
    };
  });

  document.body.addEventListener("htmx:oobAfterSwap", () => {
    if (!before) return;
    const body = document.getElementById(before.id);
    const was = before;
    before = null;
    if (!body) return;
    was.open.forEach((id) => {
      const details = id && document.getElementById(id);
      if (details) details.open = true;
    });
    const scroller = body.querySelector(".scroll");
    if (scroller) scroller.scrollTo(was.left, was.top);
    if (was.focus) {
      const again = Array.from(body.querySelectorAll("a, button, summary, [tabindex]")).find(
        (each) => [each.id, each.getAttribute("href"), each.className].includes(was.focus));
      if (again) again.focus({ preventScroll: true });
    }
  });

  // -- the pause switch ----------------------------------------------------------------------

  function showPause() {
    pause.setAttribute("aria-pressed", String(paused));
    pause.querySelector("[data-running]").hidden = paused;
    pause.querySelector("[data-paused]").hidden = !paused;
    document.body.classList.toggle("paused", paused);
  }

  document.querySelectorAll(".without-scripts").forEach((each) => { each.hidden = true; });
  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    sessionStorage.setItem("paused", paused ? "yes" : "no");
    showPause();
    if (paused) clearTimeout(timer);
    else ask();
  });

  document.querySelectorAll(".panel").forEach((panel) => {
    const text = panel.querySelector("[data-stamp]");
    const found = text && text.textContent.match(/\d\d:\d\d:\d\d/);
    if (found) panel.dataset.stands = found[0];
  });
  showPause();
  schedule();
})();
