// The card of the image under the pointer: its picture from a sheet, its class, and what each model's cluster says of it.

const CARD = 96 // about so many pixels on the screen is the longer side of a thumbnail
const sheets = (window.__latentLens ??= new Map())

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
    maxWidth: "17rem", overflowWrap: "anywhere",
  })
  const canvas = document.createElement("canvas")
  Object.assign(canvas.style, { imageRendering: "pixelated", display: "block", borderRadius: "4px" })
  const text = document.createElement("div")
  text.style.marginTop = "4px"
  tip.append(canvas, text)
  document.body.append(tip)
  return tip
}

// Lines of the card of the image in this row of a map: its class, its name, this model's cluster, then the other models'.
function cardLines(data, key, row, index) {
  const large = data.large.includes(key)
  const label = (large ? data.labels_of[key] : data.labels)?.[row] ?? null
  const own = data.model_of[key]
  const lines = [node("span", imageName(data, index))]
  if (label !== null) lines.unshift(node("strong", data.names[label]))
  const number = data.numbers_of[key]?.[row]
  if (number !== undefined) lines.push(node("strong", numberSaid(data.number, number)))
  lines.push(verdict(data.models[own], (large ? data.says_of[key] : data.models[own].says)[row], label))
  if (!large) data.models.forEach((model, other) => {
    if (other === own || !model.says) return
    const line = verdict(model, model.says[row], label)
    const dot = node("span", "● ")
    dot.style.color = model.colour
    line.prepend(dot, `${model.title}: `)
    lines.push(line)
  })
  return lines.flatMap((line, i) => (i ? [document.createElement("br"), line] : [line]))
}

// The number that a dot's colour stands for, in words; `of`: out of how many it is counted.
function numberSaid({ title, of }, number) {
  return of ? `${title}: ${+number.toFixed(1)} of ${of}` : `${title}: ${+number.toPrecision(3)}`
}

// What a model's cluster says: its name, and a sign where the class that it says is the image's own, or is not.
function verdict({ words, verdicts }, says, label) {
  const sign = !verdicts || label === null ? "" : verdicts[says] === label ? " ✓ right" : " ✗ wrong"
  return node("span", words[says] + sign)
}

function imageName(data, index) {
  if (data.parts.length === 1) return `image ${index}`
  const [split, count] = data.parts[0]
  return index < count ? `${split} image ${index}` : `${data.parts[1][0]} image ${index - count}`
}

function imageKey(data, index) {
  for (const [split, count] of data.parts) {
    if (index < count) return `${split}.${index}`
    index -= count
  }
}

function node(tag, text) {
  const element = document.createElement(tag)
  element.textContent = text
  return element
}
