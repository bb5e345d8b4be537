// The latent explorer in the browser: what `explorer_numbers.js` and `explorer_path.js`, which follow in the same script, share.
// Each run has pictures drawn by the server: one question of a run at a time, and of those that come meanwhile the newest.

const sheets = (window.__latentLens ??= new Map()) // of thumbnails, shared with the maps
// What was done here, kept while other pages are looked at: numbers moved by run and start, how many are shown, the place on a path.
const kept = (window.__latentLensExplorer ??= { moved: new Map(), shown: new Map(), place: new Map() })
const drawn = new WeakMap()

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".explorer")
  const look = JSON.stringify(data)
  if (drawn.get(root)?.look === look) return
  drawn.get(root)?.stop()
  const view = { look, data, gone: false, labels: unpacked(data.labels), stop: () => (view.gone = true) }
  drawn.set(root, view)
  root.replaceChildren(...(data.mode === "path" ? pathView(view) : numbersView(view)))
  return () => view.stop()
}

function unpacked(packed) {
  if (!packed) return null
  const bytes = Uint8Array.from(atob(packed.bdata), letter => letter.charCodeAt(0))
  return packed.dtype === "u2" ? new Uint16Array(bytes.buffer) : bytes
}

// Asks for pictures of one run. `show(bitmap, nearest, rarity)` gets the sheet, and of each picture the nearest test image and the
// share of test images that are less rare; `told` shows why there is none.
function asker(view, run, told) {
  const waiting = new Map() // by purpose, the first of them before the others
  let busy = false
  return async (purpose, question, show) => {
    waiting.set(purpose, { question, show, started: performance.now() })
    if (busy) return
    busy = true
    while (waiting.size && !view.gone) {
      const next = ["now", "ends", "path"].find(one => waiting.has(one))
      const { question, show, started } = waiting.get(next)
      waiting.delete(next)
      try {
        const body = JSON.stringify({ run: run.id, drawing: run.drawing, ...question })
        const answer = await fetch(view.data.decode, { method: "POST", headers: { "Content-Type": "application/json" }, body })
        if (!answer.ok) throw new Error(await answer.text())
        const bitmap = await createImageBitmap(await answer.blob())
        const [nearest, rarity] = ["Nearest", "Rarity"].map(name => answer.headers.get(`Latent-Lens-${name}`).split(",").map(Number))
        if (view.gone) return
        show(bitmap, nearest, rarity)
        told.textContent = ""
        if (next === "now") (view.times ??= []).push(performance.now() - started)
        view.root ??= told.getRootNode().querySelector(".explorer")
        view.root.dataset.times = JSON.stringify((view.times ?? []).slice(-200).map(Math.round))
      } catch (error) {
        if (!view.gone) told.textContent = error instanceof TypeError ? "The server cannot be reached. Move a slider to try again." : error.message
      }
    }
    busy = false
  }
}

// How rare a place is among the test images, in words.
function rareness(view, share) {
  const { words } = view.data
  return share < 0.95 ? words.usual : words.rare.replace("{share}", Math.floor(1000 * Math.min(share, 0.999)) / 10)
}

function element(tag, properties, ...children) {
  const { style, data, aria, ...rest } = properties ?? {}
  const made = Object.assign(document.createElement(tag), rest)
  Object.assign(made.style, style)
  Object.assign(made.dataset, data)
  for (const [name, value] of Object.entries(aria ?? {})) made.setAttribute(`aria-${name}`, value)
  made.append(...children)
  return made
}

// A picture of the set's shape, its longer side so many CSS pixels. Without words it is hidden from screen readers.
function picture({ size: [width, height] }, side, words) {
  const scale = side / Math.max(width, height)
  const canvas = element("canvas", { width, height, style: { width: `${Math.round(width * scale)}px`, height: `${Math.round(height * scale)}px` } })
  if (scale >= 2) canvas.style.imageRendering = "pixelated"
  if (words) {
    canvas.setAttribute("role", "img")
    canvas.setAttribute("aria-label", words)
  } else canvas.setAttribute("aria-hidden", "true")
  return canvas
}

// Draw the picture at that place of a sheet.
function paint(canvas, sheet, place) {
  const { width, height } = canvas
  canvas.getContext("2d").drawImage(sheet, place * width, 0, width, height, 0, 0, width, height)
  canvas.dataset.drawn = +(canvas.dataset.drawn ?? 0) + 1
}

// Draw an image of the set, `test.12`, from its sheet of thumbnails, which the browser keeps.
function paintImage(canvas, data, key) {
  canvas.dataset.key = key
  if (!data.there) return
  const [split, index] = key.split(".")
  const path = `${data.thumbnails}/${data.dataset}/${split}/${Math.floor(index / data.sheet)}.png`
  if (!sheets.has(path)) sheets.set(path, Object.assign(new Image(), { src: path }))
  const sheet = sheets.get(path)
  const draw = () => canvas.dataset.key === key && sheet.naturalWidth && paint(canvas, sheet, index % data.sheet)
  if (sheet.complete) draw()
  else sheet.addEventListener("load", draw, { once: true })
}

// A real image that a click opens. `set(key)` says which it is.
function imageButton(view, side, before = "") {
  const canvas = picture(view.data, side)
  const words = element("span")
  const button = element("button", { type: "button", className: "image" }, ...(view.data.there ? [canvas] : []), words)
  button.onclick = () => document.dispatchEvent(new CustomEvent("latent-lens-open", { detail: button.dataset.image }))
  button.set = key => {
    if (button.dataset.image === key) return
    button.dataset.image = key
    paintImage(canvas, view.data, key)
    const [split, index] = key.split(".")
    const name = view.labels && split === "test" ? view.data.names[view.labels[index]] : ""
    words.textContent = name || key
    button.title = `${before}${split} image ${index}${name ? `, ${name}` : ""}: open it`
    button.setAttribute("aria-label", button.title)
  }
  return button
}

// A row with a button that copies the address of what is seen. `more()`: what it is to hold besides, by name.
function linkBar(view, more) {
  const told = element("span", { className: "told", role: "status" })
  const button = element("button", { type: "button", textContent: "Copy link" })
  button.onclick = async () => {
    const link = new URL(location.href)
    for (const [name, value] of Object.entries(more())) value ? link.searchParams.set(name, value) : link.searchParams.delete(name)
    button.dataset.link = link.href
    try {
      await navigator.clipboard.writeText(link.href)
      told.textContent = "Copied."
    } catch {
      told.textContent = link.href // browsers let pages copy only where the connection is safe
    }
  }
  return element("div", { className: "bar" }, button, told)
}
