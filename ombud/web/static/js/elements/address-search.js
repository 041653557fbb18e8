// @ts-check
/**
 * <address-search data-url="..."> around a field: suggests places while one types (the ARIA combobox pattern).
 *
 * `data-url?q=` answers `{"results": [{"label", "detail", "lon", "lat", "accuracy"}]}`. Choosing fills the field
 * and the hidden inputs (see place.js). Without script the field is sent with its form, as any other.
 */
import { make, say } from "../dom.js"
import { moved } from "../logic/choosing.js"
import { clearPlace, fillPlace } from "../place.js"

/** @typedef {{label: string, detail?: string, lon: number, lat: number, accuracy?: number}} Found */
let made = 0

class AddressSearch extends HTMLElement {
  /** @type {Found[]} */
  found = []
  at = -1

  connectedCallback() {
    this.input = /** @type {HTMLInputElement | null} */ (this.querySelector("input:not([type=hidden])"))
    if (!this.input || this.list) return
    const id = `suggestions-${++made}`
    this.list = this.appendChild(
      make("ul", { id, class: "suggestions", role: "listbox", "aria-label": say("Places"), hidden: true }),
    )
    this.words = this.appendChild(make("p", { role: "status", class: "unseen" }))
    const aria = { role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list" }
    for (const [name, value] of Object.entries(aria)) this.input.setAttribute(name, value)
    this.input.autocomplete = "off"
    this.input.addEventListener("input", () => this.typed())
    this.input.addEventListener("keydown", (event) => this.key(event))
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150))
    // The pointer chooses on the way down: the field must not lose focus first.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault())
    this.list.addEventListener("click", (event) => {
      const item = /** @type {Element} */ (event.target).closest("[role=option]")
      if (item) this.choose([...(this.list?.children ?? [])].indexOf(item))
    })
    // On a slow line a person is typing before this comes.
    if (document.activeElement === this.input && this.input.value !== this.input.defaultValue) this.typed()
  }

  typed() {
    clearTimeout(this.timer)
    clearPlace(this)
    const query = this.input?.value.trim() ?? ""
    if (query.length < 3) return this.close()
    this.timer = setTimeout(() => this.ask(query), 180)
  }

  /** @param {string} query */
  async ask(query) {
    this.asking?.abort()
    this.asking = new AbortController()
    const url = new URL(this.dataset.url ?? "", location.href)
    url.searchParams.set("q", query)
    try {
      const answer = await fetch(url, { signal: this.asking.signal, headers: { Accept: "application/json" } })
      if (!answer.ok) throw new Error(String(answer.status))
      const { results } = await answer.json()
      this.show(results)
    } catch (error) {
      if (/** @type {Error} */ (error).name === "AbortError") return
      this.close()
      this.tell(say("Suggestions are not there just now. Write the address in full and go on."))
    }
  }

  /** @param {Found[]} found */
  show(found) {
    this.found = found
    this.at = -1
    this.list?.replaceChildren(...found.map((place, at) => this.option(place, at)))
    this.open(found.length > 0)
    this.tell(found.length ? say("Places found: {n}", { n: found.length }) : say("No place found by that name yet"))
  }

  /**
   * @param {Found} place
   * @param {number} at
   */
  option(place, at) {
    const words = make("span", {}, place.label)
    if (place.detail) words.append(" ", make("small", {}, place.detail))
    return make("li", { role: "option", id: `${this.list?.id}-${at}`, "aria-selected": "false" }, words)
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape" && !this.list?.hidden) {
      event.preventDefault()
      return this.close()
    }
    if (event.key === "Enter" && this.at >= 0) {
      event.preventDefault()
      return this.choose(this.at)
    }
    if (this.list?.hidden || !["ArrowDown", "ArrowUp"].includes(event.key)) return
    event.preventDefault()
    this.mark(moved(event.key, this.at, this.found.length) ?? -1)
  }

  /** @param {number} at */
  mark(at) {
    this.at = at
    for (const [index, item] of [...(this.list?.children ?? [])].entries()) {
      item.setAttribute("aria-selected", String(index === at))
      if (index === at) item.scrollIntoView({ block: "nearest" })
    }
    this.input?.setAttribute("aria-activedescendant", at >= 0 ? `${this.list?.id}-${at}` : "")
  }

  /** @param {number} at */
  choose(at) {
    const place = this.found[at]
    if (!place || !this.input) return
    this.input.value = place.label
    this.close()
    this.tell(say("Chosen: {place}", { place: place.label }))
    fillPlace(this, { ...place, method: "address" })
  }

  /** @param {boolean} shown */
  open(shown) {
    if (this.list) this.list.hidden = !shown
    this.input?.setAttribute("aria-expanded", String(shown))
    if (!shown) this.mark(-1)
  }

  close() {
    this.asking?.abort()
    this.open(false)
  }

  /** @param {string} sentence */
  tell(sentence) {
    if (this.words) this.words.textContent = sentence
  }
}

customElements.define("address-search", AddressSearch)
