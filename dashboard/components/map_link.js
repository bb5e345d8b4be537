// Links the maps of one page: a card of the image under the pointer and a ring at the same image on the other maps; outlines, by
// which images are chosen, and the pinned image sent to the server (a few hundred bytes, whatever the number of points); and, for
// maps too large to draw every point, the part in view.
//
// One module with `map_cards.js`, `map_overlay.js` and `map_flight.js`, which `map_link.py` puts before it.

const RING = 16
const VIEW_DELAY = 200 // ms without a further zoom before the server is asked
const CLICK_DELAY = 250 // ms in which a second click makes a double click of the first
const touch = matchMedia("(pointer: coarse)").matches

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component
  const state = (parentElement.__mapLink ??= {
    charts: new Map(), data: null, timer: null, tip: null, pin: null, selecting: false, drawn: 0, keys: {},
  })
  state.data = {
    ...data, labels: unpacked(data.labels), labels_of: eachUnpacked(data.labels_of), says_of: eachUnpacked(data.says_of),
    numbers_of: eachUnpacked(data.numbers_of),
    models: data.models.map(model => ({ ...model, says: unpacked(model.says) })),
    kept: data.kept.map(one => ({ ...one, members: unpacked(one.members) })),
  }
  if (!state.pinning) state.pin = data.pin
  if (state.opening && data.pin?.image === state.opening) {
    document.dispatchEvent(new CustomEvent("latent-lens-open", { detail: state.opening }))
    state.opening = null
  }
  state.send = setStateValue
  state.tell = setTriggerValue
  state.tip ??= makeTip()
  state.theme = theme()
  Object.assign(state.tip.style, { background: state.theme.ground, color: state.theme.text })
  leave(state) // the maps are about to change under a card that is still open
  state.timer ??= setInterval(() => attach(state), 250)
  state.escape ??= event => {
    // The image beside the page closes first: of two questions at a time the server may forget one.
    if (event.key !== "Escape" || new URLSearchParams(location.search).get("image")) return
    if (event.target.closest?.("input:not([type=radio]):not([type=checkbox]), textarea") || document.querySelector("[data-baseweb=popover], [role=dialog]")) return
    if (state.pin) pin(state, null)
    else if (state.data.chosen) state.send("outline", { mode: "clear", count: `${Date.now()} ${++state.drawn}` })
  }
  document.addEventListener("keydown", state.escape)
  state.resized ??= () => leave(state)
  addEventListener("resize", state.resized)
  attach(state)
  for (const key of state.charts.keys()) paintSoon(state, key)
  return () => {
    clearInterval(state.timer)
    state.timer = null
    document.removeEventListener("keydown", state.escape)
    removeEventListener("resize", state.resized)
    state.tip?.remove()
    state.tip = null
    for (const chart of state.charts.values()) detach(chart)
    state.charts.clear()
  }
}

// The page's own colours: what hangs on the document itself does not inherit them.
function theme() {
  const { backgroundColor: ground, color: text } = getComputedStyle(document.querySelector("[data-testid=stApp]"))
  return { ground, text }
}

// Numbers from their bytes: whole ones of one, two or four each, or fractions of four.
function unpacked(packed) {
  if (!packed) return null
  const bytes = Uint8Array.from(atob(packed.bdata), letter => letter.charCodeAt(0))
  return packed.dtype === "f4" ? new Float32Array(bytes.buffer) : packed.dtype === "u4" ? new Uint32Array(bytes.buffer) : packed.dtype === "u2" ? new Uint16Array(bytes.buffer) : bytes
}

function eachUnpacked(packed) {
  return Object.fromEntries(Object.entries(packed).map(([key, one]) => [key, unpacked(one)]))
}

function detach(chart) {
  for (const part of [chart.ring, chart.overlay, chart.select]) part?.remove()
}

function attach(state) {
  for (const key of state.charts.keys()) {
    if (state.data.charts.includes(key)) continue
    detach(state.charts.get(key))
    state.charts.delete(key)
  }
  for (const key of state.data.charts) {
    const plot = document.querySelector(`.st-key-${key} .js-plotly-plot`)
    const known = state.charts.get(key)
    if (!plot?.on || !plot._fullLayout?.xaxis || known?.plot === plot) continue
    if (known) detach(known)
    const ring = document.createElement("div")
    ring.className = "latent-lens-ring"
    Object.assign(ring.style, {
      position: "absolute", width: RING + "px", height: RING + "px", border: "2.5px solid currentColor", borderRadius: "50%",
      pointerEvents: "none", display: "none", boxSizing: "border-box", zIndex: 5, color: "var(--st-text-color, #d00)",
      boxShadow: "0 0 0 2px rgba(128,128,128,.4)",
    })
    plot.style.position = "relative"
    const chart = { plot, ring, overlay: makeOverlay(plot), painting: null, select: touch ? selectButton(state) : null }
    plot.append(ring)
    if (chart.select) {
      plot.append(chart.select)
      window.Plotly.relayout(plot, { dragmode: false })
    }
    state.charts.set(key, chart)
    const still = () => state.charts.get(key) === chart // a chart that is drawn in this one's place takes its events over
    const on = (name, does) => plot.on(name, event => still() && does(event))
    on("plotly_hover", event => hover(state, key, event))
    on("plotly_unhover", () => leave(state))
    on("plotly_click", event => click(state, key, event))
    on("plotly_selected", event => select(state, key, event))
    // A double click shows everything again. Where dragging chooses, plotly would let go of the choice and leave the zoom.
    on("plotly_deselect", async () => {
      doubleClick(state)
      if (chart.chosen) await window.Plotly.restyle(plot, { selectedpoints: [chart.chosen] }, [0])
      window.Plotly.relayout(plot, { "xaxis.autorange": true, "yaxis.autorange": true })
    })
    on("plotly_doubleclick", () => doubleClick(state))
    on("plotly_relayout", event => {
      look(state, key, plot)
      follow(state, chart, event)
    })
    for (const name of ["plotly_relayout", "plotly_relayouting", "plotly_afterplot", "plotly_landed"]) on(name, () => paintSoon(state, key))
    plot.addEventListener("mouseleave", () => still() && leave(state))
    on("plotly_afterplot", () => {
      const { width, height } = plot._fullLayout
      if (chart.size !== `${width} ${height}`) leave(state) // the dot is no longer under the pointer, nor under its ring
      chart.size = `${width} ${height}`
    })
    plot.addEventListener("pointerdown", ({ shiftKey, altKey }) => {
      state.keys = { shiftKey, altKey }
      chart.chosen = state.data.chosen ? plot._fullData?.[0]?.selectedpoints : null
    }, { capture: true })
    paintSoon(state, key)
  }
}

// On a touch screen a finger on a map scrolls the page, until this is pressed.
function selectButton(state) {
  const button = document.createElement("button")
  button.className = "latent-lens-select"
  button.type = "button"
  button.textContent = "Select"
  Object.assign(button.style, {
    position: "absolute", left: "4px", top: "4px", zIndex: 6, minHeight: "36px", padding: "4px 14px", borderRadius: "18px", font: "14px sans-serif",
    border: "1px solid currentColor", background: "var(--st-background-color, #fff)", color: "var(--st-text-color, #222)",
  })
  const show = () => {
    button.ariaPressed = String(state.selecting)
    button.style.fontWeight = state.selecting ? 700 : 400
    button.style.boxShadow = state.selecting ? "inset 0 0 0 2px currentColor" : ""
  }
  button.onclick = () => {
    state.selecting = !state.selecting
    for (const chart of state.charts.values()) {
      chart.select.show()
      window.Plotly.relayout(chart.plot, { dragmode: dragMode(state.data.drag) })
    }
  }
  button.show = show
  window.__latentLensDrag = mode => (touch && !state.selecting ? false : mode)
  show()
  return button
}

// What dragging does on this device now.
function dragMode(mode) {
  return window.__latentLensDrag ? window.__latentLensDrag(mode) : mode
}

function hover(state, key, event) {
  const point = event.points?.[0]
  if (!point || point.curveNumber !== 0 || state.charts.get(key).plot.__flight) return
  const { data, tip } = state
  const row = point.pointNumber
  const large = data.large.includes(key)
  const index = large ? data.index_of[key][row] : row
  if (index === undefined) return
  tip.dataset.index = index
  drawThumbnail(tip, data.size, thumbnail(data, index), index)
  tip.lastChild.replaceChildren(...cardLines(data, key, row, index))
  tip.style.display = "block"
  const { clientX: x, clientY: y } = event.event
  tip.style.left = Math.min(x + 16, innerWidth - tip.offsetWidth - 8) + "px"
  tip.style.top = Math.max(8, Math.min(y - 60, innerHeight - tip.offsetHeight - 8)) + "px"
  for (const [other, chart] of state.charts) {
    // Rows of large maps differ from map to map, so only the map under the pointer is ringed.
    if (other === key || !(large || data.large.includes(other))) ring(chart, row)
  }
}

function ring({ plot, ring }, index) {
  const trace = plot._fullData?.[0]
  if (!trace || index >= trace.x.length) return
  const at = placing(plot)
  const x = at.x(trace.x[index])
  const y = at.y(trace.y[index])
  const inside = x >= at.left && x <= at.left + at.width && y >= at.top && y <= at.top + at.height
  Object.assign(ring.style, { display: inside ? "block" : "none", left: x - RING / 2 + "px", top: y - RING / 2 + "px" })
}

function leave(state) {
  if (!state.tip) return
  state.tip.style.display = "none"
  for (const chart of state.charts.values()) chart.ring.style.display = "none"
}

// A click pins the image on every map, and opens it beside the page; a second one on it lets go.
function click(state, key, event) {
  const point = event.points?.[0]
  if (!point || point.curveNumber !== 0 || performance.now() - state.doubled < CLICK_DELAY) return
  const index = state.data.large.includes(key) ? state.data.index_of[key][point.pointNumber] : point.pointNumber
  if (index !== undefined) pin(state, state.pin?.index === index ? null : index, CLICK_DELAY)
}

function pin(state, index, delay = 0) {
  unclick(state)
  state.unpinned = state.pin
  showPin(state, index === null ? null : { index, neighbours: {} }) // the lines come from the server
  const image = index === null ? "" : imageKey(state.data, index)
  state.pinning = setTimeout(() => {
    state.pinning = null
    state.opening = image // once the server has answered: of two questions at a time it may forget one
    state.tell("pinned", image)
  }, delay)
}

// Take back what was pinned, or let go of, by the first half of a double click; the second half may still come.
function doubleClick(state) {
  state.doubled = performance.now()
  unclick(state)
}

function unclick(state) {
  if (!state.pinning) return
  clearTimeout(state.pinning)
  state.pinning = null
  showPin(state, state.unpinned)
}

function showPin(state, pin) {
  state.pin = pin
  for (const key of state.charts.keys()) paintSoon(state, key)
}

function select(state, key, event) {
  if (!event) return
  const round = values => values.map(value => +value.toPrecision(6))
  const mode = state.keys.altKey ? "subtract" : state.keys.shiftKey ? "add" : state.data.mode
  const outline = { chart: `map_${state.data.keys[state.data.model_of[key]]}`, mode, count: `${Date.now()} ${++state.drawn}` } // the same outline again counts again
  if (event.lassoPoints) state.send("outline", { ...outline, x: round(event.lassoPoints.x), y: round(event.lassoPoints.y) })
  else if (event.range) {
    const [left, right] = event.range.x
    const [low, high] = event.range.y
    state.send("outline", { ...outline, x: round([left, right, right, left]), y: round([low, low, high, high]) })
  }
}

// All maps show the same part of the plane, in which they are aligned; `map_flight.js` has figures that come later show it, too.
// Not maps so large that the server draws what is seen.
function follow(state, chart, event) {
  if (chart.following || state.data.large.length || !Object.keys(event).some(name => /^[xy]axis\.(auto)?range/.test(name))) return
  const { xaxis, yaxis, uirevision: plane } = chart.plot._fullLayout
  const all = xaxis.autorange && yaxis.autorange
  const [x, y] = [[...xaxis.range], [...yaxis.range]]
  window.__latentLensSeen = all ? null : { plane, x, y }
  const change = all ? { "xaxis.autorange": true, "yaxis.autorange": true } : { "xaxis.range": x, "yaxis.range": y }
  for (const other of state.charts.values()) {
    if (other === chart || !other.plot._fullLayout || other.plot._fullLayout.uirevision !== plane) continue
    other.following = true
    window.Plotly.relayout(other.plot, change).then(() => (other.following = false))
  }
}

function look(state, key, plot) {
  if (!state.data.large.includes(key)) return
  clearTimeout(state.looking)
  state.looking = setTimeout(() => {
    const { xaxis, yaxis } = plot._fullLayout
    const all = xaxis.autorange && yaxis.autorange
    const view = all ? null : [...xaxis.range, ...yaxis.range].map(value => +value.toPrecision(7))
    state.views = { ...state.views, [key]: view }
    state.send("views", state.views)
  }, VIEW_DELAY)
}
