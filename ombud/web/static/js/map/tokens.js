// @ts-check
/** The map's colours, read from the page's tokens. */

const NAMES = [
  "map-ground", "map-area", "map-line", "map-name", "map-count", "map-count-ink", "map-halo",
  "map-few", "map-some", "map-many", "map-most", "focus", "brand",
  "waiting-ink", "booked-ink", "fixed-ink", "ended-ink", "late-ink", "note-ink",
] // prettier-ignore

/**
 * Return the tokens as colours MapLibre understands: it does not read oklch, so a pixel is painted and looked at.
 *
 * @param {Element} element
 * @returns {Record<string, string>}
 */
export function readTokens(element) {
  const style = getComputedStyle(element)
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", {
    willReadFrequently: true,
  })
  /** @type {Record<string, string>} */
  const colours = {}
  for (const name of NAMES) {
    if (!context) break
    context.fillStyle = style.getPropertyValue(`--${name}`)
    context.fillRect(0, 0, 1, 1)
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data
    colours[name] = `rgb(${red}, ${green}, ${blue})`
  }
  return colours
}

/**
 * Call back whenever the page's theme changes.
 *
 * @param {() => void} changed
 * @returns {() => void} what stops it
 */
export function watchTheme(changed) {
  const queries = ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"].map((query) => matchMedia(query))
  for (const query of queries) query.addEventListener("change", changed)
  const observer = new MutationObserver(changed)
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] })
  return () => {
    observer.disconnect()
    for (const query of queries) query.removeEventListener("change", changed)
  }
}
