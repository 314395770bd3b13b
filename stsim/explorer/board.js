// Shows text that Python has made, and says when it has been painted and for which move.
export function render({ model }) {
  const board = document.createElement('div')
  board.setAttribute('aria-live', 'polite')
  function draw() {
    board.innerHTML = model.html
    document.documentElement.lang = model.language
    const { move, waiting, complete } = model.state
    if (waiting !== undefined) window.stsim_state = { waiting, complete }
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        window.stsim_painted = { move, at: performance.now() }
      }),
    )
  }
  model.on('number', draw)
  draw()
  return board
}
