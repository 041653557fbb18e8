// @ts-check
/** Moving through a list of suggestions or commands, and finding the ones that fit what was typed. */

/**
 * Return where the keys lead: round the ends, and -1 for the field itself.
 *
 * @param {string} key
 * @param {number} at -1 where nothing is chosen
 * @param {number} length
 * @returns {number | null} null where the key does not move
 */
export function moved(key, at, length) {
  if (!length) return null
  if (key === "ArrowDown") return at + 1 >= length ? 0 : at + 1
  if (key === "ArrowUp") return at <= 0 ? length - 1 : at - 1
  if (key === "Home") return 0
  if (key === "End") return length - 1
  return null
}

/**
 * Return the commands that fit, best first: all typed words begin words of the name, or stand in it.
 *
 * @template {{name: string}} T
 * @param {T[]} commands
 * @param {string} typed
 * @returns {T[]}
 */
export function fitting(commands, typed) {
  const wanted = plain(typed).split(/\s+/).filter(Boolean)
  const scored = commands.map((command, at) => ({ command, at, score: score(plain(command.name), wanted) }))
  return scored
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .map(({ command }) => command)
}

/**
 * @param {string} name
 * @param {string[]} wanted
 */
function score(name, wanted) {
  let total = 1
  for (const word of wanted) {
    const at = name.indexOf(word)
    if (at < 0) return 0
    total += at === 0 ? 3 : /\W/.test(name[at - 1] ?? " ") ? 2 : 0.5
  }
  return total
}

/** @param {string} text */
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
}
