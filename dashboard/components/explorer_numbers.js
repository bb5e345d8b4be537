// Sliders over the latent numbers of each run, with what each of them would draw at its ends.

const FEW = 12 // sliders at first, and that many more at a time

function numbersView(view) {
  const cards = view.data.runs.map(run => numbersCard(view, run))
  const moved = () => {
    const texts = cards.flatMap(({ run, moved }) => [...moved].map(([number, value]) => `${run.key}:${number + 1}:${+value.toPrecision(5)}`))
    return { numbers: texts.join(","), at: "" }
  }
  return [element("div", { className: "cards" }, ...cards.map(one => one.card)), linkBar(view, moved)]
}

function numbersCard(view, run) {
  const { data } = view
  const name = `${run.id} ${data.start.key} ${run.asked.join()}`
  if (!kept.moved.has(name)) kept.moved.set(name, new Map(run.asked))
  const moved = kept.moved.get(name)
  const told = element("div", { className: "told", role: "status" })
  const ask = asker(view, run, told)
  const main = picture(data, 132, `${run.title}: drawn from the numbers below`)
  main.classList.add("now")
  const near = imageButton(view, 64, "nearest: ")
  const rare = element("div", { className: "caption" })
  const original = imageButton(view, 64)
  original.set(data.start.key)
  const vector = () => run.start.map((value, number) => moved.get(number) ?? value)
  const reset = element("button", { type: "button", textContent: "Reset", title: "Back to the numbers of the image" })
  const list = element("div", { className: "numbers" })
  const more = element("button", { type: "button" })
  const count = element("span")
  let sliders = []

  const now = () =>
    ask("now", { vectors: [vector()] }, (sheet, [nearest], [share]) => {
      paint(main, sheet, 0)
      near.set(`test.${nearest}`)
      rare.textContent = rareness(view, share)
    })
  // What each slider would draw at its ends, all else as it is.
  const ends = () => {
    const here = vector()
    const few = sliders.slice(0, data.most / 2)
    const vectors = few.flatMap(({ number, input }) => [+input.min, +input.max].map(end => here.with(number, end)))
    if (vectors.length) ask("ends", { vectors }, sheet => few.forEach((one, place) => one.ends.forEach((end, side) => paint(end, sheet, 2 * place + side))))
  }
  const said = () => {
    reset.disabled = !moved.size
    for (const one of sliders) one.say()
  }
  const draw = () => {
    const shown = Math.min(kept.shown.get(run.id) ?? FEW, run.order.length)
    while (sliders.length < shown) {
      const one = slider(run, run.order[sliders.length], data, moved)
      one.input.oninput = () => {
        moved.set(one.number, +one.input.value)
        reset.disabled = false
        one.say()
        now()
      }
      one.input.onchange = ends
      sliders.push(one)
      list.append(one.row)
    }
    more.hidden = shown === run.order.length
    more.textContent = `Show ${Math.min(FEW, run.order.length - shown)} more`
    count.textContent = run.order.length > FEW ? `${shown} of ${run.order.length} numbers shown.` : ""
    said()
    ends()
  }
  more.onclick = () => {
    const first = sliders.length
    kept.shown.set(run.id, first + FEW)
    draw()
    sliders[first].input.focus()
  }
  reset.onclick = () => {
    moved.clear()
    for (const one of sliders) one.input.value = run.start[one.number]
    now()
    draw()
  }
  const figure = (caption, ...shown) => element("div", { className: "figure" }, element("div", { className: "caption", textContent: caption }), ...shown)
  const head = element("div", { className: "head" }, element("i", { style: { background: run.colour } }), element("b", { textContent: run.title }), reset)
  const figures = element("div", { className: "figures" },
    figure(data.start.title, original), figure(run.drawing_words, main), figure(data.words.nearest, near, rare))
  const card = element("section", { className: "card", aria: { label: run.title }, data: { run: run.key } },
    head, figures, told, list, element("div", { className: "bar" }, count, more))
  now()
  draw()
  return { card, run, moved }
}

function slider(run, number, data, moved) {
  const start = run.start[number]
  const [low, high] = [Math.min(run.low[number], start), Math.max(run.high[number], start)]
  const still = low === high
  const input = element("input", {
    type: "range", min: low, max: high, step: "any", value: moved.get(number) ?? start, disabled: still,
    aria: { label: `${run.title}: number ${number + 1}` },
  })
  const ends = [picture(data, 36), picture(data, 36)]
  const value = element("output", {})
  const say = () => {
    const now = moved.get(number) ?? start
    value.textContent = still ? "never changes" : now.toFixed(2)
    input.setAttribute("aria-valuetext", value.textContent)
    row.classList.toggle("moved", moved.has(number))
  }
  const range = element("div", { className: "range" }, ...(still ? [] : [spread(run, number, low, high, start)]), input)
  const words = element("div", { className: "which" }, element("b", { textContent: `Number ${number + 1}` }), value)
  const row = element("div", { className: "number" }, words, ends[0], range, ends[1])
  return { number, row, input, ends, say }
}

// How the images' values are spread over the slider, with a line where it began.
function spread(run, number, low, high, start) {
  const counts = run.counts.slice(number * run.bins, (number + 1) * run.bins)
  const at = value => (100 * (value - low)) / (high - low)
  const width = (run.high[number] - run.low[number]) / run.bins
  const bars = counts.map((count, bin) => {
    const left = at(run.low[number] + bin * width), right = at(run.low[number] + (bin + 1) * width)
    return `<rect x="${left}" y="${100 - count}" width="${right - left}" height="${count}"/>`
  })
  const holder = element("div", { className: "spread", aria: { hidden: "true" } })
  holder.innerHTML = `<svg viewBox="0 0 100 100" preserveAspectRatio="none">${bars.join("")}</svg><i style="left:${at(start)}%"></i>`
  return holder
}
