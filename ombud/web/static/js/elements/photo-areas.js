// @ts-check
/**
 * <photo-areas data-draws> around a photo and its rows of number fields: areas can be drawn on the photo and moved.
 *
 * The fields are what is sent. What is drawn fills a free row, or a new one; what is typed is drawn.
 */
import { draw } from "../dom.js"
import { between, moved, typedArea } from "../logic/areas.js"

/** @typedef {import("../logic/areas.js").Area} Area */
/** @typedef {import("../logic/areas.js").Point} Point */
const EDGES = ["left", "top", "width", "height"]

class PhotoAreas extends HTMLElement {
  connectedCallback() {
    const overlay = this.querySelector("svg[viewBox]")
    if (this.overlay || !overlay || !("draws" in this.dataset)) return
    this.overlay = overlay
    this.overlay.addEventListener("pointerdown", (event) => this.begin(/** @type {PointerEvent} */ (event)))
    this.overlay.addEventListener("pointermove", (event) => this.go(/** @type {PointerEvent} */ (event)))
    this.overlay.addEventListener("pointerup", () => this.end())
    this.overlay.addEventListener("pointercancel", () => this.end())
    this.addEventListener("input", () => this.redraw())
    this.dataset.on = ""
    this.redraw()
  }

  get rows() {
    return Array.from(this.querySelectorAll("[data-area]"))
  }

  /**
   * @param {Element} row
   * @param {string} name
   */
  field(row, name) {
    return /** @type {HTMLInputElement} */ (row.querySelector(`[name=${name}]`))
  }

  /** @param {Element} row */
  area(row) {
    return this.field(row, "away").checked ? null : typedArea(EDGES.map((name) => this.field(row, name).value))
  }

  /** @param {PointerEvent} event */
  at(event) {
    const box = /** @type {Element} */ (this.overlay).getBoundingClientRect()
    return { x: (100 * (event.clientX - box.left)) / box.width, y: (100 * (event.clientY - box.top)) / box.height }
  }

  /** @param {PointerEvent} event */
  begin(event) {
    if (event.button !== 0) return
    event.preventDefault()
    this.overlay?.setPointerCapture(event.pointerId)
    const place = /** @type {Element} */ (event.target).getAttribute("data-row")
    const row = place === null ? this.freeRow() : this.rows[Number(place)]
    this.held = { row, from: this.at(event), area: place === null ? null : this.area(row) }
  }

  /** @param {PointerEvent} event */
  go(event) {
    if (!this.held) return
    const { row, from, area } = this.held
    const to = this.at(event)
    const now = area ? moved(area, to.x - from.x, to.y - from.y) : between(from, to)
    for (const name of EDGES) this.field(row, name).value = now ? String(now[/** @type {keyof Area} */ (name)]) : ""
    this.redraw()
  }

  end() {
    this.held = undefined
    this.redraw()
  }

  /** Return a row without numbers; where none is left, a copy of the last. */
  freeRow() {
    const rows = this.rows
    const free = rows.find((row) => EDGES.every((name) => this.field(row, name).value === ""))
    if (free) return free
    const last = rows[rows.length - 1]
    const row = /** @type {Element} */ (last.cloneNode(true))
    for (const name of EDGES) this.field(row, name).value = ""
    this.field(row, "away").checked = false
    this.field(row, "away").value = String(rows.length)
    const legend = row.querySelector("legend")
    if (legend) legend.textContent = (legend.textContent ?? "").replace(/\d+/, String(rows.length + 1)).trim()
    last.after(row)
    return row
  }

  redraw() {
    const frames = this.rows.flatMap((row, place) => {
      const area = this.area(row)
      if (!area) return []
      const edges = { x: area.left, y: area.top, width: area.width, height: area.height }
      const thousandths = Object.entries(edges).map(([name, percent]) => [name, String(10 * percent)])
      return [draw("rect", { ...Object.fromEntries(thousandths), "data-row": String(place) })]
    })
    this.overlay?.replaceChildren(...frames)
  }
}

customElements.define("photo-areas", PhotoAreas)
