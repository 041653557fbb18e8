// @ts-check
/** What arrived while a list was being looked at, and when to ask again after the line broke. */

/**
 * Return the wait before the next attempt: doubling from a second to half a minute, spread so that a thousand
 * screens do not all come back at once.
 *
 * @param {number} attempt counted from 0
 * @param {number} [chance] 0 to 1
 * @returns {number} milliseconds
 */
export function backoff(attempt, chance = Math.random()) {
  return Math.round(Math.min(1000 * 2 ** attempt, 30_000) * (0.75 + chance / 2))
}

/** Counts what is new to a list that shows some requests already. */
export class Arrivals {
  /** @type {Set<string>} */
  fresh = new Set()

  /**
   * @param {string} id
   * @param {boolean} shown whether the list shows this request already
   * @returns {"new" | "changed" | "known"}
   */
  take(id, shown) {
    if (shown) return "changed"
    if (this.fresh.has(id)) return "known"
    this.fresh.add(id)
    return "new"
  }

  get count() {
    return this.fresh.size
  }

  clear() {
    this.fresh.clear()
  }
}
