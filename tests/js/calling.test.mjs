import assert from "node:assert/strict"
import { test } from "node:test"

import { address, readable } from "../../ombud/web/static/js/logic/calling.js"

test("what was left empty is left out of the address", () => {
  const sent = new Map([["status", "open"], ["service_code", " "], ["q", "a b"]])
  assert.equal(address("https://city.example/requests.json", sent), "https://city.example/requests.json?status=open&q=a+b")
})

test("JSON is indented, and anything else left alone", () => {
  assert.equal(readable('[{"a":1}]'), '[\n  {\n    "a": 1\n  }\n]')
  assert.equal(readable("<html>"), "<html>")
  assert.equal(readable("x".repeat(30_000)).length, 20_000)
})
