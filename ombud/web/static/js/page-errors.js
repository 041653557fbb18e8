// @ts-check
/** When a part of a page could not be fetched, say so where it would have been; what was typed stays. */
import { icon, make, say } from "./dom.js"

/** @param {Event} event */
function tell(event) {
  const detail = /** @type {CustomEvent} */ (event).detail
  const status = detail.xhr?.status
  const sentence =
    status === 409
      ? say("Someone else changed this meanwhile. Load the page again to see it.")
      : status
        ? say("The city's computer could not do that. What you typed is kept. Try again in a moment.")
        : say("There is no connection. What you typed is kept. Try again when you are back online.")
  document.querySelector("[data-page-error]")?.remove()
  const notice = make(
    "div",
    { class: "notice", "data-meaning": "late", "data-page-error": true, role: "alert" },
    icon("state-late"),
    make("div", {}, sentence),
  )
  const near = /** @type {HTMLElement | undefined} */ (detail.elt)
  const place = near?.closest("form, section, main") ?? document.querySelector("main")
  place?.prepend(notice)
}

document.addEventListener("htmx:sendError", tell)
document.addEventListener("htmx:responseError", tell)
document.addEventListener("htmx:afterOnLoad", () => document.querySelector("[data-page-error]")?.remove())
