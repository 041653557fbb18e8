import assert from "node:assert/strict"
import { test } from "node:test"
import { namesOf } from "../../ombud/web/static/js/map/data.js"
import { overlaid, styleOf } from "../../ombud/web/static/js/map/style.js"

const colours = new Proxy({}, { get: (_, name) => `colour of ${String(name)}` })
const cell = { type: "Feature", properties: { count: 3 }, geometry: null }
const cells = { type: "FeatureCollection", features: [cell] }
const layer = (style, id) => style.layers.find((each) => each.id === id)

test("points wait for cells to end, where there are cells", () => {
  assert.equal(layer(styleOf(colours, { cells }, { cellsUntil: 12, breaks: [] }), "points").minzoom, 12)
  assert.equal(layer(styleOf(colours, {}, { cellsUntil: 12, breaks: [] }), "points").minzoom, 0)
})

test("the darkest fill is for the most, however few classes there are", () => {
  const fill = (breaks) => layer(styleOf(colours, { cells }, { cellsUntil: 12, breaks }), "cells").paint["fill-color"]
  assert.deepEqual(fill([5]), ["step", ["get", "count"], "colour of map-many", 5, "colour of map-most"])
  assert.equal(fill([5, 10, 20]).length, 9)
  assert.equal(fill([]), "colour of map-some")
})

test("no glyph server and no picture server is asked", () => {
  const style = styleOf(colours, {}, { cellsUntil: 12, breaks: [] })
  assert.equal(style.glyphs, undefined)
  assert.equal(style.sprite, undefined)
})

test("a city's own style keeps its ground and gets our marks on top", () => {
  const ours = styleOf(colours, {}, { cellsUntil: 12, breaks: [], plain: true })
  const both = overlaid({ version: 8, glyphs: "theirs", sources: { tiles: {} }, layers: [{ id: "sea" }] }, ours)
  assert.equal(both.glyphs, "theirs")
  assert.equal(both.layers[0].id, "sea")
  assert.equal(both.layers.at(-1).id, "chosen-point")
  assert.equal(layer(both, "ground"), undefined)
})

test("areas without a name or a shape are drawn without one", () => {
  const square = { type: "Polygon", coordinates: [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]] }
  const areas = { features: [{ geometry: square, properties: { name: "Harbor" } }, { geometry: square, properties: {} }, { geometry: null }] }
  assert.deepEqual(namesOf(areas).features.map((each) => each.properties.name), ["Harbor"])
})
