// @ts-check
/**
 * <locate-me>: asks the phone where it is and fills the hidden inputs (see place.js). Brings its own button where
 * the page put none inside.
 *
 * With `data-sends` the form is sent at once, and what was typed in a field marked `data-instead` left out.
 *
 * Says how exact the answer is, or why there is none and what to do instead. Unseen where a browser cannot.
 */
import { icon, make, say } from "../dom.js"
import { fillPlace } from "../place.js"

/** A phone that knows only the part of town is of no use to a crew. */
const TOO_ROUGH_METRES = 500

class LocateMe extends HTMLElement {
  connectedCallback() {
    if (this.words) return
    this.button = this.querySelector("button") ?? this.appendChild(ownButton())
    this.hidden = !("geolocation" in navigator)
    this.words = this.appendChild(make("p", { role: "status", class: "field-help" }))
    this.button.type = "button"
    this.button.addEventListener("click", () => this.ask())
  }

  ask() {
    this.busy(true)
    this.tell(say("Looking for where you are"))
    navigator.geolocation.getCurrentPosition(
      (position) => this.found(position),
      (refusal) => this.refused(refusal),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 30_000 },
    )
  }

  /** @param {GeolocationPosition} position */
  found({ coords }) {
    this.busy(false)
    const metres = Math.round(coords.accuracy)
    if (metres > TOO_ROUGH_METRES) {
      return this.tell(say("Your phone only knows where you are to {n} metres. Write the address instead.", { n: metres }))
    }
    this.tell(say("Found you, to about {n} metres.", { n: metres }))
    fillPlace(this, { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy, method: "gps" })
    if ("sends" in this.dataset) this.send()
  }

  send() {
    const form = this.closest("form")
    for (const typed of form?.querySelectorAll("[data-instead]") ?? []) /** @type {HTMLInputElement} */ (typed).value = ""
    form?.requestSubmit()
  }

  /** @param {GeolocationPositionError} refusal */
  refused(refusal) {
    this.busy(false)
    const words = {
      1: say("Your phone did not let us see where you are. Write the address, or allow it in the browser's settings."),
      2: say("Your phone cannot tell where it is just now. Write the address instead."),
      3: say("Finding you takes too long here. Try again, or write the address."),
    }
    this.tell(words[/** @type {1 | 2 | 3} */ (refusal.code)])
  }

  /** @param {boolean} on */
  busy(on) {
    this.button?.toggleAttribute("data-busy", on)
    this.button?.setAttribute("aria-disabled", String(on))
  }

  /** @param {string} sentence */
  tell(sentence) {
    if (this.words) this.words.textContent = sentence
  }
}

function ownButton() {
  return make("button", { class: "button" }, icon("locate-fixed"), say("Use where I am"))
}

customElements.define("locate-me", LocateMe)
