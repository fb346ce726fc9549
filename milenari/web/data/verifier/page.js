/* The page around the proof: languages, keys, what was scanned, and the answer in plain sentences. */
const TEXTS = JSON.parse(document.getElementById("texts").textContent);
const at = (id) => document.getElementById(id);
let language = "en", charters = JSON.parse(at("baked").textContent), told = null, running = 0;

const t = (key) => (TEXTS[language].page[key] ?? TEXTS.en.page[key] ?? key);
const word = (list, code) => (TEXTS[language][list]?.[code] ?? TEXTS.en[list]?.[code] ?? code);
const sentence = (no) => {
  let made = TEXTS[language].no[no.code] ?? TEXTS.en.no[no.code] ?? no.code;
  for (const [name, value] of Object.entries(no.facts)) made = made.replace(`{${name}}`, `⁨${value}⁩`);
  return made;
};

function make(tag, content, attributes) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  for (const part of [content].flat()) if (part !== undefined && part !== null) element.append(part);
  return element;
}
const code = (value) => make("bdi", String(value), { dir: "ltr" });
const said = (value) => make("bdi", String(value));
const when = (date) => code(Number.isNaN(date.getTime()) ? "?" : date.toISOString().slice(0, 16).replace("T", " ") + " UTC");

function draw() {
  document.documentElement.lang = language;
  document.documentElement.dir = TEXTS[language].dir;
  document.title = t("title");
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  drawKeys();
  if (told) answer(told);
}

async function drawKeys() {
  const line = at("keys-told");
  if (!charters.trim()) {
    line.className = "warn"; line.textContent = t("keys-none"); at("keys-other").open = true;
    return;
  }
  try {
    const found = await follow(charters);
    line.className = "good";
    line.replaceChildren(t("keys-good"), " ", code(found.number), " · ", code(found.members.map((m) => m.site).join(" ")), " · ",
      code(found.digest.slice(0, 16)));
  } catch (fault) {
    line.className = "bad"; line.textContent = sentence(fault instanceof No ? fault : new No("charter-unreadable"));
  }
}

async function run() {
  const mine = ++running;
  const scanned = at("proof").value;
  if (!scanned.trim()) { told = null; at("answer").replaceChildren(); return; }
  let made;
  try {
    if (!charters.trim()) throw new No("no-charter");
    if (!globalThis.crypto?.subtle || !globalThis.DecompressionStream) throw new No("old-browser");
    made = { good: await verify(scanned, charters) };
  } catch (fault) {
    made = { no: fault instanceof No ? fault : new No("unreadable", { code: "" }) };
  }
  if (mine !== running) return;  // something newer was scanned meanwhile
  told = made;
  answer(made);
}

function answer({ good, no }) {
  const place = at("answer");
  place.dataset.state = good ? "proven" : no.code;
  if (no) {
    const waits = no.code === "missing";
    place.replaceChildren(make("p", [waits ? t("waits") : t("not-proven"), make("small", sentence(no))], { class: `verdict ${waits ? "warn" : "bad"}` }));
    if (!waits) place.append(make("p", t("not-proven-do")));
    return;
  }
  const { dispatch } = good;
  place.replaceChildren(make("p", [t("proven"), make("small", t("proven-do"))], { class: "verdict good" }));
  if (good.ended) place.append(make("p", t("ended"), { class: "verdict bad" }));
  else if (dispatch.of && !good.released) place.append(make("p", t("no-release"), { class: "warn" }));
  if (!good.cosigned.length) place.append(make("p", t("not-cosigned"), { class: "warn" }));
  if (!good.to) place.append(make("p", t("receiver-unknown"), { class: "warn" }));
  place.append(facts([
    ["what", code(dispatch.what)], ["transfer", code(dispatch.transfer)],
    ["from", code(`${good.from.site} (${good.from.country})`)], ["to", code(good.to ? `${good.to.site} (${good.to.country})` : dispatch.to)],
    ["sent-at", when(dispatch.at)], ["entry", code(`${dispatch.entry} / ${good.size}`)],
    ["shipper", code(dispatch.shipper || "—")], ["of", code(dispatch.of || "—")],
    ["cosigned", good.cosigned.length ? list(good.cosigned) : code("—")],
  ]));
  place.append(make("h3", t("signed")), table(dispatch.signed));
  if (good.release.length) place.append(make("h3", t("released-by")), table(good.release));
}

const list = (cosigned) => cosigned.map(({ site, at: time }) => make("div", [code(site), " · ", when(time)]));
const facts = (items) => make("dl", items.map(([label, value]) => make("div", [make("dt", t(label)), make("dd", value)])));

function table(lines) {
  const head = make("tr", ["act", "who", "meaning", "when"].map((key) => make("th", t(key), { scope: "col" })));
  const rows = lines.map(({ entry, personal: how }) => make("tr", [
    make("td", [word("actions", entry.action), entry.data.stage ? [" · ", word("stages", entry.data.stage)] : []].flat()),
    make("td", [said(entry.name), make("div", word("roles", entry.role)), ...(how ? [make("small", t(how))] : [])]),
    make("td", word("meanings", entry.meaning)), make("td", when(new Date(entry.happened_at))),
  ]));
  return make("div", make("table", [make("thead", head), make("tbody", rows)]), { class: "scroll", tabindex: "0", role: "region", "aria-label": t("signed") });
}

// -- what comes in ------------------------------------------------------------------------------------

function take(line) {
  const box = at("proof");
  if (box.value.includes(line)) return;
  box.value = (box.value.trim() ? box.value.trim() + "\n" : "") + line;
  run();
}

async function pictures() {
  const kinds = "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats() : [];
  const able = kinds.includes("qr_code");
  at("pictures").hidden = !able; at("cannot").hidden = able;
  if (!able) return;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  const found = async (source) => {
    const codes = (await detector.detect(source)).map((c) => c.rawValue.trim()).filter((c) => c.startsWith("MP1:"));
    codes.forEach(take);
    return codes.length;
  };
  at("picture").addEventListener("change", async ({ target }) => {
    const file = target.files[0];
    if (!file) return;
    let count = 0;
    try { count = await found(await createImageBitmap(file)); } catch { count = 0; }
    at("picture-told").textContent = count ? "" : t("picture-nothing");
    target.value = "";
  });
  at("camera").addEventListener("click", async () => {
    const video = at("video");
    let stream;
    try { stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }); }
    catch { at("picture-told").textContent = t("camera-refused"); return; }
    video.srcObject = stream; video.hidden = false;
    await video.play();
    for (let rounds = 0; rounds < 600 && told?.good === undefined; rounds++) {
      try { await found(video); } catch { break; }
      await new Promise((done) => setTimeout(done, 100));
    }
    stream.getTracks().forEach((track) => track.stop());
    video.hidden = true;
  });
}

let pause;
at("proof").addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(run, 250); });
at("check").addEventListener("click", async () => { await run(); at("answer").focus(); });
at("clear").addEventListener("click", () => { at("proof").value = ""; told = null; at("answer").replaceChildren(); at("proof").focus(); });
at("charter").addEventListener("input", ({ target }) => { charters = target.value; drawKeys(); run(); });
at("charter-file").addEventListener("change", async ({ target }) => {
  if (!target.files[0]) return;
  charters = await target.files[0].text();
  at("charter").value = charters;
  drawKeys(); run();
});
const chooser = at("language");
for (const [short, held] of Object.entries(TEXTS)) chooser.append(make("option", held.name, { value: short, lang: short }));
const liked = [location.hash.slice(1), ...(navigator.languages || [navigator.language])].map((l) => String(l).slice(0, 2));
language = liked.find((l) => TEXTS[l]) || "en";
chooser.value = language;
chooser.addEventListener("change", () => { language = chooser.value; location.hash = language; draw(); });
at("codes-file").addEventListener("change", async ({ target }) => {
  if (target.files[0]) (await target.files[0].text()).split(/\r?\n/).map((l) => l.trim()).filter(Boolean).forEach(take);
  target.value = "";
});
draw();
pictures();
