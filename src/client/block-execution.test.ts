import { expect, test } from 'vitest'
import type { BeamEvents, BeamStatus } from '../sync/beam/beam-status.ts'
import { SimulatedClock } from '../testing/simulated-clock.ts'
import { BlockExecution } from './block-execution.ts'
import { watchedPage } from './page-watch.ts'

const BEAM = { servers: [], blocks: { totals: { verified: 0 } } } as unknown as BeamStatus

/** Starting takes until `begun` is called. */
function simulated(problem?: string) {
  const log: string[] = []
  const connection = Object.assign(new EventTarget(), { saveData: false })
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' as const })
  let begun = (): void => undefined
  let events: BeamEvents | undefined
  const execution = new BlockExecution({
    ...{ wanted: 'beam', despite: [], clock: new SimulatedClock(), page: watchedPage(page, connection) },
    start: (told) => {
      events = told
      log.push('start')
      return new Promise((resolve) => (begun = () => resolve(problem)))
    },
    stop: () => {
      log.push('stop')
      return Promise.resolve()
    },
    onNews: () => log.push('news'),
    onStatus: ({ now, cause = '' }, beam) => log.push(`${now} ${cause}${beam === undefined ? '' : 'status'}`.trim()),
    onProblem: (reason) => log.push(`problem: ${reason}`),
  })
  return {
    execution,
    log,
    begun: () => begun(),
    tell: () => events?.onStatus(BEAM),
    save: (saveData: boolean) => {
      connection.saveData = saveData
      connection.dispatchEvent(new Event('change'))
    },
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve))

test('what is decided while a start is under way is done after it, and only if it still holds', async () => {
  const { execution, log, begun, save } = simulated()
  const leading = execution.lead(true)
  await settled()
  save(true)
  save(false)
  begun()
  await leading
  await settled()
  expect(log).toEqual(['beam', 'start', 'light data-saver', 'beam'])
  save(true)
  await settled()
  expect(log.slice(4)).toEqual(['light data-saver', 'stop'])
})

test('once it is light, no status of what was executed is told', async () => {
  const { execution, log, begun, save, tell } = simulated()
  const leading = execution.lead(true)
  await settled()
  begun()
  await leading
  tell()
  save(true)
  tell()
  expect(log).toEqual(['beam', 'start', 'beam status', 'light data-saver'])
})

test('that it cannot begin is a problem to be told, and no end of it', async () => {
  const { execution, log, begun, save } = simulated('there is no store')
  const leading = execution.lead(true)
  await settled()
  begun()
  await leading
  save(true)
  save(false)
  await settled()
  expect(log).toEqual(['beam', 'start', 'problem: there is no store', 'light data-saver', 'beam', 'start'])
})

test('after the end nothing is begun, ended or told', async () => {
  const { execution, log, begun, save, tell } = simulated()
  const leading = execution.lead(true)
  await settled()
  begun()
  await leading
  execution.close()
  tell()
  save(true)
  await settled()
  expect(log).toEqual(['beam', 'start'])
})
