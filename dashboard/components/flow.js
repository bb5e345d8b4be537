// Draws clusters of two models on either side and the streams of images between them, and tells which of these is chosen.
//
// Streams are one stop of the tab key: arrow keys go from the largest to the smallest.

const LEAST = 34 // pixels of a cluster: room for its thumbnails and two lines
const GAP = 5
const TALL = 620 // of all images together, where there are few clusters
const NS = "http://www.w3.org/2000/svg"
const drawn = new WeakMap()

export default function ({ data, parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".flow")
  let state = drawn.get(place)
  if (!state) {
    state = { width: 0, look: "", data: null, tell: null, stop: 0 }
    drawn.set(place, state)
    state.watch = new ResizeObserver(() => place.clientWidth !== state.width && draw(place, state))
    state.watch.observe(place)
  }
  state.data = data
  state.tell = name => setTriggerValue("picked", name)
  draw(place, state)
  return () => {
    state.watch.disconnect()
    drawn.delete(place)
  }
}

function draw(place, state) {
  const { data } = state
  const width = place.clientWidth
  if (!width) return
  const look = JSON.stringify([width, data.sides, data.bands, data.titles])
  if (look !== state.look) {
    const focus = focused(place)
    state.width = width
    state.look = look
    build(place, state, width)
    if (focus) place.querySelector(`[data-name="${focus}"]`)?.focus({ preventScroll: true })
  }
  choose(place, data.chosen)
}

function focused(place) {
  return place.getRootNode().activeElement?.dataset?.name
}

function choose(place, chosen) {
  place.querySelector(".body").classList.toggle("chosen", !!chosen)
  const [left, right] = chosen.split(".")
  for (const one of place.querySelectorAll("[data-name]")) {
    const [a, b] = one.dataset.name.split(".")
    // The streams of a chosen cluster stand out with it.
    const part = one.tagName === "path" && ((right === "-" && a === left) || (left === "-" && b === right))
    one.setAttribute("aria-pressed", String(!!chosen && (one.dataset.name === chosen || part)))
  }
}

// Where each cluster stands: its top, its height, and where its streams begin.
function layout(side, scale) {
  let top = 0
  return side.map(node => {
    const flow = node[6] * scale
    const height = Math.max(LEAST, flow)
    const first = top + (height - flow) / 2
    const found = { top, height, first, flow, next: first }
    top += height + GAP
    return found
  })
}

function build(place, state, width) {
  const { sides, bands, titles, alt } = state.data
  const total = Math.max(1, ...sides.map(side => side.reduce((sum, node) => sum + node[6], 0)))
  const scale = TALL / total
  const places = sides.map(side => layout(side, scale))
  const height = Math.max(...places.map(side => (side.length ? side.at(-1).top + side.at(-1).height : 0)))
  const label = Math.round(Math.min(210, Math.max(104, width * 0.3)))
  const heads = element("div", { className: "heads" })
  for (const title of titles) heads.append(element("span", { textContent: title }))
  const body = element("div", { className: "body" })
  body.style.height = `${height}px`
  const tip = element("div", { className: "tip", hidden: true })
  const svg = document.createElementNS(NS, "svg")
  const inner = width - 2 * label - 16
  svg.setAttribute("role", "group")
  svg.setAttribute("aria-label", `${alt}. ${bands.length} streams, the largest first: arrow keys go from one to the next.`)
  svg.setAttribute("width", inner)
  svg.setAttribute("height", height)
  svg.style.left = `${label + 8}px`
  sides.forEach((side, which) =>
    side.forEach((node, index) => body.append(...cluster(node, places[which][index], which, label, width, state))),
  )
  // From top to bottom on each side, so that streams cross as little as may be.
  const ordered = [...bands.keys()].sort((a, b) => bands[a][1] - bands[b][1] || bands[a][2] - bands[b][2])
  const starts = new Map()
  for (const index of ordered) {
    const from = places[0][bands[index][1]]
    starts.set(index, from.next)
    from.next += bands[index][3] * scale
  }
  const ends = new Map()
  for (const index of [...bands.keys()].sort((a, b) => bands[a][2] - bands[b][2] || bands[a][1] - bands[b][1])) {
    const to = places[1][bands[index][2]]
    ends.set(index, to.next)
    to.next += bands[index][3] * scale
  }
  const paths = bands.map(([name, left, , images, fits, words], index) => {
    const thick = Math.max(1.2, images * scale)
    const [y0, y1, middle] = [starts.get(index), ends.get(index), inner / 2]
    const path = document.createElementNS(NS, "path")
    path.setAttribute(
      "d",
      `M0,${y0} C${middle},${y0} ${middle},${y1} ${inner},${y1} v${thick} C${middle},${y1 + thick} ${middle},${y0 + thick} 0,${y0 + thick} Z`,
    )
    path.style.fill = sides[0][left][4]
    path.setAttribute("class", `${fits ? "fits" : ""} ${name ? "" : "still"}`)
    path.onpointermove = event => show(tip, body, event, words)
    path.onpointerleave = () => (tip.hidden = true)
    if (!name) return path
    path.dataset.name = name
    path.setAttribute("role", "button")
    path.setAttribute("aria-label", words)
    path.setAttribute("tabindex", "-1")
    path.onclick = () => state.tell(name)
    return path
  })
  svg.append(...paths.toReversed()) // the large ones above
  const stops = paths.filter(path => path.dataset.name)
  if (stops.length) stops[0].setAttribute("tabindex", "0")
  stops.forEach((path, index) => (path.onkeydown = event => key(event, stops, index, state)))
  body.append(svg, tip)
  place.replaceChildren(heads, body)
}

function key(event, stops, index, state) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key]
  if (event.key === "Enter" || event.key === " ") state.tell(stops[index].dataset.name)
  else if (step) {
    const next = stops[(index + step + stops.length) % stops.length]
    stops[index].setAttribute("tabindex", "-1")
    next.setAttribute("tabindex", "0")
    next.focus()
  } else return
  event.preventDefault()
}

function cluster([name, number, title, note, colour, ink, images, pictures, words], { top, height, first, flow }, which, label, width, state) {
  const node = element(name ? "button" : "div", { className: `node ${which ? "right" : "left"} ${name ? "" : "still"}` })
  if (name) {
    node.type = "button"
    node.dataset.name = name
    node.setAttribute("aria-label", words)
    node.onclick = () => state.tell(name)
  }
  node.title = words
  Object.assign(node.style, { top: `${top}px`, height: `${height}px`, width: `${label}px`, left: which ? `${width - label}px` : "0" })
  const chip = element("span", { className: "chip", textContent: number || "–" })
  Object.assign(chip.style, { background: colour, color: ink })
  const text = element("span", { className: "text" })
  text.append(element("b", { textContent: title }), element("small", { textContent: note }))
  const room = label > 170 ? 2 : label > 120 ? 1 : 0
  const thumbs = pictures.slice(0, room).map(src => element("img", { src, alt: "", width: 28, height: 28 }))
  node.append(chip, text, ...thumbs)
  const bar = element("i", { className: "bar" })
  Object.assign(bar.style, { top: `${first}px`, height: `${Math.max(1.2, flow)}px`, width: "5px", background: colour, left: which ? `${width - label - 8}px` : `${label + 3}px` })
  return [node, bar]
}

function show(tip, body, event, words) {
  const box = body.getBoundingClientRect()
  tip.textContent = words
  tip.hidden = false
  const left = Math.min(event.clientX - box.left + 14, box.width - tip.offsetWidth - 4)
  Object.assign(tip.style, { left: `${Math.max(0, left)}px`, top: `${event.clientY - box.top + 14}px` })
}

function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties)
}
