/* Beside each field of a worksheet: how what is typed stands to the limit. An aid while typing; the rule judges again,
   the same three ways, when the sheet is compared or signed. Without this file the button "Compare" does it. */
const sheet = document.querySelector("[data-worksheet]");
const number = /^\s*(<=|>=|<|>)?\s*([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$/;

function oneSided(op, limit, value, sign) {
  const holds = { ge: value >= limit, gt: value > limit, le: value <= limit, lt: value < limit }[op];
  if (!sign) return holds ? "pass" : "fail";
  const below = sign.startsWith("<"), strict = sign.length === 1;
  if (below === (op === "le" || op === "lt")) return holds || (value === limit && strict) ? "pass" : "undecided";
  const opposite = op === "ge" || op === "gt" ? value <= limit : value >= limit;
  const touches = value === limit && !strict && (op === "ge" || op === "le");
  return opposite && !touches ? "fail" : "undecided";
}

function verdict(field, sign) {
  const { op, limit, high, weight } = field.dataset;
  if (field.value.trim() === "" || op === "report") return "";
  if (op === "eq") return field.value === limit ? "pass" : "fail";
  const found = number.exec(field.value);
  if (!found) return "unreadable";
  const value = Number(found[2]) / (weight ? Number(weight) : 1), bound = found[1] ?? sign;
  if (op !== "between") return oneSided(op, Number(limit), value, bound);
  const sides = [oneSided("ge", Number(limit), value, bound), oneSided("le", Number(high), value, bound)];
  return sides.includes("fail") ? "fail" : sides.every((side) => side === "pass") ? "pass" : "undecided";
}

sheet?.addEventListener("input", (event) => {
  const row = event.target.closest("tr"), field = row?.querySelector("[data-op]");
  if (!field) return;
  const said = verdict(field, row.querySelector(".bound")?.value ?? "");
  const place = row.querySelector("output");
  place.className = `verdict ${said}`;
  place.textContent = said ? sheet.dataset[said] : "";
});
