// @ts-check
/**
 * <asked-when data-when="q.size=large,huge"> around a question: shown only while that answer is given.
 *
 * Without script every question is seen; the server leaves out what does not apply either way.
 */
import { applies, readCondition } from "../logic/asked.js"

class AskedWhen extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form")
    if (!this.dataset.when || !this.form) return
    this.condition = readCondition(this.dataset.when)
    this.form.addEventListener("change", this.look)
    this.look()
  }

  disconnectedCallback() {
    this.form?.removeEventListener("change", this.look)
  }

  look = () => {
    if (!this.form || !this.condition) return
    const given = new FormData(this.form).getAll(this.condition.question).map(String)
    this.hidden = !applies(this.condition, given)
  }
}

customElements.define("asked-when", AskedWhen)
