import assert from "node:assert/strict"
import { test } from "node:test"
import { Arrivals, backoff } from "../../ombud/web/static/js/logic/live.js"

test("waits double from a second to half a minute", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 9].map((attempt) => backoff(attempt, 0.5)), [
    1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
  ])
})

test("waits are spread, so that screens do not come back all at once", () => {
  assert.deepEqual([backoff(3, 0), backoff(3, 1)], [6000, 10_000])
})

test("a request is new once, however often it is told", () => {
  const arrivals = new Arrivals()
  assert.deepEqual([arrivals.take("7", false), arrivals.take("7", false), arrivals.take("8", false)], ["new", "known", "new"])
  assert.equal(arrivals.count, 2)
})

test("a request that is shown already has changed and is not counted", () => {
  const arrivals = new Arrivals()
  assert.equal(arrivals.take("7", true), "changed")
  assert.equal(arrivals.count, 0)
})
