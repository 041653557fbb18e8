import assert from "node:assert/strict"
import { test } from "node:test"
import { optionsOf } from "../../ombud/web/static/js/map/options.js"

const options = (attributes) => optionsOf((name) => attributes[name] ?? null)

test("a bare map has the zooms of a city", () => {
  const { center, zoom, minZoom, maxZoom, pick, still } = options({})
  assert.deepEqual([center, zoom, minZoom, maxZoom, pick, still], [null, 12, 8, 19, false, false])
})

test("a center is one attribute or two", () => {
  assert.deepEqual(options({ center: "-118.25,34.05" }).center, [-118.25, 34.05])
  assert.deepEqual(options({ lon: "-118.25", lat: "34.05" }).center, [-118.25, 34.05])
})

test("the names of a form's inputs are not taken for a place", () => {
  assert.equal(options({ pick: "", lon: "longitude", lat: "latitude" }).center, null)
})

test("a template that had nothing to say is no place and no zoom", () => {
  const { center, zoom } = options({ center: ",", zoom: "" })
  assert.deepEqual([center, zoom], [null, 12])
})

test("a mark needs a place to be at", () => {
  assert.equal(options({ mark: "" }).mark, false)
  assert.equal(options({ mark: "", center: "1,2" }).mark, true)
})

test("classes of counts are numbers", () => {
  assert.deepEqual(options({ breaks: "1,5,20" }).breaks, [1, 5, 20])
  assert.deepEqual(options({}).breaks, [])
})
