import assert from "node:assert/strict"
import { test } from "node:test"

import { between, moved, typedArea } from "../../ombud/web/static/js/logic/areas.js"

test("an area is drawn from any corner and cut at the picture's edges", () => {
  const area = { left: 10, top: 20, width: 30, height: 40 }
  assert.deepEqual(between({ x: 10, y: 20 }, { x: 40, y: 60 }), area)
  assert.deepEqual(between({ x: 40, y: 60 }, { x: 10, y: 20 }), area)
  assert.deepEqual(between({ x: -5, y: 90 }, { x: 20, y: 130 }), { left: 0, top: 90, width: 20, height: 10 })
})

test("a slip of the hand is no area", () => {
  assert.equal(between({ x: 10, y: 10 }, { x: 10.2, y: 50 }), null)
  assert.equal(between({ x: 120, y: 10 }, { x: 150, y: 50 }), null)
})

test("a moved area stays whole within the picture", () => {
  const area = { left: 10, top: 20, width: 30, height: 40 }
  assert.deepEqual(moved(area, 5.04, -5), { left: 15, top: 15, width: 30, height: 40 })
  assert.deepEqual(moved(area, 500, 500), { left: 70, top: 60, width: 30, height: 40 })
  assert.deepEqual(moved(area, -500, -500), { left: 0, top: 0, width: 30, height: 40 })
})

test("four numbers are an area, anything else is none yet", () => {
  assert.deepEqual(typedArea(["1", "2", "3.5", "4"]), { left: 1, top: 2, width: 3.5, height: 4 })
  for (const typed of [["", "2", "3", "4"], ["x", "2", "3", "4"], ["1", "2", "0", "4"]]) assert.equal(typedArea(typed), null)
})
