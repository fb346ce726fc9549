/* The bench, livelier: limits judged as one types, clocks that run, scans that go on to the next field.
   Nothing here decides anything, and without it the page is complete: the node judges when an act is signed. */
(() => {
  "use strict";

  /* -- limits ------------------------------------------------------------------------------------------ */
  const number = (text) => (/^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN);
  const within = {
    ge: (v, low) => v >= low, gt: (v, low) => v > low, le: (v, low) => v <= low, lt: (v, low) => v < low,
    between: (v, low, high) => v >= low && v <= high,
  };

  /* A keypad gives the comma or the digits of its own language; what is recorded is written with a point. */
  const plain = (text) => text
    .replace(/[\u0660-\u0669]/g, (d) => String(d.charCodeAt(0) - 0x660))
    .replace(/[\u06F0-\u06F9]/g, (d) => String(d.charCodeAt(0) - 0x6f0))
    .replace(/[,\u066B\u060C]/g, ".");

  const verdictOf = (box, text) => {
    const set = box.dataset;
    if (text === "") return "";
    const value = number(text);
    if (Number.isNaN(value)) return /^[<>]/.test(text) ? "" : "unread";
    const impossible = (set.lowest !== undefined && value < Number(set.lowest))
      || (set.highest !== undefined && value > Number(set.highest));
    if (impossible) return "impossible";
    const rule = within[set.op];
    if (!rule) return "";
    return rule(value, Number(set.limit), Number(set.high)) ? "inside" : "outside";
  };

  const say = (box, verdict) => {
    for (const line of box.querySelectorAll("[data-said]")) line.hidden = line.dataset.said !== verdict;
    for (const name of ["inside", "outside", "impossible"]) box.classList.toggle(name, name === verdict);
  };

  for (const box of document.querySelectorAll(".measure")) {
    const field = box.querySelector("input.short");
    const look = (late) => {
      const text = plain(field.value);
      if (text !== field.value) field.value = text;
      const verdict = verdictOf(box, text.trim());
      // While a number is being typed it may still be growing into its limit: a word of warning waits for a pause.
      clearTimeout(box.waiting);
      if (late && verdict !== "inside" && verdict !== "") box.waiting = setTimeout(() => say(box, verdict), 500);
      else say(box, verdict);
    };
    field.addEventListener("input", () => look(true));
    field.addEventListener("change", () => look(false));
    if (field.value) look(false);
  }

  for (const box of document.querySelectorAll(".pick[data-op='eq']")) {
    const look = () => {
      const chosen = box.querySelector("input:checked");
      say(box, chosen ? (chosen.value === box.dataset.limit ? "inside" : "outside") : "");
    };
    box.addEventListener("change", look);
    look();
  }

  /* -- scans ------------------------------------------------------------------------------------------- */
  /* A label of the house says more than the code of its thing; the code stands after scheme, kind and number. */
  const thing = (text) => (text.startsWith("M1/") && text.split("/").length > 5
    ? text.split("/").slice(3, -2).join("/") : text);

  for (const field of document.querySelectorAll("[data-expected]")) {
    const box = field.closest(".box");
    const known = [...field.list.options].map((option) => option.value);
    const look = () => {
      const text = thing(field.value.trim());
      say(box, text === "" ? "" : known.includes(text) ? "expected" : "unexpected");
    };
    field.addEventListener("change", look);
    // A scan replaces what is proposed, and is never written behind it: focus and selection come together.
    for (const name of ["focus", "click"]) field.addEventListener(name, () => field.select());
    if (field.value) look();
  }

  /* Whoever comes to the page can scan at once. */
  const form = document.querySelector("form[data-scanned]");
  if (form && document.activeElement === document.body && !document.getElementById("refusal")) {
    const fields = form.querySelectorAll("[data-scan], .measure input, .pick input, textarea, input[type=password]");
    const first = [...fields].find((box) => !box.closest("details:not([open])"));
    first?.focus({ preventScroll: true });
  }

  /* Enter, which a scanner sends after every code, goes on to the next field; only the last one sends. */
  document.addEventListener("keydown", (event) => {
    const from = event.target;
    if (event.key !== "Enter" || !(from instanceof HTMLInputElement)) return;
    const form = from.closest("form[data-scanned]");
    if (!form || from.name.endsWith("password") || from.name === "second" || from.name.endsWith("factor")) return;
    event.preventDefault();
    event.stopPropagation();
    const shown = (box) => box.offsetParent !== null && box.type !== "hidden" && !box.disabled
      && !box.closest("details:not([open])");
    const boxes = [...form.elements].filter((box) => box.matches("input, select, textarea, button") && shown(box));
    const rest = boxes.slice(boxes.indexOf(from) + 1).filter((box) => box.name !== from.name);
    const next = rest.find((box) => !box.name.endsWith("role")); // a badge is followed by the password
    next?.focus();
  }, true);

  /* -- clocks ------------------------------------------------------------------------------------------ */
  const bench = document.querySelector(".bench[data-now]");
  const ahead = bench ? Date.parse(bench.dataset.now) - Date.now() : 0; // the node's clock, not the tablet's
  const span = (ms) => {
    const minutes = Math.floor(Math.abs(ms) / 60000), days = Math.floor(minutes / 1440);
    const hours = Math.floor(minutes / 60) % 24, rest = minutes % 60;
    if (days) return `${days} d ${hours} h`;
    return hours ? `${hours} h ${String(rest).padStart(2, "0")} min` : `${rest} min`;
  };
  const tick = () => {
    for (const line of document.querySelectorAll("[data-clock]")) {
      const left = Date.parse(line.dataset.clock) - (Date.now() + ahead);
      line.querySelector("[data-span]").textContent = span(left);
      if (line.dataset.down === undefined) continue;
      line.classList.toggle("late", left < 0);
      line.classList.toggle("warn", left >= 0 && left < 3600000);
      line.querySelector("[data-left]").hidden = left < 0;
      line.querySelector("[data-over]").hidden = left >= 0;
    }
  };
  if (document.querySelector("[data-clock]")) { tick(); setInterval(tick, 15000); }
})();
