/* Live parts of the bedside: how long the scans still hold. Without this file the time of their end is shown. */
for (const left of document.querySelectorAll("[data-until]")) {
  const until = Date.parse(left.dataset.until);
  const show = () => {
    const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
    left.textContent = `\u2066${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}\u2069`;
  };
  if (!Number.isNaN(until)) { show(); setInterval(show, 1000); }
}
/* A yes takes the reader to its words, so that the next Tab is the signature; a stop leaves the scanner's field ready. */
const verdict = document.querySelector("[data-verdict]");
if (verdict && !document.querySelector("main [autofocus]")) verdict.focus();
