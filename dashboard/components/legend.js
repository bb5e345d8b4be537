// A legend to search and to choose from: a click brings an entry out, or lets it go; several can be chosen.

const MARKS = {
  "circle": "●", "square": "■", "diamond": "◆", "triangle-up": "▲", "cross": "✚", "star": "★", "x": "✖", "triangle-down": "▼",
}
// What plotly draws over bars for each mark, as nearly as a small square shows it.
const line = angle => `repeating-linear-gradient(${angle}deg, #fffb 0 1.5px, #0000 1.5px 4px)`
const PATTERNS = {
  "circle": "none", "square": line(-45), "diamond": line(45), "triangle-up": `${line(45)}, ${line(-45)}`, "cross": `${line(0)}, ${line(90)}`,
  "star": "radial-gradient(#fffb 1.2px, #0000 1.6px) 0 0 / 4px 4px", "x": line(0), "triangle-down": line(90),
}
const MANY = 12 // above, there is a box to search
const drawn = new WeakMap()

export default function ({ data, parentElement, setStateValue }) {
  const place = parentElement.querySelector(".legend")
  const known = drawn.get(place)
  const names = JSON.stringify([data.entries, data.what, data.patterns])
  const state = known?.names === names ? known : draw(place, data, names)
  state.tell = chosen => setStateValue("chosen", chosen)
  choose(state, data.chosen)
}

function draw(place, { entries, what, patterns }, names) {
  const state = { names, chosen: [], buttons: new Map(), all: null, tell: null }
  const list = element("div", { className: "list", role: "group", ariaLabel: `Choose among ${entries.length} ${what}` })
  for (const [name, colour, mark, count] of entries) {
    const button = element("button", { type: "button", title: count === null ? name : `${name}: ${count.toLocaleString("en")} images` })
    const dot = element("i", { textContent: patterns ? "" : MARKS[mark], className: patterns ? "box" : "", ariaHidden: "true" })
    if (patterns) Object.assign(dot.style, { background: PATTERNS[mark], backgroundColor: colour })
    else dot.style.color = colour
    button.append(dot, element("span", { textContent: name }))
    if (count !== null) button.append(element("small", { textContent: count.toLocaleString("en") }))
    button.onclick = () => {
      const others = state.chosen.filter(one => one !== name)
      change(state, others.length < state.chosen.length ? others : [...others, name])
    }
    state.buttons.set(name, button)
    list.append(button)
  }
  state.all = element("button", { type: "button", className: "all", textContent: "Show all" })
  state.all.onclick = () => change(state, [])
  place.replaceChildren()
  if (entries.length > MANY) place.append(search(state, what))
  place.append(list, state.all)
  drawn.set(place, state)
  return state
}

function search(state, what) {
  const box = element("input", { type: "search", placeholder: `Find among ${state.buttons.size} ${what}`, ariaLabel: `Find among ${what}` })
  const none = element("div", { className: "none", textContent: "None has this in its name.", hidden: true })
  box.oninput = () => {
    const wanted = box.value.trim().toLowerCase()
    for (const [name, button] of state.buttons) button.hidden = !name.toLowerCase().includes(wanted)
    none.hidden = [...state.buttons.values()].some(button => !button.hidden)
  }
  const both = element("div", { className: "search" })
  both.append(box, none)
  return both
}

function change(state, chosen) {
  choose(state, chosen) // at once; the server's answer says the same
  state.tell(chosen)
}

function choose(state, chosen) {
  state.chosen = chosen
  for (const [name, button] of state.buttons) button.ariaPressed = String(chosen.includes(name))
  state.all.hidden = !chosen.length
}

function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties)
}
