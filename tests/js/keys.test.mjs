import assert from "node:assert/strict"
import { test } from "node:test"
import { nextRow, pressed, typesInto } from "../../ombud/web/static/js/logic/keys.js"

const press = (key, more = {}) => pressed({ key, ctrlKey: false, metaKey: false, altKey: false, ...more })

test("letters are the same with and without capitals", () => {
  assert.deepEqual([press("j"), press("J"), press("?"), press("Enter")], ["j", "j", "?", "Enter"])
})

test("Control K and Command K open the palette; what else they do is the browser's", () => {
  assert.equal(press("k", { ctrlKey: true }), "Control k")
  assert.equal(press("K", { metaKey: true }), "Control k")
  assert.equal(press("r", { ctrlKey: true }), null)
})

test("a letter that is being composed is no command", () => {
  assert.equal(press("k", { isComposing: true }), null)
  assert.equal(press("j", { altKey: true }), null)
})

test("keys belong to the field one types in", () => {
  assert.equal(typesInto({ localName: "textarea" }), true)
  assert.equal(typesInto({ localName: "input", type: "search" }), true)
  assert.equal(typesInto({ localName: "input", type: "checkbox" }), false)
  assert.equal(typesInto({ localName: "a" }), false)
  assert.equal(typesInto(null), false)
})

test("the first j goes to the first row, and the ends hold", () => {
  assert.deepEqual([nextRow("j", -1, 3), nextRow("j", 2, 3), nextRow("k", 0, 3), nextRow("k", 2, 3)], [0, 2, 0, 1])
})
