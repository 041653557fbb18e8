// @ts-check
/** Picking a place: a pin stands over the middle of the map; the map moves beneath it, or it is dragged. */
import { draw, icon, make, say } from "../dom.js"
import { fillPlace, heldPlace } from "../place.js"
import { metresPerPixel, stepOf } from "./geo.js"

/** A finger is about this many pixels off. */
const FINGER_PIXELS = 8
const CLOSE_ZOOM = 17

export class Picker {
  /**
   * @param {HTMLElement} home the <city-map>
   * @param {any} map MapLibre's
   */
  constructor(home, map) {
    this.home = home
    this.map = map
    this.pin = make(
      "button",
      { type: "button", class: "map-pin", "aria-label": say("Pin. Arrow keys move it, Enter uses this place.") },
      pinDrawing(),
    )
    this.use = make("button", { type: "button", class: "button", "data-kind": "primary", click: () => this.take() })
    this.words = make("p", { role: "status", class: "unseen" })
    home.append(cross(), this.pin, make("div", { class: "map-use" }, this.use), this.words)
    this.pin.addEventListener("keydown", (event) => this.key(event))
    this.pin.addEventListener("pointerdown", (event) => this.hold(event))
    map.on("movestart", (/** @type {any} */ event) => event.originalEvent && this.ask())
    map.on("click", (/** @type {any} */ event) => this.goTo(event.lngLat))
    this.elsewhere = (/** @type {Event} */ event) => this.follow(/** @type {CustomEvent} */ (event))
    this.root = home.closest("form") ?? document
    this.root.addEventListener("place-picked", this.elsewhere)
    this.ask()
    const held = heldPlace(home)
    if (held) map.jumpTo({ center: held, zoom: Math.max(map.getZoom(), CLOSE_ZOOM) })
  }

  remove() {
    this.root.removeEventListener("place-picked", this.elsewhere)
  }

  /** Offer the place beneath the pin. */
  ask() {
    this.use.replaceChildren(icon("check"), say("Use this place"))
  }

  take() {
    const { lng, lat } = this.map.getCenter()
    const accuracy = Math.max(1, Math.round(metresPerPixel(lat, this.map.getZoom()) * FINGER_PIXELS))
    fillPlace(this.home, { lon: lng, lat, accuracy, method: "map" })
    this.use.replaceChildren(icon("check"), say("Place chosen"))
    this.words.textContent = say("Place chosen")
  }

  /** @param {{lng: number, lat: number}} place */
  goTo(place) {
    this.map.easeTo({ center: place, duration: 200 })
    this.ask()
  }

  /**
   * A place found in another way, by its address or by the phone: the pin goes there and need not be used again.
   *
   * @param {CustomEvent<import("../place.js").Place>} event
   */
  follow({ detail }) {
    if (detail.method === "map") return
    this.map.jumpTo({ center: [detail.lon, detail.lat], zoom: Math.max(this.map.getZoom(), CLOSE_ZOOM) })
    this.use.replaceChildren(icon("check"), say("Place chosen"))
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = stepOf(event.key, event.shiftKey)
    if (step) {
      event.preventDefault()
      this.map.panBy(step, { duration: 0 })
      return this.ask()
    }
    if (event.key === "+" || event.key === "=") this.map.zoomIn()
    if (event.key === "-") this.map.zoomOut()
    if (event.key === "Enter") {
      event.preventDefault()
      this.take()
    }
  }

  /** @param {PointerEvent} down */
  hold(down) {
    this.pin.setPointerCapture(down.pointerId)
    this.pin.dataset.held = ""
    const moved = (/** @type {PointerEvent} */ event) => {
      this.pin.style.translate = `${event.clientX - down.clientX}px calc(-100% + ${event.clientY - down.clientY}px)`
    }
    const letGo = (/** @type {PointerEvent} */ event) => {
      this.pin.removeEventListener("pointermove", moved)
      delete this.pin.dataset.held
      this.pin.style.translate = ""
      const [x, y] = [event.clientX - down.clientX, event.clientY - down.clientY]
      if (Math.hypot(x, y) > 3) {
        const middle = this.map.project(this.map.getCenter())
        this.map.jumpTo({ center: this.map.unproject([middle.x + x, middle.y + y]) })
        this.ask()
      }
    }
    this.pin.addEventListener("pointermove", moved)
    this.pin.addEventListener("pointerup", letGo, { once: true })
    this.pin.addEventListener("pointercancel", letGo, { once: true })
  }
}

function pinDrawing() {
  const body = "M20 51C14 41 4 31 4 19a16 16 0 0 1 32 0c0 12-10 22-16 32z"
  const parts = [draw("path", { d: body }), draw("circle", { cx: "20", cy: "19", r: "6" })]
  return draw("svg", { viewBox: "0 0 40 52", "aria-hidden": "true" }, ...parts)
}

function cross() {
  const lines = draw("path", { d: "M12 2v7M12 15v7M2 12h7M15 12h7" })
  return draw("svg", { viewBox: "0 0 24 24", class: "map-cross", "aria-hidden": "true" }, lines)
}
