// @ts-check
/** Where a map's GeoJSON comes from: an address, or a script of JSON on the page. */
import { namePoint } from "./geo.js"
import { NOTHING } from "./style.js"

/**
 * Return the GeoJSON, or nothing where there is no source or it does not answer.
 *
 * @param {string | null} source an address, or the id of a `<script type="application/json">`
 */
export async function fetchGeojson(source) {
  if (!source) return NOTHING
  const script = document.getElementById(source.replace(/^#/, ""))
  if (script) return JSON.parse(script.textContent || "null") ?? NOTHING
  const answer = await fetch(source, { headers: { Accept: "application/geo+json, application/json" } })
  if (!answer.ok) throw new Error(`${source} answered ${answer.status}`)
  return answer.json()
}

/**
 * Return a point for each area's name.
 *
 * @param {{features: any[]}} areas
 */
export function namesOf(areas) {
  const features = areas.features.flatMap(({ geometry, properties }) => {
    const coordinates = geometry && namePoint(geometry)
    const name = properties?.name
    return coordinates && name ? [{ type: "Feature", properties: { name }, geometry: { type: "Point", coordinates } }] : []
  })
  return { type: "FeatureCollection", features }
}

/**
 * Return a pin at the place, as a request to be drawn.
 *
 * @param {number[] | null} coordinates
 */
export function pinAt(coordinates) {
  const pin = { type: "Feature", properties: { meaning: "pin" }, geometry: { type: "Point", coordinates } }
  return { type: "FeatureCollection", features: [pin] }
}
