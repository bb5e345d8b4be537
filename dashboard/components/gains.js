// A line a class, from its share under one model to that under the other; many are searched, and only the first and last shown.

const MANY = 14 // above, there is a box to search, and a button for those in the middle
const ENDS = 7
const drawn = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".gains")
  const look = JSON.stringify([data.lines, data.titles, data.colours])
  let state = drawn.get(place)
  if (state?.look !== look) {
    state = { look, all: false, lines: [] }
    drawn.set(place, state)
    build(place, data, state)
  }
  state.tell = label => setTriggerValue("picked", label)
  for (const { label, button } of state.lines) button.ariaPressed = String(label === data.chosen)
  filter(state, data.chosen)
}

function build(place, { lines, titles, colours, alt }, state) {
  const key = element("div", { className: "key" })
  titles.forEach((title, which) => {
    const entry = element("span", { textContent: title })
    entry.prepend(dot(colours[which], which === 0))
    key.append(entry)
  })
  const list = element("div", { className: "list", role: "group", ariaLabel: alt })
  for (const [label, name, before, after, text, words] of lines) {
    const button = element("button", { type: "button", className: "line", title: words, ariaLabel: words })
    const track = element("span", { className: "track" })
    const way = element("i", { className: "way" })
    const [low, high] = before < after ? [before, after] : [after, before]
    Object.assign(way.style, { left: `${low}%`, width: `${high - low}%`, background: colours[after > before ? 1 : 0] })
    const dots = [before, after].map((share, which) => Object.assign(dot(colours[which], which === 0), { share }))
    for (const one of dots) one.style.left = `${one.share}%`
    track.append(way, ...dots)
    const change = Math.round(after) - Math.round(before)
    button.append(
      element("span", { className: "name", textContent: name }), track, element("span", { className: "shares", textContent: text }),
      element("span", { className: "change", textContent: change > 0 ? `+${change}` : change < 0 ? `−${-change}` : "±0" }),
    )
    button.onclick = () => state.tell(label)
    state.lines.push({ label, name, button })
    list.append(button)
  }
  place.replaceChildren(key)
  if (lines.length > MANY) {
    state.box = element("input", { type: "search", placeholder: `Find among ${lines.length} classes`, ariaLabel: "Find a class" })
    state.box.oninput = () => filter(state, null)
    state.none = element("div", { className: "none", textContent: "No class has this in its name.", hidden: true })
    state.more = element("button", { type: "button", className: "more" })
    state.more.onclick = () => {
      state.all = !state.all
      filter(state, null)
    }
    place.append(state.box, list, state.none, state.more)
  } else place.append(list)
}

function filter(state, chosen) {
  if (!state.box) return
  const wanted = state.box.value.trim().toLowerCase()
  state.lines.forEach(({ label, name, button }, index) => {
    const end = index < ENDS || index >= state.lines.length - ENDS
    button.hidden = wanted ? !name.toLowerCase().includes(wanted) : !(state.all || end || label === chosen)
  })
  state.none.hidden = state.lines.some(({ button }) => !button.hidden)
  state.more.hidden = !!wanted
  state.more.textContent = state.all ? "Show the largest changes only" : `Show the other ${state.lines.length - 2 * ENDS} classes`
}

function dot(colour, hollow) {
  const found = element("i", { className: hollow ? "dot hollow" : "dot" })
  if (hollow) found.style.borderColor = colour
  else found.style.background = colour
  return found
}

function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties)
}
