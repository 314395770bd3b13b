// Sliders of all levers in groups. Python sends `groups` whole; a move is told as {name, value}.
function lever(row, model) {
  const box = document.createElement('div')
  box.className = 'lever' + (row.moved ? ' moved' : '')
  box.title = row.tooltip
  const id = 'lever-' + row.name
  const head = document.createElement('label')
  head.htmlFor = id
  head.textContent = row.label
  const line = document.createElement('div')
  line.className = 'line'
  const track = document.createElement('div')
  track.className = 'track'
  const slider = Object.assign(document.createElement('input'), {
    type: 'range', id, min: row.low, max: row.high, step: row.step, value: row.value,
  })
  const mark = document.createElement('i')
  mark.className = 'mark'
  mark.style.left = `calc(8px + (100% - 16px) * ${(row.law - row.low) / (row.high - row.low)})`
  track.append(slider, mark)
  const exact = Object.assign(document.createElement('input'), {
    type: 'number', min: row.low, max: row.high, step: 'any', value: row.value,
  })
  exact.setAttribute('aria-label', `${row.label}: ${row.exact}`)
  const back = Object.assign(document.createElement('button'), {
    type: 'button', textContent: '↺', title: row.to_law,
  })
  back.setAttribute('aria-label', `${row.label}: ${row.to_law}`)
  const marks = document.createElement('div')
  marks.className = 'marks'
  marks.textContent = `${row.marks} · ${row.unit}`
  const tell = (value) => {
    window.stsim_moved = performance.now()
    window.stsim_move = (window.stsim_move || 0) + 1
    box.classList.toggle('moved', value !== null && value !== row.law)
    model.send_msg({ name: row.name, value, move: window.stsim_move })
  }
  slider.addEventListener('input', () => {
    exact.value = slider.value
    tell(slider.valueAsNumber)
  })
  exact.addEventListener('change', () => {
    if (!Number.isFinite(exact.valueAsNumber)) exact.value = row.law
    slider.value = exact.value
    tell(exact.valueAsNumber)
  })
  back.addEventListener('click', () => {
    exact.value = slider.value = row.law
    tell(null)
  })
  line.append(track, exact, back)
  box.append(head, line, marks)
  return box
}

export function render({ model, el }) {
  const all = document.createElement('div')
  const open = new Set([0])
  function draw() {
    all.replaceChildren(
      ...model.groups.map((group, k) => {
        const part = document.createElement('details')
        part.open = open.has(k) || group.levers.some((row) => row.moved)
        part.addEventListener('toggle', () => (part.open ? open.add(k) : open.delete(k)))
        const title = document.createElement('summary')
        title.textContent = group.title
        part.append(title, ...group.levers.map((row) => lever(row, model)))
        return part
      }),
    )
  }
  model.on('number', draw)
  draw()
  return all
}
