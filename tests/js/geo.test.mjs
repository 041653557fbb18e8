import assert from "node:assert/strict"
import { test } from "node:test"
import { boxOf, breaksOf, metresPerPixel, namePoint, numbers, stepOf } from "../../ombud/web/static/js/map/geo.js"

const square = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]
const small = [[10, 10], [11, 10], [11, 11], [10, 11], [10, 10]]
const polygon = (...rings) => ({ type: "Polygon", coordinates: rings })

test("attributes are read as numbers or not at all", () => {
  assert.deepEqual(numbers("-118.25, 34.05", 2), [-118.25, 34.05])
  assert.equal(numbers("-118.25", 2), null)
  assert.equal(numbers("a,b", 2), null)
  assert.equal(numbers(undefined, 2), null)
})

test("a box goes around everything, whatever its kind", () => {
  const collection = {
    type: "FeatureCollection",
    features: [
      { type: "Feature", geometry: { type: "MultiPolygon", coordinates: [[square], [small]] } },
      { type: "Feature", geometry: { type: "Point", coordinates: [-1, 5] } },
      { type: "Feature", geometry: null },
    ],
  }
  assert.deepEqual(boxOf(collection), [-1, 0, 11, 11])
  assert.equal(boxOf({ type: "FeatureCollection", features: [] }), null)
})

test("a name stands in the middle of a plain area", () => {
  assert.deepEqual(namePoint(polygon(square)), [2, 2])
})

test("a name stands in the largest part of an area of several", () => {
  assert.deepEqual(namePoint({ type: "MultiPolygon", coordinates: [[small], [square]] }), [2, 2])
})

test("a name stands inside an area shaped like a horseshoe, not in its bay", () => {
  const horseshoe = [[0, 0], [6, 0], [6, 6], [5, 6], [5, 1], [2, 1], [2, 6], [0, 6], [0, 0]]
  const [x] = namePoint(polygon(horseshoe))
  assert.ok((x > 0 && x < 2) || (x > 5 && x < 6), `${x} is in the bay`)
})

test("a name stands beside a hole, not in it", () => {
  const hole = [[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]
  const [x, y] = namePoint(polygon(square, hole))
  assert.ok(!(x > 1 && x < 3 && y > 1 && y < 3))
})

test("a shape without an area has no name point", () => {
  assert.equal(namePoint({ type: "Point", coordinates: [1, 2] }), null)
})

test("classes break where counts do, equal counts together", () => {
  assert.deepEqual(breaksOf([1, 1, 1, 1, 2, 3, 4, 8, 20, 90]), [3, 20, 90])
  assert.deepEqual(breaksOf([5, 5, 5]), [])
  assert.deepEqual(breaksOf([]), [])
})

test("a pixel is 0.6 metres at the equator at zoom 17", () => {
  assert.ok(Math.abs(metresPerPixel(0, 17) - 0.597) < 0.001)
  assert.ok(metresPerPixel(60, 17) < 0.3)
})

test("arrows step, and step finely with Shift", () => {
  assert.deepEqual(stepOf("ArrowUp", false), [0, -16])
  assert.deepEqual(stepOf("ArrowRight", true), [2, 0])
  assert.equal(stepOf("a", false), null)
})
