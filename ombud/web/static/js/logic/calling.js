// @ts-check
/** How a call to an endpoint is written down, and its answer made easy to read. */

/**
 * The address with what was filled in; what was left empty is left out.
 * @param {string} action
 * @param {Iterable<[string, FormDataEntryValue]>} sent
 */
export function address(action, sent) {
  const url = new URL(action)
  for (const [name, value] of sent) if (typeof value === "string" && value.trim()) url.searchParams.append(name, value)
  return url.href
}

/**
 * JSON with its lines indented; anything else as it came. Never more than a page can bear.
 * @param {string} text
 */
export function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2).slice(0, 20_000)
  } catch {
    return text.slice(0, 20_000)
  }
}
