/* A keyboard-wedge scanner ends with Enter. In a scanned field Enter goes to the next field instead of sending
   the form half filled in. Without this file everything still works: an early Enter is refused with all kept. */
document.addEventListener("keydown", (event) => {
  const from = event.target;
  if (event.key !== "Enter" || !(from instanceof HTMLInputElement) || !from.hasAttribute("data-scan")) return;
  event.preventDefault();
  const boxes = [...from.form.elements].filter((box) => box.type !== "hidden" && !box.disabled);
  boxes[boxes.indexOf(from) + 1]?.focus();
});
/* After a refusal the reader is taken to the sentence that says why. */
document.getElementById("refusal")?.focus();
