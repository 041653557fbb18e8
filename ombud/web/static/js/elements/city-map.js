// @ts-check
/**
 * <city-map>: a map of our own shapes, never the only way to what it shows. Each attribute may also be written
 * without `data-`.
 *
 * data-boundaries   address of the areas (GeoJSON, `name`)
 * data-points       address, or id of a JSON script, of the requests (`id`, `meaning`, `title`, `words`, `href`)
 * data-cells        the same of counts shown when zoomed out (polygons; `count`)
 * data-cells-until  zoom from which points are shown instead (12.5)   data-breaks  classes of counts, "1,5,20"
 * data-center "lon,lat"   data-zoom   data-bounds "west,south,east,north"   data-min-zoom   data-max-zoom
 * data-style        a city's own map style   data-credit  whose data it is   data-list  where the list is ("#list")
 * data-pick         pick a place; fills the form's inputs (place.js: data-lon, data-lat, ...), sends "place-picked"
 * data-mark         a pin at the center   data-still  does not move
 * data-fill         fills its box; wheel and one finger move it at once
 *
 * Sends "request-selected" ({id, href}). Changing data-points or data-cells draws the new data.
 */
import { icon, make, say } from "../dom.js"
import { Choosing } from "../map/choosing.js"
import { fetchGeojson, namesOf, pinAt } from "../map/data.js"
import { boxOf, breaksOf, roomy } from "../map/geo.js"
import { optionsOf } from "../map/options.js"
import { Picker } from "../map/picker.js"
import { drawShape } from "../map/shapes.js"
import { NOTHING, overlaid, styleOf } from "../map/style.js"
import { readTokens, watchTheme } from "../map/tokens.js"

const AREA_ZOOM = 12.7

class CityMap extends HTMLElement {
  static observedAttributes = ["data-points", "data-cells", "points", "cells"]
  /** @type {{areas: any, names: any, points: any, cells: any}} */
  data = { areas: NOTHING, names: NOTHING, points: NOTHING, cells: NOTHING }
  /** @type {ReturnType<typeof optionsOf>} */
  options = optionsOf(() => null)

  connectedCallback() {
    // Nothing heavy is fetched before the map is nearly in sight.
    this.observer = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && this.start(), {
      rootMargin: "200px",
    })
    this.observer.observe(this)
  }

  disconnectedCallback() {
    this.observer?.disconnect()
    this.stopWatching?.()
    this.choosing?.remove()
    this.picker?.remove()
    this.map?.remove()
    this.map = null
  }

  /** @param {string} name */
  async attributeChangedCallback(name) {
    if (!this.map) return
    const kind = name.endsWith("points") ? "points" : "cells"
    this.data[kind] = await fetchGeojson(this.getAttribute(name)).catch(() => NOTHING)
    if (kind === "cells") this.draw()
    else this.map.getSource("points")?.setData(this.data.points)
  }

  async start() {
    this.observer?.disconnect()
    this.options = optionsOf((name) => this.getAttribute(`data-${name}`) ?? this.getAttribute(name))
    const { boundaries, points, cells } = this.options
    const sources = [boundaries, points, cells].map((source) => fetchGeojson(source).catch(() => NOTHING))
    try {
      const [maplibre, ...found] = await Promise.all([import("maplibre-gl"), ...sources, mapSheet()])
      this.data = { areas: found[0], names: namesOf(found[0]), points: found[1], cells: found[2] }
      maplibre.setWorkerUrl(import.meta.resolve("maplibre-gl/worker"))
      this.build(maplibre)
    } catch (error) {
      console.warn(error)
      this.apologise()
    }
  }

  /** @param {any} maplibre */
  build(maplibre) {
    const { bounds, center, zoom, minZoom, maxZoom, credit, pick, still, fill, mark } = this.options
    if (mark) this.data.points = pinAt(center)
    const everything = bounds ?? boxOf(this.data.areas) ?? boxOf(this.data.points)
    // Without streets to know a place by, the edges of its area must be in sight.
    const seen = pick || this.dataset.style ? zoom : Math.min(zoom, AREA_ZOOM)
    this.home = center ? { center, zoom: seen } : { bounds: everything }
    const canvas = make("div", { class: "map-canvas" })
    this.prepend(canvas)
    this.map = new maplibre.Map({
      container: canvas,
      ...this.home,
      fitBoundsOptions: { padding: 16, maxZoom: 16 },
      style: this.ourStyle(),
      minZoom,
      maxZoom,
      maxBounds: bounds ? roomy(bounds) : null,
      interactive: !still,
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
      cooperativeGestures: !fill && !pick,
      attributionControl: credit ? { compact: true, customAttribution: credit } : false,
      locale: {
        "Map.Title": pick
          ? say("Map. Arrow keys move it beneath the pin, plus and minus zoom.")
          : say("Map. Arrow keys move it, plus and minus zoom. The list has the same requests."),
        "CooperativeGesturesHandler.WindowsHelpText": say("Hold Ctrl and scroll to zoom the map"),
        "CooperativeGesturesHandler.MacHelpText": say("Hold ⌘ and scroll to zoom the map"),
        "CooperativeGesturesHandler.MobileHelpText": say("Move the map with two fingers"),
      },
    })
    this.map.setMissingStyleImageResolver((/** @type {string} */ id) => this.addShape(id))
    if (this.dataset.style) this.draw()
    if (!still) this.makeLively(pick)
    this.stopWatching = watchTheme(() => this.draw())
    this.dataset.on = ""
  }

  /** @param {boolean} pick */
  makeLively(pick) {
    this.map.touchZoomRotate.disableRotation()
    this.map.keyboard.disableRotation()
    this.append(this.tools())
    if (pick) this.picker = new Picker(this, this.map)
    else this.choosing = new Choosing(this, this.map, () => this.data.points)
  }

  /** Draw everything anew, in the colours the page has now. */
  draw() {
    const [ours, theirs] = [this.ourStyle(), this.dataset.style]
    if (theirs) {
      const transformStyle = (/** @type {any} */ _before, /** @type {any} */ style) => overlaid(style, ours)
      this.map.setStyle(theirs, { diff: false, transformStyle })
    } else this.map.setStyle(ours, { diff: false })
    if (this.choosing?.ringed) this.map.once("styledata", () => this.choosing?.ring(this.choosing.ringed.properties.id))
  }

  ourStyle() {
    this.colours = readTokens(this)
    const counts = this.data.cells.features.map((/** @type {any} */ cell) => cell.properties.count)
    const { cellsUntil, breaks } = this.options
    const plain = Boolean(this.dataset.style)
    return styleOf(this.colours, this.data, { cellsUntil, breaks: breaks.length ? breaks : breaksOf(counts), plain })
  }

  /** @param {string} id */
  addShape(id) {
    const ratio = Math.max(2, Math.ceil(devicePixelRatio))
    const image = id.startsWith("state-") ? drawShape(id.slice(6), this.colours ?? {}, ratio) : null
    if (image && !this.map.hasImage(id)) this.map.addImage(id, image, { pixelRatio: ratio })
  }

  tools() {
    const button = (/** @type {string} */ name, /** @type {string} */ words, /** @type {() => void} */ act) =>
      make("button", { type: "button", click: act }, icon(name), make("span", { class: "unseen" }, words))
    return make(
      "div",
      { class: "map-tools" },
      button("plus", say("Zoom in"), () => this.map.zoomIn()),
      button("minus", say("Zoom out"), () => this.map.zoomOut()),
      button("house", say("Show the whole city"), () => this.whole()),
    )
  }

  whole() {
    const { bounds, center, zoom } = /** @type {any} */ (this.home)
    if (bounds) this.map.fitBounds(bounds, { padding: 16 })
    else this.map.easeTo({ center, zoom })
  }

  apologise() {
    this.querySelector(".map-canvas")?.remove()
    const words = make("div", { class: "map-words" }, say("The map cannot be drawn on this device."))
    if (this.options.list) words.append(" ", make("a", { href: this.options.list }, say("The list has the same requests")))
    this.replaceChildren(words)
    this.dataset.failed = ""
  }
}

/** Fetch MapLibre's own sheet, once a page. */
function mapSheet() {
  const href = import.meta.resolve("map.css")
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve()
  return new Promise((done, failed) => {
    document.head.append(make("link", { rel: "stylesheet", href, load: done, error: failed }))
  })
}

customElements.define("city-map", CityMap)
