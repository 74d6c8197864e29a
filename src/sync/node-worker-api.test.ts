/** Runs of beam sync in the node worker: one at a time, and none that nobody wants any more. */
import { expect, test } from 'vitest'
import type { BeamEvents, BeamSettings } from './beam/beam-status.ts'
import { openSessionHost } from '../rpc/session-host.ts'
import { createNodeWorkerApi } from './node-worker-api.ts'

/** Nobody answers there. */
const servers = ['http://127.0.0.1:9']
const settings: BeamSettings = { sources: 'all', maxLag: undefined }

async function worker() {
  const api = createNodeWorkerApi({ openHost: openSessionHost })
  await api.start(
    { network: 'mainnet', evmPorts: [], servers, maxHeadAge: undefined },
    { onStage: () => undefined, onEvmHung: () => undefined, onDefect: () => undefined },
  )
  await api.openStore({ kind: 'memory' }, undefined)
  const told = new Set<string>()
  const events = (name: string): BeamEvents => ({ onStatus: () => void told.add(name), onNews: () => undefined })
  return { api, told, events }
}

/** Long enough for a run to tell its first status. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 300))

test('a run that is stopped before it has begun does not begin', async () => {
  const { api, told, events } = await worker()
  const begun = api.startBeam(settings, events('only'))
  await api.stopBeam()
  expect(await begun).toMatch('stopped')
  await aMoment()
  expect([...told]).toEqual([])
  await api.close()
})

test('of two that are begun at once the later one runs', async () => {
  const { api, told, events } = await worker()
  const both = [api.startBeam(settings, events('first')), api.startBeam(settings, events('second'))]
  const [first, second] = await Promise.all(both)
  expect(first).toMatch('begun anew')
  expect(second).toBeUndefined()
  await aMoment()
  expect([...told]).toEqual(['second'])
  await api.close()
})
