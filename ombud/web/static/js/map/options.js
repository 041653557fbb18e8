// @ts-check
/** What a <city-map> was asked to be, read from its attributes once. */
import { numbers } from "./geo.js"

/**
 * @param {(name: string) => string | null} read an attribute's words, null where it is not there
 */
export function optionsOf(read) {
  const center = numbers(read("center"), 2) ?? numbers(`${read("lon") ?? ""},${read("lat") ?? ""}`, 2)
  return {
    boundaries: read("boundaries"),
    points: read("points"),
    cells: read("cells"),
    cellsUntil: number(read("cells-until"), 12.5),
    breaks: (read("breaks") ?? "").split(",").filter(Boolean).map(Number),
    center,
    zoom: number(read("zoom"), 12),
    minZoom: number(read("min-zoom"), 8),
    maxZoom: number(read("max-zoom"), 19),
    bounds: numbers(read("bounds"), 4),
    credit: read("credit"),
    list: read("list"),
    pick: read("pick") !== null,
    mark: read("mark") !== null && center !== null,
    still: read("still") !== null,
    fill: read("fill") !== null,
  }
}

/**
 * @param {string | null} text
 * @param {number} otherwise
 */
function number(text, otherwise) {
  return text && Number.isFinite(Number(text)) ? Number(text) : otherwise
}
