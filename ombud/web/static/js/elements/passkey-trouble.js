// @ts-check
/** <passkey-trouble role="alert">: says in a sentence that a passkey was not made or not found. */
import { make, say } from "../dom.js"

class PasskeyTrouble extends HTMLElement {
  connectedCallback() {
    document.addEventListener("allauth.error", this.tell)
  }

  disconnectedCallback() {
    document.removeEventListener("allauth.error", this.tell)
  }

  /** @param {Event} event */
  tell = (event) => {
    event.preventDefault()
    this.replaceChildren(
      make("p", { class: "notice", "data-meaning": "waiting" },
        say("No passkey was used. Try again, or sign in with your password and a code.")),
    )
  }
}

customElements.define("passkey-trouble", PasskeyTrouble)
