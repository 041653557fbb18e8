// @ts-check
/** Making elements without strings of HTML, and the words and icons they need. */

/** @type {Record<string, string> | undefined} */
let sentences

/** Return the sentences the server translated for scripts. */
function translated() {
  sentences ??= JSON.parse(document.getElementById("words")?.textContent || "{}")
  return /** @type {Record<string, string>} */ (sentences)
}

/**
 * Return the sentence in the page's language; `{n}` in it becomes `values.n`.
 *
 * Every sentence said here must be listed in ombud/web/words.py, where it is translated.
 *
 * @param {string} sentence
 * @param {Record<string, string | number>} [values]
 */
export function say(sentence, values = {}) {
  const said = translated()[sentence] ?? sentence
  return said.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole))
}

/**
 * Make an element. Attributes that are false or null are left out; functions listen to the event of their name.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, /** @type {EventListener} */ (value))
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : String(value))
  }
  element.append(...children)
  return element
}

const SVG = "http://www.w3.org/2000/svg"

/**
 * Make an SVG element.
 *
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...Node} children
 */
export function draw(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/**
 * Make an icon of icons.svg. Words must stand beside it.
 *
 * @param {string} name
 */
export function icon(name) {
  const sprite = document.querySelector('meta[name="icons"]')?.getAttribute("content") ?? ""
  const use = draw("use", { href: `${sprite}#${name}` })
  return draw("svg", { class: "icon", "aria-hidden": "true" }, use)
}

/** Return the language the page is in, as Intl understands it. */
export function language() {
  return Intl.getCanonicalLocales(document.documentElement.lang || "en")[0]
}

/** @param {Element} [element] */
export function readsFromRight(element = document.documentElement) {
  return getComputedStyle(element).direction === "rtl"
}
