// @ts-check
/** <relative-time datetime="..."><time>24 November</time></relative-time>: puts "3 days ago, " before it. */
import { language, make } from "../dom.js"
import { relativeParts } from "../logic/relative.js"

class RelativeTime extends HTMLElement {
  words = make("span")

  connectedCallback() {
    this.prepend(this.words)
    this.render()
    this.timer = setInterval(() => this.render(), 60_000)
  }

  disconnectedCallback() {
    clearInterval(this.timer)
  }

  render() {
    const then = Date.parse(this.getAttribute("datetime") ?? "")
    if (Number.isNaN(then)) return
    const said = new Intl.RelativeTimeFormat(language(), { numeric: "auto" })
    this.words.textContent = `${said.format(...relativeParts(then, Date.now()))}${this.querySelector("time") ? ", " : ""}`
  }
}

customElements.define("relative-time", RelativeTime)
