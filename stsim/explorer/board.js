// Shows text that Python has made, and says when it has been painted.
export function render({ model }) {
  const board = document.createElement('div')
  board.setAttribute('aria-live', 'polite')
  function draw() {
    board.innerHTML = model.html
    const number = model.number
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        window.stsim_painted = { number, at: performance.now() }
      }),
    )
  }
  model.on('number', draw)
  draw()
  return board
}
