// @ts-check
/**
 * <photo-picker data-most="5" data-most-bytes="15728640"> around a file input: shows what was chosen, lets it be
 * taken away again, and takes photos that are dropped on it. The input itself stays what is sent.
 */
import { icon, make, say } from "../dom.js"
import { megabytes, takePhotos } from "../logic/photos.js"

class PhotoPicker extends HTMLElement {
  /** @type {File[]} */
  photos = []

  connectedCallback() {
    this.input = /** @type {HTMLInputElement | null} */ (this.querySelector('input[type="file"]'))
    if (!this.input || this.list) return
    this.trouble = this.appendChild(make("div", { role: "alert" }))
    this.list = this.appendChild(make("ul", { class: "picked", "aria-label": say("Photos to be sent") }))
    this.input.addEventListener("change", () => this.take([...(this.input?.files ?? [])]))
    this.addEventListener("dragover", (event) => this.over(event, true))
    this.addEventListener("dragleave", (event) => this.over(event, false))
    this.addEventListener("drop", (event) => {
      this.over(event, false)
      this.take([...(event.dataTransfer?.files ?? [])])
    })
    // A browser that comes back to the page may have kept the files.
    if (this.input.files?.length) this.take([...this.input.files])
  }

  /**
   * @param {DragEvent} event
   * @param {boolean} on
   */
  over(event, on) {
    event.preventDefault()
    this.querySelector(".drop")?.toggleAttribute("data-over", on)
  }

  /** @param {File[]} coming */
  take(coming) {
    const limits = { most: Number(this.dataset.most ?? 5), mostBytes: Number(this.dataset.mostBytes ?? Infinity) }
    const { kept, refused } = takePhotos(this.photos, coming, limits)
    const said = refused.map(({ photo, why }) => this.refusal(photo, why, limits))
    this.trouble?.replaceChildren(...said)
    this.show(kept)
  }

  /**
   * @param {File} photo
   * @param {"large" | "many" | "other"} why
   * @param {{most: number, mostBytes: number}} limits
   */
  refusal(photo, why, limits) {
    const values = { name: photo.name, size: megabytes(photo.size), most: megabytes(limits.mostBytes), n: limits.most }
    const words = {
      large: say("{name} is {size} MB; we can take up to {most} MB. The others are kept.", values),
      many: say("We can take {n} photos. {name} was left out.", values),
      other: say("{name} is not a photo.", values),
    }
    return make("p", { class: "field-error" }, icon("state-late"), words[why])
  }

  /** @param {File[]} photos */
  show(photos) {
    this.photos = photos
    for (const image of this.list?.querySelectorAll("img") ?? []) URL.revokeObjectURL(image.src)
    this.list?.replaceChildren(...photos.map((photo) => this.item(photo)))
    const files = new DataTransfer()
    for (const photo of photos) files.items.add(photo)
    if (this.input) this.input.files = files.files
  }

  /** @param {File} photo */
  item(photo) {
    const image = make("img", { src: URL.createObjectURL(photo), alt: "" })
    // Not every browser can show what every phone takes.
    image.addEventListener("error", () => image.replaceWith(make("span", { class: "picked-blank" }, icon("image"))))
    const remove = make(
      "button",
      { type: "button", class: "button", "data-size": "icon", click: () => this.takeAway(photo) },
      icon("x"),
      make("span", { class: "unseen" }, say("Take {name} away", { name: photo.name })),
    )
    return make("li", {}, image, make("span", { class: "cut" }, photo.name), remove)
  }

  /** @param {File} photo */
  takeAway(photo) {
    const at = this.photos.indexOf(photo)
    this.show(this.photos.filter((other) => other !== photo))
    const buttons = this.list?.querySelectorAll("button") ?? []
    const next = /** @type {HTMLElement | undefined} */ (buttons[Math.min(at, buttons.length - 1)])
    ;(next ?? this.input)?.focus()
  }
}

customElements.define("photo-picker", PhotoPicker)
