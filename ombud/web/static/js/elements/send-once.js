// @ts-check
/**
 * <send-once> in a form: a second press while it is being sent does nothing.
 *
 * The hidden input named by `data-client-id` keeps its value, so that a repeat is known to be one; an empty one
 * is given an id. Coming back to the page makes the button work again.
 */
import { make, say } from "../dom.js"

class SendOnce extends HTMLElement {
  words = make("p", { role: "status", class: "soft small" })

  connectedCallback() {
    this.form = this.closest("form")
    this.append(this.words)
    const id = this.dataset.clientId && this.form?.elements.namedItem(this.dataset.clientId)
    if (id instanceof HTMLInputElement) id.value ||= crypto.randomUUID()
    this.form?.addEventListener("submit", this.hold)
    this.form?.addEventListener("htmx:afterRequest", this.release)
    addEventListener("pageshow", this.release)
  }

  disconnectedCallback() {
    this.form?.removeEventListener("submit", this.hold)
    this.form?.removeEventListener("htmx:afterRequest", this.release)
    removeEventListener("pageshow", this.release)
    clearTimeout(this.timer)
  }

  /** @param {SubmitEvent} event */
  hold = (event) => {
    if (this.held) {
      event.preventDefault()
      event.stopImmediatePropagation()
      return
    }
    if (event.defaultPrevented && !this.form?.matches("[hx-post], [hx-put], [hx-patch]")) return
    this.held = /** @type {HTMLElement | null} */ (event.submitter) ?? this.form
    // Not `disabled`: a disabled button's own name and value would not be sent.
    this.held?.setAttribute("aria-disabled", "true")
    this.held?.setAttribute("data-busy", "")
    this.timer = setTimeout(() => this.tell(say("Still sending. Once is enough; nothing is lost.")), 6_000)
  }

  release = () => {
    this.held?.removeAttribute("aria-disabled")
    this.held?.removeAttribute("data-busy")
    this.held = null
    clearTimeout(this.timer)
    this.tell("")
  }

  /** @param {string} sentence */
  tell(sentence) {
    this.words.textContent = sentence
  }
}

customElements.define("send-once", SendOnce)
