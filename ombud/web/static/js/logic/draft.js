// @ts-check
/** What of a form is kept while it is being written, and what of it is put back. */

const NEVER = new Set(["password", "file", "hidden", "submit", "button", "image", "reset"])

/** @typedef {{name: string, type: string, value: string, checked?: boolean, defaultValue?: string}} Field */

/**
 * Return what may be kept: what a person typed or chose, never a password, a file or what the server put there.
 *
 * @param {Iterable<Field>} fields
 * @returns {Record<string, string[]>}
 */
export function kept(fields) {
  /** @type {Record<string, string[]>} */
  const draft = {}
  for (const field of fields) {
    if (!field.name || NEVER.has(field.type)) continue
    const chosen = field.type === "checkbox" || field.type === "radio"
    if (chosen ? field.checked : field.value) (draft[field.name] ??= []).push(field.value)
  }
  return draft
}

/**
 * Put a draft back into fields that are still as the server sent them empty; what the server knows wins.
 *
 * @param {Field[]} fields
 * @param {Record<string, string[]>} draft
 * @returns {boolean} whether anything was put back
 */
export function putBack(fields, draft) {
  let any = false
  const answered = new Set(fields.filter((field) => field.checked).map((field) => field.name))
  for (const field of fields) {
    const values = draft[field.name]
    if (!values || NEVER.has(field.type)) continue
    if (field.type === "checkbox" || field.type === "radio") {
      if (answered.has(field.name) || !values.includes(field.value)) continue
      field.checked = any = true
    } else if (!field.value && values[0]) {
      field.value = values[0]
      any = true
    }
  }
  return any
}
