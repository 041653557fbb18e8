// @ts-check
/**
 * <try-call> around a form and an output: the form's call is made from the page, and its answer shown below.
 *
 * Without script the browser goes to the answer itself.
 */
import { say } from "../dom.js"
import { address, readable } from "../logic/calling.js"

class TryCall extends HTMLElement {
  connectedCallback() {
    this.querySelector("form")?.addEventListener("submit", (event) => {
      event.preventDefault()
      this.call(/** @type {HTMLFormElement} */ (event.currentTarget))
    })
  }

  /** @param {HTMLFormElement} form */
  async call(form) {
    const output = /** @type {HTMLOutputElement} */ (this.querySelector("output"))
    const sent = new FormData(form)
    const reads = form.method === "get"
    const url = reads ? address(form.action, sent) : form.action
    output.hidden = false
    output.textContent = say("Calling")
    try {
      const answer = await fetch(url, reads ? {} : { method: "POST", body: sent })
      const line = document.createElement("p")
      line.className = "small"
      line.textContent = `${reads ? "GET" : "POST"} ${url}: ${answer.status}`
      const body = document.createElement("pre")
      body.className = "code"
      body.tabIndex = 0
      body.textContent = readable(await answer.text())
      output.replaceChildren(line, body)
    } catch {
      output.textContent = say("No answer came. Try again in a moment.")
    }
  }
}

customElements.define("try-call", TryCall)
