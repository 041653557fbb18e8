// @ts-check
/**
 * <as-you-type> around a search form: shows what the words find while one types.
 *
 * It asks for the very page that sending the form would give, and takes its `#found` in place of the one here.
 * Without script, or where the answer does not come, the form is sent as any other.
 */

const WAIT = 250
const FEWEST_LETTERS = 3

class AsYouType extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form")
    this.form?.addEventListener("input", this.typed)
    // On a slow line a person has begun to type before this came.
    const field = this.querySelector("input:not([type=hidden])")
    if (field instanceof HTMLInputElement && field.value !== field.defaultValue) this.typed()
  }

  disconnectedCallback() {
    this.form?.removeEventListener("input", this.typed)
    clearTimeout(this.timer)
    this.asking?.abort()
  }

  typed = () => {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.ask(), WAIT)
  }

  async ask() {
    const form = this.form
    if (!form) return
    const url = new URL(form.action)
    for (const [name, value] of new FormData(form)) url.searchParams.set(name, String(value))
    const words = (url.searchParams.get("q") ?? "").trim()
    if (words.length < FEWEST_LETTERS || words === this.asked) return
    this.asked = words
    this.asking?.abort()
    this.asking = new AbortController()
    try {
      const answer = await fetch(url, { signal: this.asking.signal, headers: { Accept: "text/html" } })
      if (!answer.ok) return
      const page = new DOMParser().parseFromString(await answer.text(), "text/html")
      const found = page.getElementById("found")
      if (found) document.getElementById("found")?.replaceWith(document.adoptNode(found))
    } catch {
      // Gone on typing, or no connection: the button still works.
    }
  }
}

customElements.define("as-you-type", AsYouType)
