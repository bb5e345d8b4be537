// Buttons that save a chart which the page draws without plotly: plotly draws it for the file, once somebody asks for one.

const FORMATS = ["png", "svg"]

export default function ({ data, parentElement }) {
  const place = parentElement.querySelector(".files")
  const told = Object.assign(document.createElement("span"), { role: "status" })
  const buttons = FORMATS.map(format => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: format.toUpperCase(), title: `Save “${data.name}” as ${format.toUpperCase()}` })
    button.setAttribute("aria-label", button.title)
    button.onclick = async () => {
      button.disabled = true
      told.textContent = ""
      try {
        const plotly = await load(data.source)
        const figure = JSON.parse(data.figure)
        figure.layout.template = themed(getComputedStyle(place))
        await save(plotly, figure, { format, name: data.name, width: data.width, height: figure.layout.height })
      } catch {
        told.textContent = "The file could not be made. Reload the page to try again."
      }
      button.disabled = false
    }
    return button
  })
  place.replaceChildren("Save chart", ...buttons, told)
}
