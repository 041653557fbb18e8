import assert from "node:assert/strict"
import { test } from "node:test"
import { applies, readCondition } from "../../ombud/web/static/js/logic/asked.js"

test("a question waits for one of the answers it names", () => {
  const condition = readCondition("q.size=large,huge")
  assert.equal(condition.question, "q.size")
  assert.ok(applies(condition, ["huge"]))
  assert.ok(applies(condition, ["small", "large"]))
  assert.ok(!applies(condition, ["small"]))
  assert.ok(!applies(condition, []))
})
