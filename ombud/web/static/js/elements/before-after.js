// @ts-check
/** <before-after> around two photos: lays one over the other with a bar between them. */
import { make, say } from "../dom.js"

class BeforeAfter extends HTMLElement {
  connectedCallback() {
    if (this.slider || this.querySelectorAll("img").length !== 2) return
    this.slider = make("input", {
      type: "range",
      min: 0,
      max: 100,
      value: 50,
      "aria-label": say("Slide between before and after"),
      input: () => this.slider && this.style.setProperty("--at", `${this.slider.value}%`),
    })
    this.append(this.slider)
    this.dataset.on = ""
  }
}

customElements.define("before-after", BeforeAfter)
