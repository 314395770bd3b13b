// Sliders of all levers in groups. Python sends `groups` whole; a move is told as {name, value},
// values by year as {name, text}, which Python answers: a fault, or the values as it took them.
function lever(row, model) {
  const box = document.createElement('div')
  box.dataset.lever = row.name
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
  const years = Object.assign(document.createElement('input'), {
    type: 'text', value: row.years, placeholder: row.example, hidden: !row.years,
    spellcheck: false, autocomplete: 'off',
  })
  years.setAttribute('aria-label', `${row.label}: ${row.by_year}`)
  const fault = document.createElement('div')
  fault.className = 'fault'
  fault.id = `${id}-fault`
  fault.setAttribute('role', 'alert')
  years.setAttribute('aria-describedby', fault.id)
  const more = Object.assign(document.createElement('button'), {
    type: 'button', textContent: row.by_year, className: 'more', hidden: !!row.years,
  })
  more.setAttribute('aria-label', `${row.label}: ${row.by_year}`)
  marks.append(more)
  const send = (move) => {
    window.stsim_moved = performance.now()
    window.stsim_move = (window.stsim_move || 0) + 1
    model.send_msg({ name: row.name, move: window.stsim_move, ...move })
  }
  const refuse = (text) => {
    fault.textContent = text
    years.setAttribute('aria-invalid', !!text)
  }
  // one number for all years: values by year give way to it
  const tell = (value) => {
    box.classList.toggle('moved', value !== null && value !== row.law)
    years.value = ''
    refuse('')
    send({ value })
  }
  box.answer = (answer) => {
    refuse(answer.fault || '')
    if (answer.fault) return
    years.value = answer.text
    exact.value = slider.value = answer.value
    box.classList.add('moved')
  }
  more.addEventListener('click', () => {
    more.hidden = true
    years.hidden = false
    years.focus()
  })
  years.addEventListener('change', () => {
    if (years.value.trim()) send({ text: years.value })
    else tell(exact.valueAsNumber)
  })
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
  box.append(head, line, marks, years, fault)
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
  model.on('answer', () => {
    all.querySelector(`[data-lever=${model.answer.name}]`)?.answer(model.answer)
  })
  draw()
  return all
}
