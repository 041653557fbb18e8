import assert from "node:assert/strict"
import { test } from "node:test"
import { megabytes, takePhotos } from "../../ombud/web/static/js/logic/photos.js"

const MB = 1_048_576
const photo = (name, size = MB, type = "image/jpeg") => ({ name, size, type, lastModified: 1 })
const limits = { most: 3, mostBytes: 15 * MB }

test("photos add up over several choices", () => {
  const { kept, refused } = takePhotos([photo("a")], [photo("b"), photo("c")], limits)
  assert.deepEqual(kept.map((each) => each.name), ["a", "b", "c"])
  assert.deepEqual(refused, [])
})

test("the same photo chosen again is one photo, and no mistake", () => {
  const { kept, refused } = takePhotos([photo("a")], [photo("a")], limits)
  assert.equal(kept.length, 1)
  assert.equal(refused.length, 0)
})

test("each photo that is left out says why", () => {
  const coming = [photo("big", 18 * MB), photo("letter.pdf", MB, "application/pdf"), photo("b"), photo("c"), photo("d")]
  const { kept, refused } = takePhotos([photo("a")], coming, limits)
  assert.deepEqual(kept.map((each) => each.name), ["a", "b", "c"])
  assert.deepEqual(refused.map(({ photo: { name }, why }) => [name, why]), [
    ["big", "large"],
    ["letter.pdf", "other"],
    ["d", "many"],
  ])
})

test("a photo whose type the phone does not say is left to the server", () => {
  assert.equal(takePhotos([], [photo("IMG_1.HEIC", MB, "")], limits).kept.length, 1)
})

test("sizes are said in megabytes, small ones to a tenth", () => {
  assert.deepEqual([400_000, MB, 15.4 * MB].map(megabytes), [0.4, 1, 15])
})
