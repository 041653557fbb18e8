// @ts-check
/** A place on the ground, and the hidden inputs of the form that carry it. */

/** Seven decimals of a degree are a centimetre: finer than any phone or finger. */
const DECIMALS = 7

/**
 * @typedef {object} Place
 * @property {number} lon
 * @property {number} lat
 * @property {number} [accuracy] in metres, how far off it may be
 * @property {"address" | "gps" | "map"} method how it was found
 * @property {string} [label]
 */

/**
 * Fill the form's inputs with the place and tell the form. An element names inputs by `data-lon`, `data-lat`,
 * `data-accuracy`, `data-method`; without these they are called lon, lat, accuracy and method. `data-decimals` rounds:
 * three leave about a hundred metres.
 *
 * @param {HTMLElement} element
 * @param {Place} place
 */
export function fillPlace(element, place) {
  for (const part of /** @type {const} */ (["lon", "lat", "accuracy", "method"])) {
    const input = inputOf(element, part)
    if (input) input.value = written(place[part], Number(element.dataset.decimals ?? DECIMALS))
  }
  element.dispatchEvent(new CustomEvent("place-picked", { bubbles: true, detail: place }))
}

/**
 * Empty the inputs: what was typed since no longer is the place they hold.
 *
 * @param {HTMLElement} element
 */
export function clearPlace(element) {
  for (const part of ["lon", "lat", "accuracy", "method"]) {
    const input = inputOf(element, part)
    if (input) input.value = ""
  }
}

/**
 * Return the place the form holds already, if it does.
 *
 * @param {HTMLElement} element
 * @returns {[number, number] | null}
 */
export function heldPlace(element) {
  const [lon, lat] = [inputOf(element, "lon")?.value, inputOf(element, "lat")?.value]
  return lon && lat && Number.isFinite(+lon) && Number.isFinite(+lat) ? [+lon, +lat] : null
}

/**
 * @param {HTMLElement} element
 * @param {string} part
 * @returns {HTMLInputElement | null}
 */
function inputOf(element, part) {
  const root = element.closest("form") ?? document
  return root.querySelector(`[name="${CSS.escape(element.dataset[part] ?? part)}"]`)
}

/**
 * @param {number | string | undefined} value
 * @param {number} decimals
 */
function written(value, decimals) {
  return typeof value === "number" ? String(Math.round(value * 10 ** decimals) / 10 ** decimals) : (value ?? "")
}
