/* A patient's bar in the picture of a plan is dragged, by mouse, pen or finger, to another day. What that day would break
   is asked of the page "another day", whose words are shown here; nothing is kept unless its form is sent. A bar that is
   not moved is the link to that page that it always was, and without this file it is nothing else. */
const BAR = 'svg.chart a[href*="/plans/move/"]';
const DAY = 86_400_000; // ms
const sheet = document.getElementById("moving");
const label = Object.assign(document.createElement("output"), { className: "moving-day", hidden: true });
document.body.append(label);
let held = null;
let dropped = false; // the click that ends a drag opens no link

const plus = (day, days) => new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);

/* How wide a day is, from a bar whose name ends with its first and last day. */
function take(bar, event) {
  const said = bar.querySelector("title")?.textContent.match(/(\d{4}-\d\d-\d\d) – (\d{4}-\d\d-\d\d)$/);
  const address = new URL(bar.getAttribute("href"), location.href);
  const start = address.searchParams.get("start");
  const svg = bar.ownerSVGElement;
  const width = bar.getBBox().width;
  if (!said || !start || !width) return null;
  const unit = width / ((Date.parse(said[2]) - Date.parse(said[1])) / DAY + 1);
  const all = [...svg.querySelectorAll(BAR)];
  const same = all.filter((one) => new URL(one.getAttribute("href"), location.href).pathname === address.pathname);
  return { address, start, unit, same, scale: svg.getScreenCTM().a, from: event.clientX, high: event.clientY, id: event.pointerId, days: 0 };
}

function shift(days) {
  held.days = days;
  for (const one of held.same) {
    if (days) one.setAttribute("transform", `translate(${days * held.unit} 0)`);
    else one.removeAttribute("transform");
    one.classList.toggle("moving", days !== 0);
  }
}

function leave() {
  if (held) shift(0);
  held = null;
  label.hidden = true;
}

addEventListener("pointerdown", (event) => {
  dropped = false;
  const bar = event.target.closest?.(BAR);
  if (!bar || event.button || !event.isPrimary || sheet.open) return;
  held = take(bar, event);
  if (held) bar.setPointerCapture(event.pointerId);
});

addEventListener("pointermove", (event) => {
  if (!held || event.pointerId !== held.id || sheet.open) return;
  const days = Math.round((event.clientX - held.from) / held.scale / held.unit);
  if (days !== held.days) shift(days);
  label.hidden = !days;
  label.value = plus(held.start, days);
  label.style.left = `${event.clientX}px`;
  label.style.top = `${event.clientY}px`;
});

/* A finger that goes along the days drags; one that goes up or down turns the page, as everywhere. */
addEventListener("touchmove", (event) => {
  if (!held || sheet.open) return;
  const at = event.touches[0];
  held.along ??= Math.abs(at.clientX - held.from) > Math.abs(at.clientY - held.high);
  if (held.along && event.cancelable) event.preventDefault();
}, { passive: false });

addEventListener("pointerup", (event) => {
  if (!held || event.pointerId !== held.id || sheet.open) return;
  label.hidden = true;
  if (!held.days) held = null;
  else {
    dropped = true;
    ask(held);
  }
});
addEventListener("pointercancel", () => sheet.open || leave());
addEventListener("keydown", (event) => event.key === "Escape" && !sheet.open && leave());
addEventListener("dragstart", (event) => event.target.closest?.(BAR) && event.preventDefault());
addEventListener("click", (event) => {
  if (dropped && event.target.closest?.(BAR)) event.preventDefault();
  dropped = false;
}, true);
sheet.addEventListener("close", leave);

async function ask(moved) {
  const { address, start, days } = moved;
  address.searchParams.set("start", plus(start, days));
  sheet.querySelector("[data-journey]").textContent = decodeURIComponent(address.pathname.split("/").at(-1));
  sheet.querySelector("[data-before]").textContent = start;
  sheet.querySelector("[data-after]").textContent = address.searchParams.get("start");
  const place = sheet.querySelector("[data-answer]");
  place.replaceChildren();
  place.setAttribute("aria-busy", "true");
  sheet.showModal();
  const answer = await fetch(address, { credentials: "same-origin" }).then((got) => got.text()).catch(() => "");
  const found = new DOMParser().parseFromString(answer, "text/html").getElementById("answer");
  if (held !== moved) return; // closed meanwhile
  if (!found) return location.assign(address); // no link, or no page: the browser says so itself
  place.removeAttribute("aria-busy");
  place.replaceChildren(...document.adoptNode(found).childNodes);
}
