const EVERY = 2000 // ms between two looks
const platforms = document.getElementById('platforms')
const people = document.getElementById('people')
const trades = document.getElementById('trades')
const notes = document.getElementById('notes')
const problem = document.getElementById('problem')

function element(tag, { text = '', className = '', children = [] } = {}) {
  const made = document.createElement(tag)
  made.className = className
  made.textContent = text
  made.append(...children)
  return made
}

function button(title, path, first = false) {
  const made = element('button', { text: title, className: first ? 'first' : '' })
  made.type = 'button'
  made.addEventListener('click', async () => {
    made.disabled = true
    await post(path)
    await look()
  })
  return made
}

function say(text) {
  problem.textContent = text
  problem.hidden = !text
}

async function post(path) {
  const request = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }
  const response = await fetch(path, request)
  say(response.ok ? '' : (await response.json()).error)
}

// Replaced only when they differ: a button under somebody's finger stays where it is.
const shown = new Map()
function show(list, data, draw) {
  const text = JSON.stringify(data)
  if (shown.get(list) === text) return
  shown.set(list, text)
  list.replaceChildren(...data.map(draw))
}

function platformCard({ id, title, on, figures }) {
  const state = element('span', { text: on ? '正常' : '停了', className: on ? 'on' : 'off' })
  const buttons = [button(on ? '停掉' : '恢复', `/api/platforms/${id}/${on ? 'off' : 'on'}`, !on)]
  if (id === 'taobao' && on) buttons.push(button('限流一分钟', '/api/platforms/taobao/limit'))
  return element('li', {
    children: [
      element('div', { className: 'head', children: [element('strong', { text: title }), state] }),
      element('p', { text: figures, className: 'soft' }),
      element('div', { className: 'buttons', children: buttons }),
    ],
  })
}

function actionButtons(actions, path) {
  const buttons = actions.map(({ id, title }) => button(title, `${path}/${id}`))
  return buttons.length ? [element('div', { className: 'buttons', children: buttons })] : []
}

function parcelPart({ number, newest, at, next, subscribed }) {
  const told = subscribed ? '已订阅，会推送' : '没订阅，不推送'
  const children = [
    element('div', { text: `包裹 ${number}（${next ? told : '走完了'}）` }),
    element('div', { text: `${at} ${newest}`, className: 'soft' }),
  ]
  if (next) {
    const go = button(`往前走一步：${next}`, `/api/parcels/${number}/next`, true)
    children.push(element('div', { className: 'buttons', children: [go] }))
  }
  return element('div', { className: 'part', children })
}

function refundPart({ id, status, actions }) {
  const line = element('div', { text: `退款 ${id}：${status}` })
  const children = [line, ...actionButtons(actions, `/api/refunds/${id}`)]
  return element('div', { className: 'part', children })
}

function tradeCard({ id, status, goods, actions, parcels, refunds }) {
  const head = [element('strong', { text: goods.join('、') }), element('span', { text: status })]
  return element('li', {
    children: [
      element('div', { className: 'head', children: head }),
      element('p', { text: `订单 ${id}`, className: 'soft' }),
      ...actionButtons(actions, `/api/trades/${id}`),
      ...parcels.map(parcelPart),
      ...refunds.map(refundPart),
    ],
  })
}

function noteLine({ at, text, ok }) {
  const time = element('time', { text: at })
  return element('li', { children: [time, element('span', { text, className: ok ? '' : 'off' })] })
}

function personOption({ id, name }) {
  const option = element('option', { text: `${name}（${id}）` })
  option.value = id
  return option
}

async function look() {
  const state = await (await fetch('/api/state')).json()
  show(platforms, state.platforms, platformCard)
  const chosen = people.value
  show(people, state.people, personOption)
  if (chosen) people.value = chosen
  show(notes, state.notes, noteLine)
  if (!people.value) return
  const found = await (await fetch(`/api/people/${encodeURIComponent(people.value)}`)).json()
  show(trades, found.trades, tradeCard)
}

async function watch() {
  try {
    await look()
    if (problem.dataset.lost) say('')
    delete problem.dataset.lost
  } catch {
    problem.dataset.lost = 'yes'
    say('假平台没有回应：make demo 还开着吗？')
  }
  setTimeout(watch, EVERY)
}

people.addEventListener('change', look)
watch()
