/** A gateway that is behind says the same on the beacon side, in JSON-RPC and in the state service. */
import { bytesToHex } from '@ethereumjs/util'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { decodeAnswer } from '../../src/network/state-service/answer-codec.ts'
import { SimulatedClock } from '../../src/testing/simulated-clock.ts'
import { startDevnet } from '../devnet/start-devnet.ts'
import { ask, askJson, call, control } from '../gateway/gateway.fixtures.ts'
import { startGateway } from '../gateway/start-gateway.ts'

/** 2026-11-21 10:00:00 UTC. */
const START = 1_795_255_200_000
/** As of how many slots ago the stale view is. */
const STALE_SLOTS = 32

test('a stale head holds for every service', { timeout: 120_000 }, async () => {
  const clock = new SimulatedClock(START)
  const options = { clock, preset: 'minimal', accounts: 500, agePeriods: 2, gas: 100_000 } as const
  const chain = await startDevnet({ ...options, workloadSlots: 40 })
  const gateway = await startGateway({ chain: { ...chain, execution: chain.execution }, log: pino({ enabled: false }) })
  try {
    const { url } = gateway
    const header = async (path: string) => (await askJson(url, `/eth/v1/beacon/headers/${path}`)) as never as Header
    const number = async () => Number((await call(url, 'eth_blockNumber', []))['result'])
    const now = await number()
    const { slot } = (await header('head')).data.header.message
    await control(url, { faults: ['stale-head'] })
    expect(Number((await header('head')).data.header.message.slot)).toBe(Number(slot) - STALE_SLOTS)
    expect(await number()).toBe(now - STALE_SLOTS)
    const block = async (which: string) => (await call(url, 'eth_getBlockByNumber', [which, false]))['result'] as Block
    expect((await block('latest')).number).toBe(`0x${(now - STALE_SLOTS).toString(16)}`)
    expect(await block(`0x${now.toString(16)}`)).toBeNull()
    expect(Number((await block('finalized')).number)).toBeLessThan(now - STALE_SLOTS)
    const { body } = await ask(url, '/beamtab/state/v1/status')
    const decoded = decodeAnswer('status', new Uint8Array(body))
    if (decoded.kind !== 'answer') throw new Error('the status is an error')
    const { head } = decoded.answer
    expect([head.number, bytesToHex(head.hash)]).toEqual([now - STALE_SLOTS, (await block('latest')).hash])
    await control(url, { faults: ['stale-head@state'] })
    expect(await number()).toBe(now)
    await control(url, { faults: ['equivocating-head'] })
    expect(await number()).toBe(now)
  } finally {
    await gateway.close()
    await chain.close()
  }
})

interface Header {
  readonly data: { readonly header: { readonly message: { readonly slot: string } } }
}

interface Block {
  readonly number: string
  readonly hash: string
}
