// Listens on the whole page for thumbnails that are clicked or chosen by key, asks the server for their image, and sees to the
// focus: it goes to the image that opens, and back to its thumbnail when that closes. Arrow keys step from image to image.

const TYPED = "input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable=true]"
// What has arrow keys of its own, or closes by Escape itself.
const ARROWS = "[role=slider], [role=grid], [role=listbox], [role=menu], [role=tablist], [role=toolbar], [role=radiogroup], [role=table], .js-plotly-plot"
const OVER = "[role=dialog], [data-baseweb=popover], [role=listbox]"
const SHOWN = ".st-key-image_panel, .st-key-image_page"
const known = (window.__latentLensImages ??= { listening: null, index: null, opener: null, wanted: null, shown: null })

export default function ({ data, setTriggerValue }) {
  known.listening?.abort()
  const listening = (known.listening = new AbortController())
  const on = (what, then) => document.addEventListener(what, then, { signal: listening.signal })
  const open = (key, opener) => {
    if (typeof key !== "string" || !/^(train|test)\.[0-9]+$/.test(key)) return
    known.wanted = key
    // What is chosen within the panel goes with it: the focus returns to where it was before.
    if (opener && !opener.closest(SHOWN)) known.opener = { element: opener, key, top: opener.getBoundingClientRect().top }
    setTriggerValue("opened", key)
  }
  const close = () => data.closes && setTriggerValue("closed", true)
  on("click", event => {
    const thumbnail = thumbnailOf(event)
    if (thumbnail) open(thumbnail.dataset.image, thumbnail)
  })
  on("latent-lens-open", event => open(event.detail, document.activeElement))
  on("keydown", event => {
    const target = event.composedPath()[0]
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !target.closest) return
    const thumbnail = target.closest("[data-image]")
    if (thumbnail && (event.key === "Enter" || event.key === " ")) {
      if (thumbnail.tagName === "BUTTON") return // clicked by the browser
      event.preventDefault()
      open(thumbnail.dataset.image, thumbnail)
    } else if (data.split !== null && event.key === "Escape" && !document.querySelector(OVER)) {
      close()
    } else if (data.split !== null && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
      if (event.shiftKey || target.closest(TYPED) || target.closest(ARROWS) || document.querySelector(OVER)) return
      const next = known.index + (event.key === "ArrowRight" ? 1 : -1)
      if (next < 0 || next >= data.count) return
      event.preventDefault()
      known.index = next // several steps may be asked for before the first is answered
      open(`${data.split}.${next}`)
    }
  })
  known.index = data.index
  const key = data.split === null ? null : `${data.split}.${data.index}`
  if (key !== known.shown) show(data, key)
  return () => listening.abort()
}

function thumbnailOf(event) {
  for (const one of event.composedPath()) if (one.dataset?.image) return one
  return null
}

function show(data, key) {
  const before = known.shown
  known.shown = key
  const place = document.querySelector(`.st-key-${data.where}`)
  if (!key) {
    known.wanted = null
    giveBack()
    return
  }
  if (!place) return
  place.tabIndex = -1
  place.setAttribute("role", "region")
  place.setAttribute("aria-label", `One image: ${data.called}`)
  const opener = known.opener
  if (known.wanted !== key) return // by a link, or what is typed: the focus is where it belongs
  known.wanted = null
  if (!before && opener) settle(opener)
  const scrolls = data.closes ? place : place.closest("[data-testid=stMain]")
  const focus = document.activeElement
  if (!place.contains(focus) || focus.dataset.image) {
    place.focus({ preventScroll: true })
    scrolls?.scrollTo({ top: 0 })
  }
}

// The page beside the panel becomes narrower, a part after the other: what was clicked is brought back to where it was, until
// somebody moves the page.
function settle({ element, top }) {
  const main = document.querySelector("[data-testid=stMain]")
  if (!main?.contains(element)) return
  const moving = new ResizeObserver(() => {
    if (element.isConnected) main.scrollBy({ top: element.getBoundingClientRect().top - top, behavior: "instant" })
  })
  for (const part of [main, ...main.children]) moving.observe(part)
  const done = () => moving.disconnect()
  setTimeout(done, 5000) // the panel comes when the server has found out what to show
  for (const touch of ["wheel", "pointerdown", "touchmove", "keydown"]) document.addEventListener(touch, done, { once: true, passive: true })
}

function giveBack() {
  const opener = known.opener
  known.opener = null
  if (!opener) return
  const same = opener.element.isConnected ? opener.element : document.querySelector(`[data-image="${opener.key}"]`)
  same?.focus({ preventScroll: true })
}
