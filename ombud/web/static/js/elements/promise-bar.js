// @ts-check
/** <promise-bar data-asked="..." data-days="6.6">: moves the mark of today while the page stays open. */
import { readsFromRight } from "../dom.js"

const DAY = 86_400_000

class PromiseBar extends HTMLElement {
  connectedCallback() {
    if (!this.dataset.asked || !this.dataset.days) return
    this.timer = setInterval(() => this.move(), 5 * 60_000)
    this.move()
  }

  disconnectedCallback() {
    clearInterval(this.timer)
  }

  move() {
    const days = (Date.now() - Date.parse(this.dataset.asked ?? "")) / DAY
    const share = Math.min((100 * days) / Number(this.dataset.days), 100)
    if (!Number.isFinite(share) || share < 0) return
    this.querySelector("[data-now]")?.setAttribute("cx", `${readsFromRight(this) ? 100 - share : share}%`)
  }
}

customElements.define("promise-bar", PromiseBar)
