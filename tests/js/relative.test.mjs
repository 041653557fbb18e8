import assert from "node:assert/strict"
import { test } from "node:test"
import { relativeParts } from "../../ombud/web/static/js/logic/relative.js"

const NOW = Date.parse("2026-11-24T17:12:00Z")
const cases = [
  ["2026-11-24T17:11:40Z", [0, "second"]],
  ["2026-11-24T17:10:00Z", [-2, "minute"]],
  ["2026-11-24T12:12:00Z", [-5, "hour"]],
  ["2026-11-21T17:12:00Z", [-3, "day"]],
  ["2026-11-14T17:12:00Z", [-10, "day"]],
  ["2026-11-03T17:12:00Z", [-3, "week"]],
  ["2026-08-24T17:12:00Z", [-3, "month"]],
  ["2024-05-24T17:12:00Z", [-2, "year"]],
  ["2026-11-26T18:12:00Z", [2, "day"]],
]
for (const [then, parts] of cases) {
  test(`${then} is ${parts.join(" ")} from the afternoon of 24 November`, () => {
    assert.deepEqual(relativeParts(Date.parse(then), NOW), parts)
  })
}
