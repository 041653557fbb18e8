// @ts-check
/**
 * <copy-button data-copy="text"> and <share-button data-url data-title> around a button.
 *
 * The button's `[data-words]` says what came of it: `data-done` or `data-failed`, for two seconds.
 */

class Said extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", () => this.act())
  }

  async act() {
    const words = /** @type {HTMLElement | null} */ (this.querySelector("[data-words]"))
    const worked = await this.attempt().catch(() => false)
    if (!words || worked === null) return
    words.dataset.before ??= words.textContent ?? ""
    words.setAttribute("role", "status")
    words.textContent = (worked ? words.dataset.done : words.dataset.failed) ?? ""
    clearTimeout(this.timer)
    this.timer = setTimeout(() => (words.textContent = words.dataset.before ?? ""), 2_500)
  }

  /** @returns {Promise<boolean | null>} whether it worked; null says nothing */
  async attempt() {
    return false
  }
}

class CopyButton extends Said {
  async attempt() {
    await navigator.clipboard.writeText(this.dataset.copy ?? "")
    return true
  }
}

class ShareButton extends Said {
  async attempt() {
    const url = new URL(this.dataset.url ?? "", location.href).href
    if (navigator.share) {
      // Closing the sheet without sharing is no failure.
      await navigator.share({ url, title: this.dataset.title }).catch(() => {})
      return null
    }
    await navigator.clipboard.writeText(url)
    return true
  }
}

customElements.define("copy-button", CopyButton)
customElements.define("share-button", ShareButton)

export {}
