// Scrolls to the part of the page that shows what was clicked, unless its beginning is well in view.
const seen = new WeakMap()

export default ({ data, parentElement }) => {
  if (seen.get(parentElement) === data.turn) return
  seen.set(parentElement, data.turn)
  const timer = setTimeout(() => {
    const part = document.querySelector(`.st-key-${data.part}`)
    if (!part) return
    const { top } = part.getBoundingClientRect()
    if (top > 0 && top < 0.5 * innerHeight) return
    part.style.scrollMarginTop = "max(5rem, 25vh)"
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches
    part.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" })
  }, 100)
  return () => clearTimeout(timer)
}
