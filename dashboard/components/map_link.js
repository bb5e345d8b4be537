// Links the maps of one page: a thumbnail of the image under the pointer, a ring at the same image in the other maps,
// the outline of a lasso or box sent to the server (a few hundred bytes, whatever the number of points), and, for maps
// too large to draw every point, the part in view.

const RING = 16
const CARD = 96 // about so many pixels on the screen is the longer side of a thumbnail
const VIEW_DELAY = 200 // ms without a further zoom before the server is asked
const sheets = (window.__latentLens ??= new Map())

export default function (component) {
  const { data, parentElement, setStateValue } = component
  const state = (parentElement.__mapLink ??= { charts: new Map(), data: null, timer: null, tip: null })
  state.data = { ...data, labels: unpacked(data.labels), labels_of: eachUnpacked(data.labels_of), says: eachUnpacked(data.says) }
  state.send = setStateValue
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

// Whole numbers from their bytes, one or two each.
function unpacked(packed) {
  if (!packed) return null
  const bytes = Uint8Array.from(atob(packed.bdata), letter => letter.charCodeAt(0))
  return packed.dtype === "u2" ? new Uint16Array(bytes.buffer) : bytes
}

function eachUnpacked(packed) {
  return Object.fromEntries(Object.entries(packed).map(([key, one]) => [key, unpacked(one)]))
}

// Where an image's thumbnail is: its sheet, fetched once and kept decoded by the browser, and its place on it.
function thumbnail(data, index) {
  for (const [split, count, there] of data.parts) {
    if (index < count) {
      if (!there) return null
      const block = Math.floor(index / data.sheet)
      const path = `${data.thumbnails}/${data.dataset}/${split}/${block}.png`
      if (!sheets.has(path)) {
        const image = new Image()
        image.src = path
        sheets.set(path, image)
      }
      return { image: sheets.get(path), x: data.size[0] * (index % data.sheet) }
    }
    index -= count
  }
  return null
}

function drawThumbnail(tip, [width, height], found, index) {
  const canvas = tip.firstChild
  if (canvas.width !== width || canvas.height !== height) {
    // A whole number of screen pixels for one of the picture's, so that it stays crisp.
    const scale = Math.max(1, Math.round(CARD / Math.max(width, height)))
    Object.assign(canvas, { width, height })
    Object.assign(canvas.style, { width: scale * width + "px", height: scale * height + "px" })
  }
  const context = canvas.getContext("2d")
  context.clearRect(0, 0, width, height)
  if (!found) return
  const draw = () => {
    if (tip.dataset.index !== String(index) || !found.image.naturalWidth) return // the pointer has moved on
    context.drawImage(found.image, found.x, 0, width, height, 0, 0, width, height)
    tip.dataset.drawn = index
  }
  if (found.image.complete) draw()
  else found.image.addEventListener("load", draw, { once: true })
}

function makeTip() {
  const tip = document.createElement("div")
  tip.className = "latent-lens-tip"
  tip.setAttribute("aria-hidden", "true") // it follows the pointer
  Object.assign(tip.style, {
    position: "fixed", zIndex: 1000000, pointerEvents: "none", display: "none", padding: "8px", borderRadius: "8px",
    background: "var(--st-background-color, #fff)", color: "var(--st-text-color, #222)", font: "12px/1.35 sans-serif",
    border: "1px solid var(--st-border-color, #999)", boxShadow: "0 4px 14px rgba(0,0,0,.25)",
    maxWidth: "16rem", overflowWrap: "anywhere",
  })
  const canvas = document.createElement("canvas")
  Object.assign(canvas.style, { imageRendering: "pixelated", display: "block", borderRadius: "4px" })
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
    // A double click: where dragging chooses, plotly lets go of the choice and leaves the zoom; elsewhere the reverse.
    plot.on("plotly_deselect", () => {
      state.send("outline", null)
      window.Plotly.relayout(plot, { "xaxis.autorange": true, "yaxis.autorange": true })
    })
    plot.on("plotly_doubleclick", () => state.send("outline", null))
    plot.on("plotly_relayout", () => look(state, key, plot))
  }
}

function hover(state, key, event) {
  const point = event.points?.[0]
  if (!point || point.curveNumber !== 0) return
  const { data, tip } = state
  const row = point.pointNumber
  const large = data.large.includes(key)
  const index = large ? data.index_of[key][row] : row
  if (index === undefined) return
  tip.dataset.index = index
  drawThumbnail(tip, data.size, thumbnail(data, index), index)
  const labels = large ? data.labels_of[key] : data.labels
  const lines = [...(labels ? [data.names[labels[row]]] : []), imageName(data, index), data.words[key][data.says[key][row]]]
  tip.lastChild.replaceChildren(...lines.flatMap((line, i) => (i ? [document.createElement("br"), line] : [strong(line)])))
  tip.style.display = "block"
  const { clientX: x, clientY: y } = event.event
  tip.style.left = Math.min(x + 16, innerWidth - tip.offsetWidth - 8) + "px"
  tip.style.top = Math.max(8, Math.min(y - 60, innerHeight - tip.offsetHeight - 8)) + "px"
  for (const [other, chart] of state.charts) {
    // Rows of large maps differ from map to map, so only the map under the pointer is ringed.
    if (other === key || !(large || data.large.includes(other))) ring(chart, row)
  }
}

function imageName(data, index) {
  if (data.parts.length === 1) return `image ${index}`
  const [split, count] = data.parts[0]
  return index < count ? `${split} image ${index}` : `${data.parts[1][0]} image ${index - count}`
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
