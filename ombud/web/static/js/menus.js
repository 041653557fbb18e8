// @ts-check
/** A menu is a <details class="menu">; here it also closes when one goes elsewhere or presses Escape. */

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.removeAttribute("open")
  }
})

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return
  const menu = /** @type {Element} */ (event.target).closest?.("details.menu[open]")
  menu?.removeAttribute("open")
  menu?.querySelector("summary")?.focus()
})
