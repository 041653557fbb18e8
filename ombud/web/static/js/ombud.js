// @ts-check
/** The one module a page names: it fetches an element's module once the page has such an element. */
import "./menus.js"
import "./page-errors.js"

/** @type {Record<string, () => Promise<unknown>>} */
const ELEMENTS = {
  "address-search": () => import("./elements/address-search.js"),
  "as-you-type": () => import("./elements/as-you-type.js"),
  "asked-when": () => import("./elements/asked-when.js"),
  "before-after": () => import("./elements/before-after.js"),
  "city-map": () => import("./elements/city-map.js"),
  "copy-button": () => import("./elements/copy-button.js"),
  "draft-keeper": () => import("./elements/draft-keeper.js"),
  "key-shortcuts": () => import("./elements/key-shortcuts.js"),
  "live-region": () => import("./elements/live-region.js"),
  "locate-me": () => import("./elements/locate-me.js"),
  "passkey-trouble": () => import("./elements/passkey-trouble.js"),
  "photo-areas": () => import("./elements/photo-areas.js"),
  "photo-picker": () => import("./elements/photo-picker.js"),
  "promise-bar": () => import("./elements/promise-bar.js"),
  "relative-time": () => import("./elements/relative-time.js"),
  "send-once": () => import("./elements/send-once.js"),
  "share-button": () => import("./elements/copy-button.js"),
  "try-call": () => import("./elements/try-call.js"),
}

/** Fetch what the page has and the browser does not know yet. */
function wake() {
  const found = new Set(Array.from(document.querySelectorAll(":not(:defined)"), (element) => element.localName))
  for (const name of found) ELEMENTS[name]?.()
}

document.documentElement.dataset.script = ""
wake()
// Whatever htmx brings may hold elements of ours.
document.addEventListener("htmx:load", wake)
