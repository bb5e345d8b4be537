// Dots that fly from where one model puts them to where another does: drawn on a plain canvas, which keeps up with ten thousand
// moving dots where plotly's own drawing does not.
//
// `live_chart.js` asks for it before it draws a figure whose `layout.meta.flight` names what is flown from and to.

const FLIGHT = 800 // ms
const DOT = 3.5 // pixels

// The part of the plane that the maps show now; then a promise of the end of the flight, and what is to be done when the figure is
// drawn, or nothing where dots do not fly.
window.__latentLensBefore = (plot, data, layout) => {
  const seen = window.__latentLensSeen
  if (seen && seen.plane === layout.uirevision) {
    Object.assign(layout.xaxis, { range: [...seen.x], autorange: false })
    Object.assign(layout.yaxis, { range: [...seen.y], autorange: false })
  }
  const flying = plot.__flight
  plot.__flight = null
  cancelAnimationFrame(flying?.frame)
  const before = plot._fullLayout?.meta?.flight ?? null, after = layout.meta?.flight ?? null
  const trace = plot._fullData?.[0]
  const count = layout.meta?.drawn
  const fly = before && after && before.plane === after.plane && (before.model !== after.model || flying) && count &&
    trace?.x?.length === count && !matchMedia("(prefers-reduced-motion: reduce)").matches
  if (!fly) {
    if (flying) landed(plot, flying)
    return undefined
  }
  const from = flying ? placed(flying, performance.now()) : [Float32Array.from(trace.x), Float32Array.from(trace.y)]
  const to = [numbers(data[0].x), numbers(data[0].y)]
  const flight = { from, to, begun: null, canvas: flying?.canvas ?? sky(plot), groups: byColour(data[0].marker.color), frames: 0 }
  plot.__flight = flight
  const dots = plot.querySelector(".gl-container")
  if (dots) dots.style.visibility = "hidden"
  return new Promise(resolve => {
    const step = now => {
      flight.begun ??= now
      flight.frames++
      if (plot.__flight !== flight || !plot.isConnected) return resolve(null) // another figure has come meanwhile
      drawFlight(plot, flight, placed(flight, now))
      if (now - flight.begun < FLIGHT) flight.frame = requestAnimationFrame(step)
      else {
        plot.dataset.frames = flight.frames
        resolve(() => landed(plot, flight))
      }
    }
    flight.frame = requestAnimationFrame(step)
  })
}

function landed(plot, flight) {
  if (plot.__flight === flight) plot.__flight = null
  flight.canvas.remove()
  const dots = plot.querySelector(".gl-container")
  if (dots) dots.style.visibility = ""
  plot.emit?.("plotly_landed") // the overlay may be drawn again
}

function numbers(column) {
  if (!column.bdata) return column
  const bytes = Uint8Array.from(atob(column.bdata), letter => letter.charCodeAt(0)).buffer
  return new { i2: Int16Array, f4: Float32Array, i4: Int32Array, f8: Float64Array, i1: Int8Array, u1: Uint8Array, u2: Uint16Array }[column.dtype](bytes)
}

function sky(plot) {
  const canvas = document.createElement("canvas")
  canvas.className = "latent-lens-flight"
  Object.assign(canvas.style, { position: "absolute", inset: "0", pointerEvents: "none", zIndex: 3 })
  plot.append(canvas)
  return canvas
}

// Rows by colour: a colour is set once for all its dots.
function byColour(colours) {
  const groups = new Map()
  colours.forEach((colour, row) => {
    const name = Array.isArray(colour) ? `rgb(${colour.join(",")})` : colour
    if (!groups.has(name)) groups.set(name, [])
    groups.get(name).push(row)
  })
  return groups
}

// Where the dots are now: slow at both ends.
function placed({ from, to, begun }, now) {
  const part = Math.min(1, Math.max(0, (now - (begun ?? now)) / FLIGHT))
  const eased = part < 0.5 ? 4 * part ** 3 : 1 - (2 - 2 * part) ** 3 / 2
  return from.map((start, axis) => {
    const end = to[axis], found = new Float32Array(start.length)
    for (let row = 0; row < found.length; row++) found[row] = start[row] + (end[row] - start[row]) * eased
    return found
  })
}

function drawFlight(plot, { canvas, groups }, [x, y]) {
  const { width, height } = plot._fullLayout
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height })
  const context = canvas.getContext("2d")
  const at = placing(plot)
  context.clearRect(0, 0, width, height)
  context.save()
  context.beginPath()
  context.rect(at.left, at.top, at.width, at.height)
  context.clip()
  context.globalAlpha = 0.75
  // The two lines of `placing`, without a call a dot.
  const [left, across] = [at.x(0), at.x(1) - at.x(0)], [low, up] = [at.y(0), at.y(1) - at.y(0)]
  for (const [colour, rows] of groups) {
    context.fillStyle = colour
    for (const row of rows) context.fillRect(left + across * x[row] - DOT / 2, low + up * y[row] - DOT / 2, DOT, DOT)
  }
  context.restore()
}
