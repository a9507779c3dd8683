// The dashboard, the alerts and the docs ask for series that a real root peer has.

import test from 'brittle'
import { ENTRIES } from '../../src/entries.ts'
import { createDht } from '../helpers/dht.ts'
import { startDaemon } from '../helpers/process.ts'
import { tmpFolder } from '../helpers/tmp.ts'
import { ask, freePort, shipped, shippedPath } from './shipped.ts'

interface Query {
  expr?: string
  query?: string
}
interface Panel {
  title: string
  gridPos: { x: number; y: number; w: number; h: number }
  targets: Query[]
}
interface Dashboard {
  panels: Panel[]
  templating: { list: Query[] }
  annotations: { list: Query[] }
}

const dashboard = JSON.parse(shipped('docs', 'grafana.json')) as Dashboard
const alerts = shipped('docs', 'monitoring', 'alerts.yml')
const operate = shipped('docs', 'OPERATE.md')
const GRID_COLUMNS = 24

/** What looks like the name of a series; functions and labels do not. */
function seriesIn(text: string): string[] {
  const names = text.match(
    /\b(?:root_peer|process|nodejs|hypercore|hyperswarm|dht|udx)_[a-z0-9_]+/g
  )
  return [...new Set(names)]
}

test('every series that is asked for exists', async (t) => {
  const dht = await createDht(t)
  const port = String(await freePort())
  await startDaemon(t, [...dht.args, '--storage', await tmpFolder(t), '--http-port', port])
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const exists = (name: string): boolean => new RegExp(`^${name}[ {]`, 'm').test(metrics)

  const queries = [
    ...dashboard.panels.flatMap(({ targets }) => targets),
    ...dashboard.templating.list,
    ...dashboard.annotations.list
  ].map(({ expr, query }) => expr ?? query ?? '')
  const asked = { dashboard: queries.join('\n'), alerts, operate }
  for (const [where, text] of Object.entries(asked)) {
    const names = seriesIn(text)
    t.ok(names.length > 2, `${where} asks for ${names.length} series`)
    t.alike(
      names.filter((name) => !exists(name)),
      [],
      where
    )
  }
  t.absent(exists('root_peer_no_such_series'))
})

test('no panel lies on another, and every one has a query', (t) => {
  const taken = new Set<string>()
  for (const { title, gridPos, targets } of dashboard.panels) {
    t.ok(targets.length > 0 && targets.every(({ expr = '' }) => expr !== ''), title)
    t.ok(gridPos.x + gridPos.w <= GRID_COLUMNS)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        if (taken.has(`${x} ${y}`)) t.fail(`${title} lies on another`)
        taken.add(`${x} ${y}`)
      }
    }
  }
})

test('the alerts in the docs are the alerts', (t) => {
  const names = [...alerts.matchAll(/^ *- alert: (\w+)$/gm)].map((match) => match[1] ?? '')
  const told = [...operate.matchAll(/^\| `(RootPeer\w+)`/gm)].map((match) => match[1] ?? '')
  t.ok(names.length > 5)
  t.alike(told, names)
})

test('Prometheus is told the right port, and finds nothing wrong', (t) => {
  const { byDefault: host } = ENTRIES.httpHost
  const { byDefault: port } = ENTRIES.httpPort
  t.ok(shipped('docs', 'monitoring', 'prometheus.yml').includes(`'${host}:${port}'`))
  const checked = ask(
    'promtool',
    'check',
    'config',
    shippedPath('docs', 'monitoring', 'prometheus.yml')
  )
  if (checked === null) return t.comment('promtool is not installed')
  t.is(checked.status, 0, checked.said)
})
