// @ts-check
/** Small geometry on the ground: boxes, where a name stands in an area, classes of counts, steps in metres. */

/** @typedef {[number, number]} LonLat */
/** @typedef {[number, number, number, number]} Box west, south, east, north */

/**
 * Read "lon,lat" or "west,south,east,north".
 *
 * @param {string | null | undefined} text
 * @param {number} length
 * @returns {number[] | null} null where it is not that many numbers
 */
export function numbers(text, length) {
  const parts = (text ?? "").split(",")
  const found = parts.map(Number)
  return parts.length === length && parts.every((part) => part.trim()) && found.every(Number.isFinite) ? found : null
}

/**
 * Return the box around everything a GeoJSON holds; null where it holds nothing.
 *
 * @param {any} geojson
 * @returns {Box | null}
 */
export function boxOf(geojson) {
  /** @type {Box} */
  const box = [Infinity, Infinity, -Infinity, -Infinity]
  /** @param {any} part */
  function walk(part) {
    if (Array.isArray(part) && typeof part[0] === "number") {
      box[0] = Math.min(box[0], part[0])
      box[1] = Math.min(box[1], part[1])
      box[2] = Math.max(box[2], part[0])
      box[3] = Math.max(box[3], part[1])
    } else if (Array.isArray(part)) part.forEach(walk)
    else if (part) [part.features, part.geometries, part.geometry, part.coordinates].forEach(walk)
  }
  walk(geojson)
  return box[0] <= box[2] ? box : null
}

/**
 * Return the box with room around it, so that its edge can be brought to the middle of a map.
 *
 * @param {number[]} box
 * @returns {Box}
 */
export function roomy([west, south, east, north]) {
  const [x, y] = [(east - west) / 2, (north - south) / 2]
  return [west - x, south - y, east + x, north + y]
}

/**
 * Return where an area's name stands: inside its largest part, in the middle of the widest stretch among a few
 * lines across it.
 *
 * @param {{type: string, coordinates: any}} geometry a Polygon or a MultiPolygon
 * @returns {LonLat | null}
 */
export function namePoint(geometry) {
  /** @type {LonLat[][][]} */
  const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.type === "MultiPolygon" ? geometry.coordinates : []
  const largest = parts.reduce((best, part) => (area(part[0]) > area(best?.[0] ?? []) ? part : best), parts[0])
  const box = boxOf({ coordinates: largest })
  if (!largest || !box) return null
  /** @type {{width: number, point: LonLat | null}} */
  let best = { width: 0, point: null }
  for (const share of [0.5, 0.42, 0.58, 0.34, 0.66]) {
    const lat = box[1] + (box[3] - box[1]) * share
    const crossings = largest.flatMap((ring) => crossingsOf(ring, lat)).sort((a, b) => a - b)
    for (let at = 0; at + 1 < crossings.length; at += 2) {
      const width = crossings[at + 1] - crossings[at]
      // The middle line wins unless another is clearly wider.
      if (width > best.width * 1.15) best = { width, point: [(crossings[at] + crossings[at + 1]) / 2, lat] }
    }
  }
  return best.point
}

/** @param {LonLat[]} ring */
function area(ring) {
  let sum = 0
  for (let i = 0; i + 1 < ring.length; i++) sum += ring[i][0] * ring[i + 1][1] - ring[i + 1][0] * ring[i][1]
  return Math.abs(sum / 2)
}

/**
 * @param {LonLat[]} ring
 * @param {number} lat
 */
function crossingsOf(ring, lat) {
  const found = []
  for (let i = 0; i + 1 < ring.length; i++) {
    const [[x1, y1], [x2, y2]] = [ring[i], ring[i + 1]]
    if (y1 > lat !== y2 > lat) found.push(x1 + ((lat - y1) / (y2 - y1)) * (x2 - x1))
  }
  return found
}

/**
 * Return up to three class breaks that put about as many cells in each class; equal counts stay together.
 *
 * @param {number[]} counts
 * @returns {number[]} ascending; a count at a break belongs to the class above it
 */
export function breaksOf(counts) {
  const sorted = [...counts].sort((a, b) => a - b)
  const cuts = [0.5, 0.8, 0.95].map((share) => sorted[Math.floor(share * sorted.length)])
  return [...new Set(cuts)].filter((cut) => cut > (sorted[0] ?? 0))
}

/**
 * Return how many metres a pixel of the map is, for tiles of 512 px.
 *
 * @param {number} lat
 * @param {number} zoom
 */
export function metresPerPixel(lat, zoom) {
  return (40_075_016.686 * Math.cos((lat * Math.PI) / 180)) / (512 * 2 ** zoom)
}

/**
 * Return the step in pixels an arrow key makes; fine with Shift. Null where the key is no arrow.
 *
 * @param {string} key
 * @param {boolean} fine
 * @returns {LonLat | null}
 */
export function stepOf(key, fine) {
  const size = fine ? 2 : 16
  /** @type {Record<string, LonLat>} */
  const steps = { ArrowLeft: [-size, 0], ArrowRight: [size, 0], ArrowUp: [0, -size], ArrowDown: [0, size] }
  return steps[key] ?? null
}
