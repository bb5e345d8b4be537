// What lies over the dots of a map, on one canvas a map: rings around what was kept and pinned, lines from the pinned image to its
// true neighbours, names of groups, and pictures in the place of dots where few are in view.

const MOST_PICTURES = 150 // in view; above, dots
const FEW = 60 // kept images; of more, a line goes around all
const LINE = 15 // pixels from one name to the next
const PINNED = "#d6006c"

function makeOverlay(plot) {
  const canvas = document.createElement("canvas")
  canvas.className = "latent-lens-overlay"
  canvas.setAttribute("aria-hidden", "true") // the legend, the list and the page beside say the same
  Object.assign(canvas.style, { position: "absolute", inset: "0", pointerEvents: "none", zIndex: 4 })
  plot.append(canvas)
  return canvas
}

// From map coordinates to pixels of the plot. By the ranges, which plotly keeps up to date while one pans or zooms.
function placing(plot) {
  const { xaxis, yaxis } = plot._fullLayout
  const line = ({ range, _length, _offset }, up) => {
    const scale = _length / (range[1] - range[0])
    return up ? value => _offset + _length - (value - range[0]) * scale : value => _offset + (value - range[0]) * scale
  }
  return { x: line(xaxis, false), y: line(yaxis, true), left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length }
}

// Draw soon, once however often it is asked for.
function paintSoon(state, key) {
  const chart = state.charts.get(key)
  if (!chart || chart.painting) return
  chart.painting = requestAnimationFrame(() => {
    chart.painting = null
    paint(state, key, chart)
  })
}

function paint(state, key, chart) {
  const { plot, overlay } = chart
  const trace = plot._fullData?.[0]
  if (!trace || !plot._fullLayout?.xaxis?.range) return
  const ratio = Math.min(devicePixelRatio, 2)
  const { width, height } = plot._fullLayout
  if (overlay.width !== Math.round(width * ratio) || overlay.height !== Math.round(height * ratio)) {
    Object.assign(overlay, { width: Math.round(width * ratio), height: Math.round(height * ratio) })
    Object.assign(overlay.style, { width: width + "px", height: height + "px" })
  }
  const context = overlay.getContext("2d")
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  overlay.dataset.painted = +(overlay.dataset.painted ?? 0) + 1
  if (plot.__flight) return // dots on their way have no place
  plot.__names = state.data.names_at[key]
  const at = { ...placing(plot), ratio }
  const { ground, text } = state.theme
  context.save()
  context.beginPath()
  context.rect(at.left, at.top, at.width, at.height)
  context.clip()
  drawPictures(state, key, chart, context, at, trace, ground)
  drawKept(state, key, context, at, trace, state.theme)
  drawPin(state, key, context, at, trace, overlay, ground)
  drawNames(state, key, context, at, ground, text)
  context.restore()
}

// The row of an image on this map, or -1.
function rowOf(state, key, index) {
  return state.data.large.includes(key) ? state.data.index_of[key].indexOf(index) : index
}

function drawPictures(state, key, chart, context, at, trace, ground) {
  const { data } = state
  chart.overlay.dataset.pictures = 0
  const rows = []
  const { range: across } = chart.plot._fullLayout.xaxis, { range: upwards } = chart.plot._fullLayout.yaxis
  const [left, right, low, high] = [Math.min(...across), Math.max(...across), Math.min(...upwards), Math.max(...upwards)]
  if (!chart.plot._fullLayout.meta?.drawn || !data.parts.every(([, , there]) => there)) return
  const { x, y } = trace
  for (let row = 0; row < x.length; row++) {
    if (x[row] < left || x[row] > right || y[row] < low || y[row] > high) continue
    rows.push(row)
    if (rows.length >= MOST_PICTURES) return
  }
  if (!rows.length) return
  const [width, height] = data.size
  const room = Math.sqrt((at.width * at.height) / rows.length) * 0.7
  const scale = Math.max(18, Math.min(48, room)) / Math.max(width, height)
  const wide = width * scale, tall = height * scale
  const chosen = trace.selectedpoints && new Set(trace.selectedpoints)
  context.imageSmoothingEnabled = scale < 1
  for (const row of rows) {
    const index = data.large.includes(key) ? data.index_of[key]?.[row] : row
    const found = index === undefined ? null : thumbnail(data, index)
    if (!found) continue
    if (!found.image.complete) {
      found.image.addEventListener("load", () => paintSoon(state, key), { once: true })
      continue
    }
    if (!found.image.naturalWidth) continue
    const [px, py] = [at.x(x[row]) - wide / 2, at.y(y[row]) - tall / 2]
    context.globalAlpha = chosen && !chosen.has(row) ? 0.2 : 1
    context.fillStyle = ground
    context.fillRect(px - 2, py - 2, wide + 4, tall + 4)
    context.drawImage(found.image, found.x, 0, width, height, px, py, wide, tall)
    context.strokeStyle = colourOf(trace, row)
    context.lineWidth = 2
    context.strokeRect(px - 1, py - 1, wide + 2, tall + 2)
    chart.overlay.dataset.pictures++
  }
  context.globalAlpha = 1
}

function colourOf(trace, row) {
  const { color } = trace.marker
  const one = Array.isArray(color) ? color[row] : color
  return Array.isArray(one) ? `rgb(${one.slice(0, 3).join(",")})` : (one ?? "#888")
}

// Few that were kept have its mark each; many a line around them all. The name stands at the one in their middle.
function drawKept(state, key, context, at, trace, { ground }) {
  for (const { name, members, colour, mark } of state.data.kept) {
    const places = []
    for (const index of members) {
      const row = rowOf(state, key, index)
      if (row >= 0 && row < trace.x.length) places.push([at.x(trace.x[row]), at.y(trace.y[row])])
    }
    if (!places.length) continue
    if (places.length <= FEW) {
      for (const [style, width] of [[ground, 4], [colour, 2]]) {
        Object.assign(context, { strokeStyle: style, lineWidth: width })
        context.beginPath()
        for (const [x, y] of places) outlineMark(context, mark, x, y, 6)
        context.stroke()
      }
    } else context.drawImage(around(places, colour, context.canvas, at), 0, 0, context.canvas.width / at.ratio, context.canvas.height / at.ratio)
    const [x, y] = middlemost(places)
    write(context, name, x, y - 14, at, ground, colour)
  }
}

// A line around what lies together: wide dots without what narrower ones cover.
function around(places, colour, { width, height }, { ratio }) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height })
  const context = canvas.getContext("2d")
  context.scale(ratio, ratio)
  context.fillStyle = colour
  for (const [size, how] of [[7, "source-over"], [5.2, "destination-out"]]) {
    context.globalCompositeOperation = how
    context.beginPath()
    for (const [x, y] of places) {
      context.moveTo(x + size, y)
      context.arc(x, y, size, 0, 7)
    }
    context.fill()
  }
  return canvas
}

function middlemost(places) {
  const middle = [0, 1].map(axis => places.map(place => place[axis]).sort((a, b) => a - b)[places.length >> 1])
  const far = ([x, y]) => Math.hypot(x - middle[0], y - middle[1])
  return places.reduce((best, place) => (far(place) < far(best) ? place : best))
}

const CORNERS = {
  square: [[-1, -1], [1, -1], [1, 1], [-1, 1]], diamond: [[0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0]],
  "triangle-up": [[0, -1.3], [1.2, 0.9], [-1.2, 0.9]], "triangle-down": [[0, 1.3], [1.2, -0.9], [-1.2, -0.9]],
}

function outlineMark(context, mark, x, y, size) {
  if (mark === "cross" || mark === "x" || mark === "star") {
    if (mark !== "x") context.moveTo(x - size, y), context.lineTo(x + size, y), context.moveTo(x, y - size), context.lineTo(x, y + size)
    const s = mark === "star" ? size * 0.7 : size
    if (mark !== "cross") context.moveTo(x - s, y - s), context.lineTo(x + s, y + s), context.moveTo(x + s, y - s), context.lineTo(x - s, y + s)
    return
  }
  const corners = CORNERS[mark]
  if (!corners) {
    context.moveTo(x + size, y)
    context.arc(x, y, size, 0, 7)
    return
  }
  corners.forEach(([dx, dy], i) => (i ? context.lineTo(x + dx * size, y + dy * size) : context.moveTo(x + dx * size, y + dy * size)))
  context.closePath()
}

// The pinned image, and lines to those that lie nearest to it in this model's latent space, wherever the map has put them.
function drawPin(state, key, context, at, trace, overlay, ground) {
  overlay.dataset.pinned = overlay.dataset.lines = ""
  const { pin } = state
  const row = pin ? rowOf(state, key, pin.index) : -1
  if (row < 0 || row >= trace.x.length) return
  const [x, y] = [at.x(trace.x[row]), at.y(trace.y[row])]
  const ends = (pin.neighbours?.[key] ?? []).map(index => rowOf(state, key, index)).filter(end => end >= 0 && end < trace.x.length)
  for (const [colour, width] of [[ground, 4], [PINNED, 1.75]]) {
    context.strokeStyle = colour
    context.lineWidth = width
    context.beginPath()
    for (const end of ends) {
      const [ex, ey] = [at.x(trace.x[end]), at.y(trace.y[end])]
      context.moveTo(x, y)
      context.lineTo(ex, ey)
      outlineMark(context, "circle", ex, ey, 5)
    }
    outlineMark(context, "circle", x, y, 9)
    context.stroke()
  }
  overlay.dataset.pinned = pin.index
  overlay.dataset.lines = ends.length
}

// Of names that would cover each other only the first, that of the larger group.
function drawNames(state, key, context, at, ground, text) {
  const taken = []
  for (const [name, x, y] of state.data.names_at[key] ?? []) write(context, name, at.x(x), at.y(y), at, ground, text, taken)
}

// A name around this place, unless that is out of sight or taken.
function write(context, name, x, y, at, ground, colour, taken = []) {
  if (x < at.left || x > at.left + at.width || y < at.top || y > at.top + at.height) return
  Object.assign(context, { font: "600 12px sans-serif", textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: 4 })
  const half = context.measureText(name).width / 2 + 3
  const inside = Math.max(at.left + half, Math.min(at.left + at.width - half, x))
  if (taken.some(([other, up, wide]) => Math.abs(other - inside) < half + wide && Math.abs(up - y) < LINE)) return
  taken.push([inside, y, half])
  context.strokeStyle = ground
  context.globalAlpha = 0.85
  context.strokeText(name, inside, y)
  context.globalAlpha = 1
  context.fillStyle = colour
  context.fillText(name, inside, y)
}

// The same names for a picture of the map.
window.__latentLensNames = plot => (plot.__names ?? []).map(([text, x, y]) => ({ text: text.replaceAll("<", "&lt;"), x, y, showarrow: false }))
