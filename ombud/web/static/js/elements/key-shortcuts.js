// @ts-check
/**
 * <key-shortcuts>: the keys of a page and its command palette.
 *
 * Rows are `[data-row]`, or the rows of a `.table[data-rows]`: j and k move, x chooses (the row's checkbox), * all or none,
 * Enter opens (the row's first link). Whatever has `data-command` is a command of the palette (Control k), under
 * its own words or those of the attribute; `data-key="a"` gives it a key. "/" goes to the page's search. Where nothing
 * is chosen, a command with `data-on-row` is for the row one stands on.
 */
import { nextRow, pressed, typesInto } from "../logic/keys.js"
import { keysDialog, keysAreOn } from "../palette/keys-dialog.js"
import { paletteDialog } from "../palette/palette.js"

const ROWS = "[data-row], .table[data-rows] tbody tr"

class KeyShortcuts extends HTMLElement {
  connectedCallback() {
    document.addEventListener("keydown", this.key)
    document.addEventListener("click", this.clicked)
    document.addEventListener("focusin", this.focusMoved)
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.key)
    document.removeEventListener("click", this.clicked)
    document.removeEventListener("focusin", this.focusMoved)
  }

  /** @param {KeyboardEvent} event */
  key = (event) => {
    const key = pressed(event)
    const target = /** @type {HTMLElement} */ (event.target)
    if (key === "Control k") {
      event.preventDefault()
      return this.palette()
    }
    if (!key || typesInto(target) || document.querySelector("dialog[open]") || !keysAreOn()) return
    const act = this.keys()[key]
    const onControl = target.closest("a, button, summary")
    if (!act || (key === "Enter" && onControl)) return
    event.preventDefault()
    act()
  }

  /** @returns {Record<string, () => void>} */
  keys() {
    /** @type {Record<string, () => void>} */
    const keys = {
      j: () => this.move("j"),
      k: () => this.move("k"),
      x: () => this.row()?.querySelector("input")?.click(),
      "*": () => this.chooseAll(),
      Enter: () => this.row()?.querySelector("a")?.click(),
      "/": () => /** @type {HTMLElement | null} */ (document.querySelector('[role="search"] input'))?.focus(),
      "?": () => this.help(),
    }
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-key]"))) {
      keys[element.dataset.key ?? ""] = () => {
        if ("onRow" in element.dataset) this.chooseOwn()
        element.focus()
        element.click()
      }
    }
    return keys
  }

  chooseAll() {
    const boxes = /** @type {HTMLInputElement[]} */ (this.rows().map((row) => row.querySelector("input")).filter(Boolean))
    const all = boxes.every((box) => box.checked)
    for (const box of boxes) box.checked = !all
  }

  chooseOwn() {
    if (!document.querySelector("input[name=chosen]:checked")) this.row()?.querySelector("input")?.click()
  }

  rows() {
    return [...document.querySelectorAll(ROWS)]
  }

  row() {
    return this.rows().find((row) => row.getAttribute("aria-current") === "true")
  }

  /** @param {"j" | "k"} key */
  move(key) {
    const rows = this.rows()
    if (!rows.length) return
    const at = rows.findIndex((row) => row.getAttribute("aria-current") === "true")
    const row = rows[nextRow(key, at, rows.length)]
    this.make(row)
    const within = /** @type {HTMLElement | null} */ (row.querySelector("a, .request") ?? row.querySelector("input"))
    within?.focus({ preventScroll: true })
    row.scrollIntoView({ block: "nearest" })
  }

  /** @param {Element} row */
  make(row) {
    for (const other of this.rows()) other.removeAttribute("aria-current")
    row.setAttribute("aria-current", "true")
    row.dispatchEvent(new CustomEvent("row-current", { bubbles: true }))
  }

  /** @param {FocusEvent} event */
  focusMoved = (event) => {
    const row = /** @type {Element} */ (event.target).closest?.(ROWS)
    if (row && row.getAttribute("aria-current") !== "true") this.make(row)
  }

  /** @param {MouseEvent} event */
  clicked = (event) => {
    const target = /** @type {Element} */ (event.target)
    if (target.closest("[data-palette-open]")) this.palette()
    if (target.closest("[data-keys-open]")) this.help()
  }

  palette() {
    paletteDialog(this, this.dataset.find)
  }

  help() {
    keysDialog(this)
  }
}

customElements.define("key-shortcuts", KeyShortcuts)
