// Draws a plotly figure and changes it in place.

const charts = new WeakMap()

export default function (component) {
  const { data, parentElement } = component
  if (!charts.has(parentElement)) charts.set(parentElement, start(parentElement))
  const chart = charts.get(parentElement)
  chart.wanted = data
  chart.plot.setAttribute("aria-label", data.alt)
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
  return { plot, resizing, wanted: null, look: null, drawn: 0, gone: false }
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
  chart.plot.style.height = `${layout.height}px` // plotly takes the height from here when the width changes
  layout.font = { family: style.fontFamily, color: style.color, size: 14 }
  plotly.react(chart.plot, data, layout, chart.wanted.config).then(() => (chart.plot.dataset.drawn = ++chart.drawn))
}
