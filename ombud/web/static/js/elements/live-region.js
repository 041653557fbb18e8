// @ts-check
/**
 * <live-region data-url="..."> around a list: hears of new requests as server-sent events and says "3 new" in a
 * bar instead of moving what is under the cursor.
 *
 * Each message is JSON with `request_id`, which rows carry as `data-request`, and the `kind` of what happened;
 * `data-kinds` names the kinds that bring a request to a list (all, where it is not given). A row that is shown already is
 * marked `data-changed`. Pressing the bar sends the event "arrivals" (for hx-trigger="arrivals from:closest
 * live-region"); without `data-own`, or where htmx has not come, the page is loaded again. `data-events` names the events,
 * separated by spaces; "message" by default.
 */
import { make, say } from "../dom.js"
import { Arrivals, backoff } from "../logic/live.js"

class LiveRegion extends HTMLElement {
  arrivals = new Arrivals()
  attempt = 0
  bar = make("button", { type: "button", class: "arrivals", hidden: true, click: () => this.bring() })
  words = make("p", { role: "status", class: "unseen" })

  connectedCallback() {
    this.prepend(this.bar, this.words)
    this.listen()
  }

  disconnectedCallback() {
    this.source?.close()
    clearTimeout(this.timer)
  }

  listen() {
    this.source = new EventSource(this.dataset.url ?? "")
    this.source.addEventListener("open", () => {
      // What happened while the line was down is not known: offer to look.
      if (this.attempt) this.missed = true
      this.attempt = 0
      this.removeAttribute("data-cut")
      this.show()
    })
    this.source.addEventListener("error", () => this.cut())
    for (const name of (this.dataset.events ?? "message").split(" ")) {
      this.source.addEventListener(name, (event) => this.hear(/** @type {MessageEvent} */ (event)))
    }
  }

  cut() {
    this.dataset.cut = ""
    this.attempt += 1
    // The browser tries again by itself unless the server refused; then it is ours to do.
    if (this.source?.readyState !== EventSource.CLOSED) return
    this.timer = setTimeout(() => this.listen(), backoff(this.attempt - 1))
  }

  /** @param {MessageEvent} event */
  hear(event) {
    if (event.type === "resync") this.missed = true
    const { request_id: request, kind } = JSON.parse(event.data)
    if (!request) return this.show()
    const row = this.querySelector(`[data-request="${CSS.escape(String(request))}"]`)
    if (!row && !(this.dataset.kinds ?? kind ?? "").split(" ").includes(kind ?? "")) return
    if (this.arrivals.take(String(request), row !== null) === "changed") row?.setAttribute("data-changed", "")
    this.show()
  }

  show() {
    const n = this.arrivals.count
    const said = n ? say("{n} new", { n }) : this.missed ? say("Look for what is new") : ""
    this.bar.hidden = !said
    if (this.bar.textContent === said) return
    this.bar.textContent = said
    this.words.textContent = said
  }

  bring() {
    this.arrivals.clear()
    this.missed = false
    this.show()
    if (this.hasAttribute("data-own") && "htmx" in window) this.dispatchEvent(new CustomEvent("arrivals", { bubbles: true }))
    else location.reload()
  }
}

customElements.define("live-region", LiveRegion)
