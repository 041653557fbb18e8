import assert from "node:assert/strict"
import { test } from "node:test"
import { kept, putBack } from "../../ombud/web/static/js/logic/draft.js"

const field = (name, type, value, checked) => ({ name, type, value, checked })

test("what was typed and chosen is kept", () => {
  const fields = [
    field("words", "textarea", "A deep hole"),
    field("side", "radio", "n", false),
    field("side", "radio", "s", true),
    field("what", "checkbox", "sofa", true),
    field("what", "checkbox", "bed", true),
    field("phone", "tel", ""),
  ]
  assert.deepEqual(kept(fields), { words: ["A deep hole"], side: ["s"], what: ["sofa", "bed"] })
})

test("passwords, files and what the server put there are never kept", () => {
  const fields = [field("pin", "password", "1"), field("photo", "file", "x"), field("csrf", "hidden", "t")]
  assert.deepEqual(kept(fields), {})
})

test("a draft fills only what is empty", () => {
  const fields = [field("words", "textarea", "From the server"), field("phone", "tel", "")]
  assert.equal(putBack(fields, { words: ["Typed before"], phone: ["213"] }), true)
  assert.deepEqual(fields.map((each) => each.value), ["From the server", "213"])
})

test("a choice the server knows is not changed", () => {
  const fields = [field("side", "radio", "n", true), field("side", "radio", "s", false)]
  assert.equal(putBack(fields, { side: ["s"] }), false)
  assert.deepEqual(fields.map((each) => each.checked), [true, false])
})

test("every box of a set that was chosen comes back", () => {
  const fields = ["sofa", "bed", "ice"].map((value) => field("what", "checkbox", value, false))
  putBack(fields, { what: ["sofa", "ice"] })
  assert.deepEqual(fields.map((each) => each.checked), [true, false, true])
})
