// Hands figures to the charts of those names, all in one go: a page of several charts changes in one frame.

const named = (window.__latentLensFigures ??= { figures: new Map(), arrived: new EventTarget() })

export default function ({ data }) {
  named.figures.clear() // a chart that comes back must not begin with what it showed before
  for (const [name, figure] of Object.entries(data.figures)) named.figures.set(name, figure)
  for (const name of named.figures.keys()) named.arrived.dispatchEvent(new Event(name))
  return () => named.figures.clear()
}
