// @ts-check
/** The list of a page's keys, and the switch that turns single keys off (WCAG 2.1.4). */
import { icon, make, say } from "../dom.js"

const OFF = "single-keys-off"

/** Say whether single letters are commands for this person. */
export function keysAreOn() {
  return localStorage.getItem(OFF) === null
}

/**
 * Return the keys of the page and what each does.
 *
 * @returns {[string, string][]}
 */
function keysOfThePage() {
  /** @type {[string, string][]} */
  const keys = [
    ["j", say("Next row")],
    ["k", say("Row before")],
    ["x", say("Choose the row")],
    ["*", say("Choose all rows, or none")],
    ["Enter", say("Open the row")],
    ["/", say("Search")],
    ["Ctrl K", say("All commands")],
    ["?", say("This list")],
  ]
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-key]"))) {
    keys.push([element.dataset.key ?? "", element.dataset.command || (element.textContent ?? "").trim()])
  }
  return keys
}

/**
 * Show the keys of the page.
 *
 * @param {HTMLElement} home the dialog is put here and leaves when it is closed
 */
export function keysDialog(home) {
  const toggle = make("input", { type: "checkbox", checked: keysAreOn(), change: turn })
  function turn() {
    if (toggle.checked) localStorage.removeItem(OFF)
    else localStorage.setItem(OFF, "1")
  }
  const close = make("button", { class: "button", "data-size": "icon" }, icon("x"))
  close.append(make("span", { class: "unseen" }, say("Close")))
  const list = make("dl", { class: "keys" })
  for (const [key, words] of keysOfThePage()) {
    list.append(make("dt", {}, make("kbd", {}, key)), make("dd", {}, words))
  }
  const title = make("h2", { id: "keys-title" }, say("Keys"))
  const dialog = make(
    "dialog",
    { "aria-labelledby": "keys-title", close: () => dialog.remove() },
    make(
      "form",
      { method: "dialog" },
      make("div", { class: "dialog-head" }, title, close),
      list,
      make("label", { class: "choice" }, toggle, make("span", {}, say("Use single letters as keys"))),
    ),
  )
  home.append(dialog)
  dialog.showModal()
}
