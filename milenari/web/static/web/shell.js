/* Menus of the header close on Escape or when the focus or a click goes elsewhere; "/" goes to the box for codes.
   Without this file they open and close by their own summary, and the box is reached like any other. */
const menus = () => document.querySelectorAll("details.menu[open]");
const outside = (event) => menus().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
document.addEventListener("click", outside);
document.addEventListener("focusin", outside);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    menus().forEach((menu) => {
      menu.removeAttribute("open");
      menu.querySelector("summary").focus();
    });
  }
  const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
  const find = document.getElementById("find-q");
  if (event.key === "/" && find && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    find.focus();
  }
});
