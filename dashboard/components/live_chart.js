// Draws a plotly figure, changes it in place, and tells which of its points is clicked.
//
// The figure comes with the chart or, for charts that change together, by `figures.js` under the chart's name.

const charts = new WeakMap()
const named = (window.__latentLensFigures ??= { figures: new Map(), arrived: new EventTarget() })
// A map made ready while the browser has nothing else to do: its WebGL contexts and shaders take longer than its points.
let spare = null
const WEBGL = '"scattergl"'

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  if (!charts.has(parentElement)) charts.set(parentElement, start(parentElement, data))
  const chart = charts.get(parentElement)
  chart.wanted = data
  chart.tell = setTriggerValue
  chart.plot.setAttribute("aria-label", data.alt)
  chart.plot.style.height = typeof data.height === "number" ? `${data.height}px` : data.height // before the script is there, too: nothing below is to move
  chart.update()
  return () => {
    named.arrived.removeEventListener(data.name, chart.update)
    charts.delete(parentElement)
    chart.gone = true
    chart.resizing.disconnect()
    window.Plotly?.purge(chart.plot)
  }
}

function figureOf({ figure, name }) {
  return figure ?? named.figures.get(name) ?? ""
}

function start(parentElement, data) {
  const map = data.name || data.figure.includes(WEBGL) // those with a name are maps whose figure is still on its way
  const plot = (map && spare) || document.createElement("div")
  if (plot === spare) spare = null
  plot.setAttribute("role", "figure") // not "img", which would hide the buttons of the mode bar
  parentElement.replaceChildren(plot)
  const resizing = new ResizeObserver(() => {
    if (plot._fullLayout && plot.clientWidth) window.Plotly.Plots.resize(plot)
  })
  resizing.observe(parentElement)
  const chart = { plot, resizing, wanted: null, tell: null, look: null, drawn: 0, gone: false }
  chart.update = () =>
    load(chart.wanted.source)
      .then(plotly => draw(plotly, chart))
      .catch(() => (plot.textContent = "This chart could not be drawn. Reload the page to try again."))
  if (data.name) named.arrived.addEventListener(data.name, chart.update)
  return chart
}

function draw(plotly, chart) {
  const style = getComputedStyle(chart.plot)
  const figure = figureOf(chart.wanted)
  const look = `${style.color} ${figure}`
  if (chart.gone || !figure || chart.look === look) return
  chart.look = look
  const { data, layout } = JSON.parse(figure)
  data.forEach(colour)
  layout.template = themed(style)
  // Else plotly draws twice as finely as the screen is, which takes four times as long where no graphics card helps.
  const config = { ...chart.wanted.config, plotGlPixelRatio: Math.min(devicePixelRatio, 2) }
  const isMap = layout.meta && "drawn" in layout.meta
  if (isMap) config.modeBarButtonsToAdd = downloads(plotly)
  else Object.assign(config, { displayModeBar: "hover", modeBarButtons: [downloads(plotly)] })
  if (isMap && window.__latentLensDrag) layout.dragmode = window.__latentLensDrag(layout.dragmode)
  // On maps dots may fly to their new places first; what comes meanwhile is drawn in this one's place.
  const flown = isMap ? window.__latentLensBefore?.(chart.plot, data, layout) : undefined
  const change = after => {
    if (chart.gone || chart.look !== look) return
    plotly.react(chart.plot, data, layout, config).then(() => {
      after?.()
      if (!chart.drawn && !chart.wanted.name) chart.plot.on("plotly_click", event => chart.tell("clicked", event.points[0].pointNumber))
      chart.plot.dataset.drawn = ++chart.drawn
      // Tick labels read out one by one say nothing: the figure's label stands for them.
      for (const drawing of chart.plot.querySelectorAll(".main-svg")) drawing.setAttribute("aria-hidden", "true")
      if (figure.includes(WEBGL)) requestIdleCallback(() => makeSpare(plotly, layout, config))
    })
  }
  if (flown) flown.then(change)
  else change()
}

// Buttons that save the chart as it is seen now, with what a component draws over a map (`layout.annotations`). The same for every
// chart: of a chart whose configuration changes plotly makes another, without its zoom.
let buttons = null
function downloads(plotly) {
  return (buttons ??= ["png", "svg"].map(format => ({
    name: format, title: `Save as ${format.toUpperCase()}`, icon: plotly.Icons[format === "png" ? "camera" : "disk"],
    click: plot => {
      const { width, height } = plot._fullLayout
      const annotations = plot.__names ? window.__latentLensNames(plot) : plot.layout.annotations
      save(plotly, { data: plot.data, layout: { ...plot.layout, annotations } }, { format, name: plot.ariaLabel, width, height })
    },
  })))
}

function makeSpare(plotly, layout, config) {
  if (spare) return
  spare = document.createElement("div")
  const point = { type: "scattergl", mode: "markers", x: [0], y: [0] }
  plotly.newPlot(spare, [point], { ...layout, width: 500 }, config)
}

// Colours and marks of kinds from the trace's palette. By a colour scale plotly would make text of each number and a colour of
// each text, which takes it three times as long as all the rest.
function colour({ meta, marker }) {
  if (!meta?.palette) return
  const bytes = Uint8Array.from(atob(marker.color.bdata), letter => letter.charCodeAt(0))
  const kinds = Array.from(marker.color.dtype === "u2" ? new Uint16Array(bytes.buffer) : bytes)
  marker.color = kinds.map(kind => meta.palette[kind])
  if (meta.marks) marker.symbol = kinds.map(kind => meta.marks[kind])
}
