// @ts-check
/** Which key does what, and when a key is only a letter someone types. */

/**
 * Return the name of a key press: "j", "?", "Enter", or "Control k" for the palette; null where it is not ours.
 *
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, isComposing?: boolean}} event
 * @returns {string | null}
 */
export function pressed({ key, ctrlKey, metaKey, altKey, isComposing }) {
  if (isComposing || altKey) return null
  if (ctrlKey || metaKey) return key.toLowerCase() === "k" ? "Control k" : null
  return key.length === 1 ? key.toLowerCase() : key
}

/**
 * Say whether a key goes into a field, so that it is no command.
 *
 * @param {{localName?: string, type?: string, isContentEditable?: boolean} | null} target
 */
export function typesInto(target) {
  if (!target) return false
  if (target.isContentEditable) return true
  if (target.localName === "textarea" || target.localName === "select") return true
  return target.localName === "input" && !["checkbox", "radio", "button", "submit"].includes(target.type ?? "text")
}

/**
 * Return the row that j (down) and k (up) lead to; the ends hold.
 *
 * @param {"j" | "k"} key
 * @param {number} at -1 where no row is current
 * @param {number} length
 */
export function nextRow(key, at, length) {
  return Math.max(0, Math.min(length - 1, key === "j" ? at + 1 : at - 1))
}
