// @ts-check
/** Areas of a picture in percent of it, to one decimal: as they are drawn, moved and typed. */

/** @typedef {{left: number, top: number, width: number, height: number}} Area */
/** @typedef {{x: number, y: number}} Point - in percent of the picture */

/** Smaller than this is a slip of the hand. */
const SMALLEST = 0.5

/** @param {number} value */
const tenth = (value) => Math.round(value * 10) / 10

/**
 * @param {number} value
 * @param {number} [most]
 */
const within = (value, most = 100) => Math.min(Math.max(value, 0), most)

/**
 * Return the area between two corners, cut at the picture's edges; null where it is too small to be meant.
 *
 * @param {Point} from
 * @param {Point} to
 * @returns {Area | null}
 */
export function between(from, to) {
  const left = tenth(within(Math.min(from.x, to.x)))
  const top = tenth(within(Math.min(from.y, to.y)))
  const width = tenth(within(Math.max(from.x, to.x)) - left)
  const height = tenth(within(Math.max(from.y, to.y)) - top)
  return width < SMALLEST || height < SMALLEST ? null : { left, top, width, height }
}

/**
 * Return an area moved, kept whole within the picture.
 *
 * @param {Area} area
 * @param {number} right
 * @param {number} down
 * @returns {Area}
 */
export function moved(area, right, down) {
  return {
    ...area,
    left: tenth(within(area.left + right, 100 - area.width)),
    top: tenth(within(area.top + down, 100 - area.height)),
  }
}

/**
 * Return the area that four fields say, or null while one of them says none.
 *
 * @param {string[]} typed - left, top, width, height
 * @returns {Area | null}
 */
export function typedArea(typed) {
  const [left, top, width, height] = typed.map((text) => (text.trim() === "" ? Number.NaN : Number(text)))
  return [left, top, width, height].every(Number.isFinite) && width > 0 && height > 0
    ? { left, top, width, height }
    : null
}
