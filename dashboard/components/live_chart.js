// Draws a plotly figure, changes it in place, and tells which of its points is clicked.

const charts = new WeakMap()

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  if (!charts.has(parentElement)) charts.set(parentElement, start(parentElement))
  const chart = charts.get(parentElement)
  chart.wanted = data
  chart.tell = setTriggerValue
  chart.plot.setAttribute("aria-label", data.alt)
  chart.plot.style.height = `${data.height}px` // before the script is there, too: nothing below is to move
  load(data.source)
    .then(plotly => draw(plotly, chart))
    .catch(() => (chart.plot.textContent = "This chart could not be drawn. Reload the page to try again."))
  return () => {
    charts.delete(parentElement)
    chart.gone = true
    chart.resizing.disconnect()
    window.Plotly?.purge(chart.plot)
  }
}

function start(parentElement) {
  const plot = document.createElement("div")
  plot.setAttribute("role", "img")
  parentElement.replaceChildren(plot)
  const resizing = new ResizeObserver(() => {
    if (plot._fullLayout && plot.clientWidth) window.Plotly.Plots.resize(plot)
  })
  resizing.observe(parentElement)
  return { plot, resizing, wanted: null, tell: null, look: null, drawn: 0, gone: false }
}

// Fetched once, however many charts ask for it.
function load(source) {
  return (window.__latentLensPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script")
    script.src = source
    script.onload = () => (window.Plotly ? resolve(window.Plotly) : script.onerror())
    script.onerror = () => {
      window.__latentLensPlotly = undefined
      reject()
    }
    document.head.append(script)
  }))
}

function draw(plotly, chart) {
  const style = getComputedStyle(chart.plot)
  const look = `${style.color} ${chart.wanted.figure}`
  if (chart.gone || chart.look === look) return
  chart.look = look
  const { data, layout } = JSON.parse(chart.wanted.figure)
  layout.template = themed(style)
  plotly.react(chart.plot, data, layout, chart.wanted.config).then(() => {
    if (!chart.drawn) chart.plot.on("plotly_click", event => chart.tell("clicked", event.points[0].pointIndex))
    chart.plot.dataset.drawn = ++chart.drawn
  })
}

// The page's own font and colours, light or dark.
function themed(style) {
  const faint = strength => style.color.replace(/rgba?\((\d+), (\d+), (\d+).*/, `rgba($1, $2, $3, ${strength})`)
  const axis = { gridcolor: faint(0.15), linecolor: faint(0.3), zerolinecolor: faint(0.3), automargin: true }
  return { layout: { font: { family: style.fontFamily, color: style.color, size: 13 }, xaxis: axis, yaxis: axis } }
}
