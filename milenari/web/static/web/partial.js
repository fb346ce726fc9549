/* Lists are searched, sorted and turned over without loading the page anew, and a page that says so stays fresh while
   nobody types in it. The server draws whole pages as ever; only their middle is taken. Without this file, or when
   anything is not as expected, the browser goes to the address as it always did. */
const middle = () => document.getElementById("content");

/* A sentence for screen readers, in a place that outlives the middle. */
let told = null;
function tell(text) {
  if (!told) {
    told = Object.assign(document.createElement("p"), { className: "visually-hidden" });
    told.setAttribute("role", "status");
    document.body.append(told);
  }
  told.textContent = text;
}

async function show(address, { keep = false, say = true } = {}) {
  const answer = await fetch(address, { credentials: "same-origin", headers: { "X-Requested-With": "partial" } });
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = drawn.getElementById("content");
  if (!answer.ok || new URL(answer.url).pathname !== new URL(address, location.href).pathname || !next) return false;
  const held = document.activeElement?.id;
  middle().replaceWith(document.adoptNode(next));
  document.title = drawn.title;
  if (!keep) {
    history.replaceState({ partial: true }, ""); // where the way back leads to is drawn anew, too
    history.pushState({ partial: true }, "", address);
  }
  const again = held && document.getElementById(held);
  if (again && !again.closest("header")) again.focus({ preventScroll: true });
  if (say) tell(document.querySelector("#content caption")?.textContent ?? drawn.title);
  document.dispatchEvent(new CustomEvent("milenari:shown"));
  return true;
}

async function go(address) {
  middle().setAttribute("aria-busy", "true");
  const shown = await show(address).catch(() => false); // no link, or no page: the browser says so itself
  if (!shown) location.assign(address);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#content .pager a, #content a.sort");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(link.href);
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "get" || !form.matches("#content form.filters")) return;
  event.preventDefault();
  const asked = [...new FormData(form, event.submitter)].filter(([, value]) => value !== "");
  go(`${form.action.split("?")[0]}?${new URLSearchParams(asked)}`);
});
addEventListener("popstate", (event) => {
  if (event.state?.partial) location.reload(); // not for a place within the page, such as the skip link's
});

const seconds = Number(middle()?.dataset.refresh);
if (seconds) {
  setInterval(() => {
    const busy = middle().contains(document.activeElement) && document.activeElement !== middle();
    const open = middle().querySelector("details[open]");
    if (document.hidden || busy || open) return;
    show(location.href, { keep: true, say: false }).catch(() => {}); // no link: the next turn tries again
  }, seconds * 1000);
}
