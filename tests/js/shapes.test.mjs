import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { SHAPES } from "../../ombud/web/static/js/map/shapes.js"

const sprite = readFileSync(new URL("../../ombud/web/static/icons.svg", import.meta.url), "utf8")
const drawn = Object.fromEntries([...sprite.matchAll(/id="state-(\w+)"[^>]*><path d="([^"]+)"/g)].map(([, name, d]) => [name, d]))

test("the map draws the shapes that stand beside the words", () => {
  assert.deepEqual(SHAPES, drawn)
})
