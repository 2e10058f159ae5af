// On every page, the same bytes; the page's policy names their hash. No history entry is
// made inside the site, so that one press of Back leads to the page from before the visit.
// Leaving empties the page at once: on a slow line the next page takes seconds. Esc is
// not used: the browser does not count it as a person's act, and stops loading with it.
(() => {
  const go = (to) => {
    if (to.startsWith("/0")) {
      document.title = ""
      document.body?.remove()
    }
    location.replace(to)
  }
  addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest('a[href^="/"],a[href^="#"]')
    if (!link || event.button || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    go(link.getAttribute("href"))
  })
  let presses = []
  addEventListener("keydown", (event) => {
    if (event.repeat) return
    const now = event.timeStamp
    presses = event.key === "Shift" ? [...presses, now].filter((at) => now - at < 2000) : []
    if (presses.length > 2) go("/0")
  })
  // Whatever the browser keeps of a page it left has nothing typed in it.
  addEventListener("pagehide", () => {
    for (const form of document.forms) form.reset()
  })
})()
