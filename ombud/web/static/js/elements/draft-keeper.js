// @ts-check
/**
 * <draft-keeper data-key="..."> in a form keeps what is typed in this tab until it is sent, and puts it back.
 *
 * `data-forget="..."` on a later page, such as the receipt, drops the draft of that key.
 */
import { kept, putBack } from "../logic/draft.js"

class DraftKeeper extends HTMLElement {
  connectedCallback() {
    if (this.dataset.forget) sessionStorage.removeItem(`draft:${this.dataset.forget}`)
    this.form = this.closest("form")
    if (!this.form || !this.dataset.key) return
    const draft = sessionStorage.getItem(this.name)
    if (draft && putBack(this.fields(), JSON.parse(draft))) {
      this.form.dispatchEvent(new Event("change", { bubbles: true }))
    }
    this.form.addEventListener("input", this.keep)
    this.form.addEventListener("change", this.keep)
  }

  disconnectedCallback() {
    this.form?.removeEventListener("input", this.keep)
    this.form?.removeEventListener("change", this.keep)
  }

  get name() {
    return `draft:${this.dataset.key}`
  }

  fields() {
    return /** @type {HTMLInputElement[]} */ ([...(this.form?.elements ?? [])])
  }

  keep = () => {
    try {
      sessionStorage.setItem(this.name, JSON.stringify(kept(this.fields())))
    } catch {
      // A full or forbidden storage costs the draft, never the form.
    }
  }
}

customElements.define("draft-keeper", DraftKeeper)
