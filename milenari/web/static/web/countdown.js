/* Keeps the countdowns true while a page stays open. Without this file the time left is that of when it was drawn. */
const spell = (seconds) => {
  const left = Math.abs(Math.trunc(seconds));
  const days = Math.floor(left / 86400), hours = Math.floor((left % 86400) / 3600), minutes = Math.floor((left % 3600) / 60);
  if (days >= 10) return `${days} d`;
  if (days) return hours ? `${days} d ${hours} h` : `${days} d`;
  if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  return `${minutes} min`;
};
const drawn = Date.parse(document.querySelector("[data-now]")?.dataset.now ?? "");
const skew = Number.isNaN(drawn) ? 0 : drawn - Date.now(); // the node's clock counts, not the tablet's
const tell = () => {
  for (const box of document.querySelectorAll("[data-until]")) {
    const seconds = (Date.parse(box.dataset.until) - Date.now() - skew) / 1000;
    box.querySelector("[data-ahead]").hidden = seconds < 0;
    box.querySelector("[data-behind]").hidden = seconds >= 0;
    for (const number of box.querySelectorAll("[data-amount]")) {
      const text = spell(seconds);
      if (number.textContent !== text) number.textContent = text;
    }
  }
};
tell();
setInterval(tell, 15000);
document.addEventListener("milenari:shown", tell);
