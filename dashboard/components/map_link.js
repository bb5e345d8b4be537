// Links the maps of one page: a thumbnail of the image under the pointer, a ring at the same image in the other maps,
// and the outline of a lasso or box sent to the server (a few hundred bytes, whatever the number of points).

const RING = 16
const cache = (window.__latentLens ??= { sprites: new Map() })

export default function (component) {
  const { data, parentElement, setStateValue } = component
  const state = (parentElement.__mapLink ??= { charts: new Map(), data: null, timer: null, tip: null })
  state.data = data
  state.send = setStateValue
  if (data.sprite) loadSprite(data)
  state.tip ??= makeTip()
  leave(state) // the maps are about to change under a card that is still open
  state.timer ??= setInterval(() => attach(state), 250)
  attach(state)
  return () => {
    clearInterval(state.timer)
    state.timer = null
    state.tip?.remove()
    state.tip = null
    for (const chart of state.charts.values()) chart.ring.remove()
    state.charts.clear()
  }
}

// The sprite travels once as base64 inside the component's data; the browser keeps it decoded.
function loadSprite(data) {
  if (cache.sprites.has(data.dataset)) return
  const image = new Image()
  image.src = "data:image/png;base64," + data.sprite
  cache.sprites.set(data.dataset, image)
}

function makeTip() {
  const tip = document.createElement("div")
  tip.className = "latent-lens-tip"
  Object.assign(tip.style, {
    position: "fixed", zIndex: 1000000, pointerEvents: "none", display: "none", padding: "8px", borderRadius: "8px",
    background: "var(--st-background-color, #fff)", color: "var(--st-text-color, #222)", font: "12px/1.35 sans-serif",
    border: "1px solid var(--st-border-color, #999)", boxShadow: "0 4px 14px rgba(0,0,0,.25)",
  })
  const canvas = document.createElement("canvas")
  canvas.width = canvas.height = 28
  Object.assign(canvas.style, { width: "84px", height: "84px", imageRendering: "pixelated", display: "block", borderRadius: "4px" })
  const text = document.createElement("div")
  text.style.marginTop = "4px"
  tip.append(canvas, text)
  document.body.append(tip)
  return tip
}

function attach(state) {
  for (const key of state.data.charts) {
    const plot = document.querySelector(`.st-key-${key} .js-plotly-plot`)
    const known = state.charts.get(key)
    if (!plot?.on || !plot._fullLayout?.xaxis || known?.plot === plot) continue
    known?.ring.remove()
    const ring = document.createElement("div")
    Object.assign(ring.style, {
      position: "absolute", width: RING + "px", height: RING + "px", border: "2.5px solid currentColor", borderRadius: "50%",
      pointerEvents: "none", display: "none", boxSizing: "border-box", zIndex: 5, color: "var(--st-text-color, #d00)",
      boxShadow: "0 0 0 2px rgba(128,128,128,.4)",
    })
    plot.style.position = "relative"
    plot.append(ring)
    state.charts.set(key, { plot, ring })
    plot.on("plotly_hover", event => hover(state, key, event))
    plot.on("plotly_unhover", () => leave(state))
    plot.addEventListener("mouseleave", () => leave(state))
    plot.on("plotly_selected", event => select(state, key, event))
    plot.on("plotly_deselect", () => state.send("outline", null))
  }
}

function hover(state, key, event) {
  const point = event.points?.[0]
  if (!point || point.curveNumber !== 0) return
  const index = point.pointNumber
  const { data, tip } = state
  const sprite = cache.sprites.get(data.dataset)
  const canvas = tip.firstChild
  const context = canvas.getContext("2d")
  context.clearRect(0, 0, 28, 28)
  if (sprite?.complete) context.drawImage(sprite, 28 * (index % 100), 28 * Math.floor(index / 100), 28, 28, 0, 0, 28, 28)
  const lines = [`${data.names[data.labels.charCodeAt(index) - 48]}`, `image ${index}`]
  const says = data.says[key]
  if (says) lines.push(`cluster says ${data.names[says.charCodeAt(index) - 48]}`)
  tip.lastChild.replaceChildren(...lines.flatMap((line, i) => (i ? [document.createElement("br"), line] : [strong(line)])))
  tip.style.display = "block"
  tip.dataset.index = index
  const { clientX: x, clientY: y } = event.event
  tip.style.left = Math.min(x + 16, innerWidth - tip.offsetWidth - 8) + "px"
  tip.style.top = Math.max(8, Math.min(y - 60, innerHeight - tip.offsetHeight - 8)) + "px"
  for (const chart of state.charts.values()) ring(chart, index)
}

function strong(text) {
  const element = document.createElement("strong")
  element.textContent = text
  return element
}

function ring({ plot, ring }, index) {
  const { xaxis, yaxis } = plot._fullLayout
  const trace = plot._fullData?.[0]
  if (!trace || index >= trace.x.length) return
  const x = xaxis._offset + xaxis.d2p(trace.x[index])
  const y = yaxis._offset + yaxis.d2p(trace.y[index])
  const inside = x >= xaxis._offset && x <= xaxis._offset + xaxis._length && y >= yaxis._offset && y <= yaxis._offset + yaxis._length
  Object.assign(ring.style, { display: inside ? "block" : "none", left: x - RING / 2 + "px", top: y - RING / 2 + "px" })
}

function leave(state) {
  state.tip.style.display = "none"
  for (const chart of state.charts.values()) chart.ring.style.display = "none"
}

function select(state, key, event) {
  if (!event) return
  const round = values => values.map(value => +value.toPrecision(6))
  if (event.lassoPoints) state.send("outline", { chart: key, x: round(event.lassoPoints.x), y: round(event.lassoPoints.y) })
  else if (event.range) {
    const [left, right] = event.range.x
    const [low, high] = event.range.y
    state.send("outline", { chart: key, x: round([left, right, right, left]), y: round([low, low, high, high]) })
  }
}
