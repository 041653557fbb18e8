// @ts-check
/** The command palette: everything the page can do, found by typing. */
import { icon, make, say } from "../dom.js"
import { fitting, moved } from "../logic/choosing.js"

/** @typedef {{name: string, key: string, act: () => void}} Command */

/**
 * Return what the page offers: what is marked as a command, and the ways of its rail.
 *
 * @returns {Command[]}
 */
function commandsOfThePage() {
  const marked = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-command], .rail a"))
  return Array.from(marked, (element) => ({
    name: element.dataset.command || ((element.querySelector("span") ?? element).textContent ?? "").trim(),
    key: element.dataset.key ?? "",
    act: () => element.click(),
  }))
}

/**
 * Open the palette.
 *
 * @param {HTMLElement} home the dialog is put here and leaves when it is closed
 * @param {string} [find] where the words typed are searched for, as the start of an address that ends in "="
 */
export function paletteDialog(home, find) {
  if (home.querySelector("dialog[open]")) return
  const commands = commandsOfThePage()
  /** @type {Command[]} */
  let shown = []
  let at = 0
  const list = make("ul", { role: "listbox", id: "palette-list", class: "ways", "aria-label": say("Commands") })
  const input = make("input", {
    type: "search",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": "palette-list",
    "aria-label": say("What do you want to do?"),
    placeholder: say("What do you want to do?"),
    autocomplete: "off",
    input: () => show(),
    keydown: (/** @type {KeyboardEvent} */ event) => key(event),
  })
  const box = make("div", { class: "search" }, icon("command"), input)
  const dialog = make("dialog", { class: "palette", "aria-label": say("All commands") }, box, list)
  dialog.addEventListener("close", () => dialog.remove())
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close())

  function show() {
    const typed = input.value.trim()
    shown = fitting(commands, typed)
    if (find && typed) {
      shown.push({ name: say("Search for “{words}”", { words: typed }), key: "", act: () => go(typed) })
    }
    list.replaceChildren(...(shown.length ? shown.map(option) : [make("li", {}, say("Nothing by that name"))]))
    mark(0)
  }

  /** @param {string} typed */
  function go(typed) {
    location.assign(find + encodeURIComponent(typed))
  }

  /**
   * @param {Command} command
   * @param {number} index
   */
  function option(command, index) {
    const item = make("li", { role: "option", id: `palette-${index}`, click: () => act(index) })
    item.append(make("span", {}, command.name))
    if (command.key) item.append(make("kbd", {}, command.key))
    return item
  }

  /** @param {number} index */
  function mark(index) {
    at = index
    for (const [i, item] of [...list.children].entries()) item.setAttribute("aria-selected", String(i === at))
    list.children[at]?.scrollIntoView({ block: "nearest" })
    input.setAttribute("aria-activedescendant", list.children[at]?.id ?? "")
  }

  /** @param {number} index */
  function act(index) {
    dialog.close()
    shown[index]?.act()
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.key === "Enter") {
      event.preventDefault()
      return act(at)
    }
    if (!["ArrowDown", "ArrowUp"].includes(event.key)) return
    event.preventDefault()
    mark(moved(event.key, at, shown.length) ?? 0)
  }

  home.append(dialog)
  dialog.showModal()
  show()
}
