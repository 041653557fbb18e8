// @ts-check
/** One selection for the map and the list beside it: rows carry `data-request`, points carry `id`. */
import { icon, make, say } from "../dom.js"
import { NOTHING } from "./style.js"

export class Choosing {
  /**
   * @param {HTMLElement} home the <city-map>
   * @param {any} map MapLibre's
   * @param {() => any} points the GeoJSON that is shown
   */
  constructor(home, map, points) {
    this.home = home
    this.map = map
    this.points = points
    for (const layer of ["points", "counts", "cells"]) {
      map.on("click", layer, (/** @type {any} */ event) => this.hit(layer, event))
      map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"))
      map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""))
    }
    this.over = (/** @type {Event} */ event) => this.pointAt(/** @type {Element} */ (event.target))
    for (const name of ["pointerover", "focusin", "row-current"]) document.addEventListener(name, this.over)
  }

  remove() {
    for (const name of ["pointerover", "focusin", "row-current"]) document.removeEventListener(name, this.over)
  }

  /**
   * @param {string} layer
   * @param {any} event
   */
  async hit(layer, event) {
    const feature = event.features[0]
    if (layer === "points") return this.choose(feature.properties.id)
    const place = feature.geometry.type === "Point" ? feature.geometry.coordinates : event.lngLat
    const zoom =
      layer === "counts"
        ? await this.map.getSource("points").getClusterExpansionZoom(feature.properties.cluster_id)
        : this.map.getZoom() + 2
    this.map.easeTo({ center: place, zoom: Math.min(zoom + 0.2, 18), duration: 300 })
  }

  /** @param {Element} target */
  pointAt(target) {
    const row = /** @type {HTMLElement | null} */ (target.closest?.("[data-request]"))
    if (row && !this.home.contains(row)) this.ring(row.dataset.request ?? "")
  }

  /**
   * Ring a point on the map; ids are compared as words.
   *
   * @param {string} id
   */
  ring(id) {
    const feature = this.points().features.find((/** @type {any} */ each) => String(each.properties.id) === String(id))
    this.map.getSource("chosen")?.setData(feature ?? NOTHING)
    this.ringed = feature
    return feature
  }

  /**
   * Choose a request: ring it, show its card, mark its row, tell the page.
   *
   * @param {string} id
   */
  choose(id) {
    const feature = this.ring(id)
    if (!feature) return
    this.card(feature.properties)
    const rows = document.querySelectorAll("[data-request]")
    for (const row of rows) {
      const is = /** @type {HTMLElement} */ (row).dataset.request === String(id)
      if (is) row.scrollIntoView({ block: "nearest" })
      row.toggleAttribute("aria-current", is)
      if (is) row.setAttribute("aria-current", "true")
    }
    const detail = { id, href: feature.properties.href }
    this.home.dispatchEvent(new CustomEvent("request-selected", { bubbles: true, detail }))
  }

  /**
   * @param {{title?: string, words?: string, meaning?: string, href?: string}} request
   */
  card({ title, words, meaning = "waiting", href }) {
    this.shown?.remove()
    if (!title) return
    const mark = make("span", { class: "mark", "data-meaning": meaning }, icon(`state-${meaning}`), words ?? "")
    const close = make("button", { type: "button", class: "button", "data-size": "icon", "data-kind": "plain" }, icon("x"))
    close.append(make("span", { class: "unseen" }, say("Close")))
    close.addEventListener("click", () => {
      this.shown?.remove()
      this.ring("")
    })
    const name = href ? make("a", { href }, title) : title
    const head = make("div", { class: "dialog-head" }, make("strong", {}, name), close)
    this.shown = make("div", { class: "map-card", role: "status" }, head, mark)
    this.home.append(this.shown)
  }
}
