// What all charts share that plotly draws or saves: its script, the page's colours, and the files made of a chart.

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

// The page's own font and colours, light or dark.
function themed(style) {
  const faint = strength => style.color.replace(/rgba?\((\d+), (\d+), (\d+).*/, `rgba($1, $2, $3, ${strength})`)
  const axis = { gridcolor: faint(0.15), linecolor: faint(0.3), zerolinecolor: faint(0.3), automargin: true }
  const font = { family: style.fontFamily, color: style.color, size: 13 }
  return { layout: { font, hoverlabel: { bgcolor: ground(), bordercolor: faint(0.3), font }, xaxis: axis, yaxis: axis } }
}

function ground() {
  return getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor
}

// Save a chart as `format`, png or svg, with its name above it and on the page's ground, so wide and high in CSS pixels.
async function save(plotly, { data, layout }, { format, name, width, height }) {
  const above = 36
  const margin = { ...layout.margin, t: (layout.margin?.t ?? 12) + above }
  const title = { text: name.replace(/[<>&]/g, letter => `&#${letter.charCodeAt(0)};`), x: 0, xref: "paper", y: 1, yref: "container", yanchor: "top", pad: { t: 10 }, font: { size: 15 } }
  const font = { ...layout.font, family: "Arial, Helvetica, sans-serif" } // the page's own is not in the file, and others are wider
  const whole = { data, layout: { ...layout, margin, title, font, paper_bgcolor: ground(), autosize: false } }
  const picture = await plotly.toImage(whole, { format, width, height: height + above, scale: format === "png" ? 2 : 1 })
  Object.assign(document.createElement("a"), { href: picture, download: `${fileName(name)}.${format}` }).click()
}

// A name without what file systems refuse, and not too long for them.
function fileName(name) {
  return name.replace(/[\\/:*?"<>|\u0000-\u001f]+/g, " ").replace(/\s+/g, " ").trim().slice(0, 100) || "chart"
}
