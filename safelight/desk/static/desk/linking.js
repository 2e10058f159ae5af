// Keys for judging pairs: one hand, no mouse. The buttons say their keys.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const button = document.querySelector(`button[data-key="${CSS.escape(event.key)}"]`)
  if (button) button.click()
})
