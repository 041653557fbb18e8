// @ts-check
/** How long ago something was, in the unit a person would say it in. */

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 365.25 * 86_400],
  ["month", 30.44 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
]

/**
 * Return the number and the unit for Intl.RelativeTimeFormat; less than a minute is now.
 *
 * Weeks begin at the second one: people say "10 days ago", not "one week ago".
 *
 * @param {number} then in milliseconds
 * @param {number} now in milliseconds
 * @returns {[number, Intl.RelativeTimeFormatUnit]}
 */
export function relativeParts(then, now) {
  const seconds = (then - now) / 1000
  for (const [unit, length] of UNITS) {
    const least = unit === "week" || unit === "month" ? 2 : 1
    if (Math.abs(seconds) >= length * least) return [Math.trunc(seconds / length), unit]
  }
  return [0, "second"]
}
