// @ts-check
/** What is drawn: a quiet ground, cells when zoomed out, sized marks and shapes when zoomed in. */

/** @type {{type: "FeatureCollection", features: any[]}} */
export const NOTHING = { type: "FeatureCollection", features: [] }
// Drawn from the page's own font, so that no glyph server is asked. The first name gives the weight.
const LABEL = ["Public Sans"]
const STRONG = ["Public Sans Semibold", "Public Sans"]
const CLASSES = ["map-few", "map-some", "map-many", "map-most"]

/**
 * Return our sources and layers, as a whole style or to be laid over a city's own.
 *
 * @param {Record<string, string>} colours as read by tokens.js
 * @param {{areas?: any, names?: any, points?: any, cells?: any}} data GeoJSON
 * @param {{cellsUntil: number, breaks: number[], plain?: boolean}} options `plain` leaves the ground to the city
 * @returns {any}
 */
export function styleOf(colours, data, { cellsUntil, breaks, plain = false }) {
  const hasCells = Boolean(data.cells?.features.length)
  return {
    version: 8,
    sources: {
      areas: { type: "geojson", data: data.areas ?? NOTHING },
      names: { type: "geojson", data: data.names ?? NOTHING },
      cells: { type: "geojson", data: data.cells ?? NOTHING },
      points: { type: "geojson", data: data.points ?? NOTHING, cluster: true, clusterRadius: 42, clusterMaxZoom: 15 },
      chosen: { type: "geojson", data: NOTHING },
    },
    layers: [
      ...(plain ? [] : ground(colours)),
      ...cells(colours, cellsUntil, breaks),
      names(colours, plain),
      ...marks(colours, hasCells ? cellsUntil : 0),
    ],
  }
}

/**
 * Lay our sources and layers over a city's own style.
 *
 * @param {any} theirs
 * @param {any} ours
 */
export function overlaid(theirs, ours) {
  return {
    ...theirs,
    sources: { ...theirs.sources, ...ours.sources },
    layers: [...theirs.layers, ...ours.layers],
  }
}

/** @param {Record<string, string>} colours */
function ground(colours) {
  return [
    { id: "ground", type: "background", paint: { "background-color": colours["map-ground"] } },
    { id: "areas", type: "fill", source: "areas", paint: { "fill-color": colours["map-area"] } },
    {
      id: "area-lines",
      type: "line",
      source: "areas",
      paint: {
        "line-color": colours["map-line"],
        "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.6, 14, 1.6],
      },
    },
  ]
}

/**
 * @param {Record<string, string>} colours
 * @param {number} until
 * @param {number[]} breaks
 */
function cells(colours, until, breaks) {
  const classes = CLASSES.slice(CLASSES.length - breaks.length - 1)
  const steps = breaks.flatMap((least, at) => [least, colours[classes[at + 1]]])
  const fill = breaks.length ? ["step", ["get", "count"], colours[classes[0]], ...steps] : colours["map-some"]
  return [
    {
      id: "cells",
      type: "fill",
      source: "cells",
      maxzoom: until,
      paint: { "fill-color": fill, "fill-opacity": 0.88, "fill-antialias": false },
    },
    {
      id: "cell-lines",
      type: "line",
      source: "cells",
      maxzoom: until,
      paint: { "line-color": colours["map-area"], "line-width": 1 },
    },
  ]
}

/**
 * @param {Record<string, string>} colours
 * @param {boolean} plain
 */
function names(colours, plain) {
  return {
    id: "names",
    type: "symbol",
    source: "names",
    minzoom: 9,
    layout: {
      visibility: plain ? "none" : "visible",
      "text-field": ["get", "name"],
      "text-font": LABEL,
      "text-size": ["interpolate", ["linear"], ["zoom"], 9, 10.5, 14, 14],
      "text-max-width": 8,
      "text-padding": 6,
    },
    paint: { "text-color": colours["map-name"], "text-halo-color": colours["map-halo"], "text-halo-width": 1.5 },
  }
}

/**
 * @param {Record<string, string>} colours
 * @param {number} from
 */
function marks(colours, from) {
  const size = ["interpolate", ["linear"], ["sqrt", ["get", "point_count"]], 1.4, 12, 8, 18, 30, 32]
  return [
    {
      id: "chosen",
      type: "circle",
      source: "chosen",
      paint: {
        "circle-radius": 17,
        "circle-color": colours["map-halo"],
        "circle-stroke-color": colours.focus,
        "circle-stroke-width": 3,
      },
    },
    {
      id: "counts",
      type: "circle",
      source: "points",
      minzoom: from,
      filter: ["has", "point_count"],
      paint: {
        "circle-radius": size,
        "circle-color": colours["map-count"],
        "circle-stroke-color": colours["map-halo"],
        "circle-stroke-width": 2,
      },
    },
    {
      id: "count-words",
      type: "symbol",
      source: "points",
      minzoom: from,
      filter: ["has", "point_count"],
      layout: {
        "text-field": ["get", "point_count_abbreviated"],
        "text-font": STRONG,
        "text-size": 13,
        "text-allow-overlap": true,
        "text-ignore-placement": true,
      },
      paint: { "text-color": colours["map-count-ink"] },
    },
    {
      id: "points",
      type: "symbol",
      source: "points",
      minzoom: from,
      filter: ["!", ["has", "point_count"]],
      layout: {
        "icon-image": ["concat", "state-", ["coalesce", ["get", "meaning"], "waiting"]],
        "icon-anchor": ["match", ["get", "meaning"], "pin", "bottom", "center"],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
      },
    },
    {
      id: "chosen-point",
      type: "symbol",
      source: "chosen",
      layout: {
        "icon-image": ["concat", "state-", ["coalesce", ["get", "meaning"], "waiting"]],
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
      },
    },
  ]
}
