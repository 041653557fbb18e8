// @ts-check
/** When a question is asked: the condition a form's element carries. */

/** @typedef {{question: string, answers: string[]}} Condition */

/**
 * Read `q.size=large,huge`.
 *
 * @param {string} text
 * @returns {Condition}
 */
export function readCondition(text) {
  const [question, answers = ""] = text.split("=", 2)
  return { question, answers: answers.split(",") }
}

/**
 * Say whether one of the answers given is one that is waited for.
 *
 * @param {Condition} condition
 * @param {string[]} given
 */
export function applies(condition, given) {
  return given.some((answer) => condition.answers.includes(answer))
}
