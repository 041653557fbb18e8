// @ts-check
/** The six shapes of meaning, as in icons.svg (a test compares them), drawn for the map in the colours of the page. */

/** @type {Record<string, string>} */
export const SHAPES = {
  waiting: "M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20zM12 4.6a7.4 7.4 0 1 1 0 14.8a7.4 7.4 0 1 1 0-14.8zM6.85 12a1.35 1.35 0 1 0 2.7 0a1.35 1.35 0 1 0-2.7 0zM10.65 12a1.35 1.35 0 1 0 2.7 0a1.35 1.35 0 1 0-2.7 0zM14.45 12a1.35 1.35 0 1 0 2.7 0a1.35 1.35 0 1 0-2.7 0z",
  booked: "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM6 8.5h12v2.5H6zM6 14h7v2.5H6z",
  fixed: "M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20zM6.09 13.23L10.65 17.67L17.96 9.68L16.04 7.92L10.55 13.93L7.91 11.37z",
  ended: "M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20zM7 10.7h10v2.6H7z",
  late: "M10.6 2.9a1.6 1.6 0 0 1 2.8 0l9.3 16.7a1.6 1.6 0 0 1-1.4 2.4H2.7a1.6 1.6 0 0 1-1.4-2.4zM10.7 8.5h2.6v6.5h-2.6zM10.5 18a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0z",
  note: "M5 3h14a2 2 0 0 1 2 2v9l-7 7H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM7 8h10v2.2H7zM7 12.5h6v2.2H7z",
}

/** A place of no state: drawn in the brand's colour, its tip at the place. */
const PIN = "M12 23C9 18 4.5 14.2 4.5 9.2a7.5 7.5 0 0 1 15 0C19.5 14.2 15 18 12 23zM12 6.4a2.8 2.8 0 1 0 0 5.6a2.8 2.8 0 1 0 0-5.6z"

/** How large a mark is drawn, in pixels of the page, and how wide its halo is. */
const SIZE = 20
const PIN_SIZE = 36
const HALO = 2.5

/**
 * Draw a meaning's shape on its halo, so that it is seen on every ground.
 *
 * @param {string} meaning
 * @param {Record<string, string>} colours as read by tokens.js
 * @param {number} ratio of the screen's pixels to the page's
 * @returns {ImageData | null} null for a meaning there is not
 */
export function drawShape(meaning, colours, ratio) {
  const path = meaning === "pin" ? PIN : SHAPES[meaning]
  const size = meaning === "pin" ? PIN_SIZE : SIZE
  const side = Math.ceil((size + 2 * HALO) * ratio)
  const context = Object.assign(document.createElement("canvas"), { width: side, height: side }).getContext("2d")
  if (!path || !context) return null
  const scale = (size * ratio) / 24
  context.setTransform(scale, 0, 0, scale, HALO * ratio, HALO * ratio)
  const shape = new Path2D(path)
  context.lineJoin = "round"
  context.lineWidth = (2 * HALO * ratio) / scale
  context.strokeStyle = context.fillStyle = colours["map-halo"]
  context.stroke(shape)
  context.fill(shape)
  context.fillStyle = colours[meaning === "pin" ? "brand" : `${meaning}-ink`]
  context.fill(shape, "evenodd")
  return context.getImageData(0, 0, side, side)
}
