import assert from "node:assert/strict"
import { test } from "node:test"
import { fitting, moved } from "../../ombud/web/static/js/logic/choosing.js"

test("arrows go round the ends of a list", () => {
  assert.equal(moved("ArrowDown", -1, 3), 0)
  assert.equal(moved("ArrowDown", 2, 3), 0)
  assert.equal(moved("ArrowUp", 0, 3), 2)
  assert.equal(moved("ArrowUp", -1, 3), 2)
  assert.equal(moved("End", 0, 3), 2)
})

test("other keys and empty lists do not move", () => {
  assert.equal(moved("a", 0, 3), null)
  assert.equal(moved("ArrowDown", -1, 0), null)
})

const commands = ["Assign to me", "Merge into another report", "Make a private note", "Reassign"].map((name) => ({ name }))
const names = (typed) => fitting(commands, typed).map(({ name }) => name)

test("nothing typed shows everything, as it was", () => {
  assert.deepEqual(names(""), commands.map(({ name }) => name))
})

test("the start of a name counts more than its middle", () => {
  assert.deepEqual(names("assign"), ["Assign to me", "Reassign"])
})

test("all words must fit, in any order", () => {
  assert.deepEqual(names("note priv"), ["Make a private note"])
  assert.deepEqual(names("note merge"), [])
})

test("accents do not matter", () => {
  assert.equal(fitting([{ name: "Añadir nota" }], "anadir").length, 1)
})
