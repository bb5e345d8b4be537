// A path through images or centroids: what each run draws along it, the same places below each other, and the nearest real images.

function pathView(view) {
  const { data } = view
  const frames = (data.strip - 1) * data.between + 1
  const steps = (frames - 1) / (data.stops.length - 1) // from stop to stop
  const rows = data.runs.map(run => pathRow(view, run, frames, place => go(place)))
  const where = element("output", { className: "where" })
  const slider = element("input", { type: "range", min: 0, max: frames - 1, step: 1, aria: { label: data.words.slider } })
  const name = data.stops.map(stop => stop.key).join()
  const go = place => {
    kept.place.set(name, place / (frames - 1))
    slider.value = place
    const walked = place / steps, leg = Math.floor(walked), share = Math.round(100 * (walked - leg))
    where.textContent = share
      ? data.words.where.replace("{share}", share).replace("{from}", data.stops[leg].title).replace("{to}", data.stops[leg + 1].title)
      : data.words.at.replace("{at}", data.stops[leg].title)
    slider.setAttribute("aria-valuetext", where.textContent)
    for (const row of rows) row.go(place)
  }
  slider.oninput = () => {
    const started = performance.now()
    go(+slider.value)
    requestAnimationFrame(() => {
      ;(view.times ??= []).push(performance.now() - started)
      slider.closest(".explorer").dataset.times = JSON.stringify(view.times.slice(-200).map(Math.round))
    })
  }
  const stops = data.stops.map(stop => {
    const shown = stop.image ? imageButton(view, 48) : element("span", { className: "middle", textContent: stop.title })
    if (stop.image) shown.set(stop.key)
    return shown
  })
  const scrub = element("div", { className: "scrub" }, slider, element("div", { className: "stops" }, ...stops), where)
  go(Math.round((kept.place.get(name) ?? data.at) * (frames - 1)))
  return [scrub, ...rows.map(row => row.row), linkBar(view, () => ({ numbers: "", at: String(Math.round((100 * slider.value) / (frames - 1))) }))]
}

function pathRow(view, run, frames, go) {
  const { data } = view
  const told = element("div", { className: "told", role: "status" })
  const now = picture(data, 112, `${run.title}: drawn at this place of the path`)
  now.classList.add("now")
  const near = imageButton(view, 44, "nearest: ")
  const steps = Array.from({ length: data.strip }, (_, step) => {
    const canvas = picture(data, 60)
    const jump = element("button", { type: "button", className: "step", aria: { label: `${run.title}: go to step ${step + 1} of ${data.strip}` } }, canvas)
    jump.onclick = () => go(step * data.between)
    const real = imageButton(view, 44, "nearest: ")
    return { canvas, jump, real, both: element("div", { className: "both" }, jump, real) }
  })
  const rare = element("div", { className: "caption" })
  let sheet = null, nearest = [], shares = [], place = 0
  const show = () => {
    for (const [step, { jump }] of steps.entries()) jump.toggleAttribute("data-here", step === Math.round(place / data.between))
    if (!sheet) return
    paint(now, sheet, place)
    near.set(`test.${nearest[place]}`)
    rare.textContent = rareness(view, shares[place])
  }
  const ask = asker(view, run, told)
  ask("path", { vectors: run.stops, steps: (frames - 1) / (data.stops.length - 1) }, (bitmap, found, rarity) => {
    sheet = bitmap
    nearest = found
    shares = rarity
    for (const [step, { canvas, real }] of steps.entries()) {
      paint(canvas, sheet, step * data.between)
      real.set(`test.${nearest[step * data.between]}`)
    }
    show()
  })
  const head = element("div", { className: "head" }, element("i", { style: { background: run.colour } }), element("b", { textContent: run.title }))
  const strip = element("div", { className: "strip" }, ...steps.map(one => one.both))
  const row = element("section", { className: "card walk", aria: { label: run.title }, data: { run: run.key } }, head, told,
    element("div", { className: "way" }, element("div", { className: "here" }, now, near, rare), strip))
  return { row, go: at => { place = at; show() } }
}
