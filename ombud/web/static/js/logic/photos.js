// @ts-check
/** Which photos can be taken: not too many, not too large, none twice. */

/** @typedef {{name: string, size: number, type: string, lastModified: number}} Photo */
/** @typedef {"large" | "many" | "other"} Why */

/**
 * Return what is kept of the photos there are and those that come, and why the others are not.
 *
 * @template {Photo} T
 * @param {T[]} there
 * @param {T[]} coming
 * @param {{most: number, mostBytes: number}} limits
 * @returns {{kept: T[], refused: {photo: T, why: Why}[]}}
 */
export function takePhotos(there, coming, { most, mostBytes }) {
  const kept = [...there]
  /** @type {{photo: T, why: Why}[]} */
  const refused = []
  for (const photo of coming) {
    if (kept.some((other) => same(other, photo))) continue
    // A phone may say nothing of the type of a HEIC photo; the server looks at the bytes.
    if (photo.type && !photo.type.startsWith("image/")) refused.push({ photo, why: "other" })
    else if (photo.size > mostBytes) refused.push({ photo, why: "large" })
    else if (kept.length >= most) refused.push({ photo, why: "many" })
    else kept.push(photo)
  }
  return { kept, refused }
}

/**
 * @param {Photo} one
 * @param {Photo} other
 */
function same(one, other) {
  return one.name === other.name && one.size === other.size && one.lastModified === other.lastModified
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return bytes < 1_048_576 ? Math.ceil(bytes / 104_857.6) / 10 : Math.round(bytes / 1_048_576)
}
