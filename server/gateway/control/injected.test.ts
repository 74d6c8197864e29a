/** Each fault and each condition as a client meets it, and as the control endpoint tells of it. */
import { bytesToHex } from '@ethereumjs/util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { addressOf } from '../../execution/state/state.fixtures.ts'
import type { Answer, TestGateway } from '../gateway.fixtures.ts'
import { ask, askJson, call, control, testGateway } from '../gateway.fixtures.ts'

const VERSION = '/eth/v1/node/version'

let gateway: TestGateway
let url: string
let known = 0
beforeAll(async () => {
  gateway = await testGateway()
  url = gateway.url
})
afterEach(async () => {
  known = Number((await control(url, { faults: [], conditions: [] }))['injectedCount'])
})
afterAll(() => gateway.close())

interface Injected {
  readonly at: number
  readonly kind: string
  readonly route: string
  readonly request: string
}

/** Since the test began. */
async function injected(): Promise<string[]> {
  const said = await askJson(url, '/beamtab/control')
  const count = Number(said['injectedCount']) - known
  const list = said['injected'] as Injected[]
  return count === 0 ? [] : list.slice(-count).map(({ kind, route }) => `${kind} ${route}`)
}

const outcomeOf = (answer: Promise<Answer>): Promise<string | number> =>
  answer.then(
    ({ status }) => status,
    (error: Error) => error.message,
  )

describe('answers that are wrong', () => {
  test('wrong-bytes: one bit, in each service', async () => {
    const status = '/beamtab/state/v1/status'
    const [beacon, state] = [(await ask(url, VERSION)).body, (await ask(url, status)).body]
    await control(url, { faults: ['wrong-bytes'] })
    for (const [path, good] of [
      [VERSION, beacon],
      [status, state],
    ] as const) {
      const { body } = await ask(url, path)
      expect([body.length, body.filter((byte, i) => byte !== good[i]).length]).toEqual([good.length, 1])
    }
    expect(await injected()).toEqual(['wrong-bytes nodeVersion', 'wrong-bytes state/status'])
  })

  test('truncated: the length is told, and half of it comes', async () => {
    await control(url, { faults: ['truncated@nodeVersion'] })
    expect(await outcomeOf(ask(url, VERSION))).toMatch(/cut off|aborted/)
    expect(await injected()).toEqual(['truncated nodeVersion'])
  })

  test('oversize: far more than was asked', async () => {
    await control(url, { faults: ['oversize@nodeVersion'] })
    expect((await ask(url, VERSION)).body.length).toBeGreaterThan(128 << 20)
    expect(await injected()).toEqual(['oversize nodeVersion'])
  })

  test('slow-drip: some bytes a second', async () => {
    const { length } = (await ask(url, '/beamtab/state/v1/status')).body
    await control(url, { faults: ['slow-drip@state'] })
    const { ms, body } = await ask(url, '/beamtab/state/v1/status')
    expect(body.length).toBe(length)
    expect(ms).toBeGreaterThan((length / 256) * 1_000 * 0.9)
    expect(await injected()).toEqual(['slow-drip state/status'])
  })

  test('html and garbage', async () => {
    await control(url, { faults: ['html@nodeVersion', 'garbage@rpc'] })
    expect((await ask(url, VERSION)).headers['content-type']).toContain('text/html')
    await expect(call(url, 'eth_chainId')).rejects.toThrow(/JSON/)
    expect(await injected()).toEqual(['html nodeVersion', 'garbage rpc'])
  })

  test('status-429, with the time to wait, and status-503', async () => {
    await control(url, { faults: ['status-429@rpc', 'status-503@beacon'] })
    const busy = await ask(url, '/rpc', { method: 'POST', body: '{}' })
    expect([busy.status, busy.headers['retry-after'], (await ask(url, VERSION)).status]).toEqual([429, '1', 503])
  })

  test('no-cors: no page may read it', async () => {
    await control(url, { faults: ['no-cors@nodeVersion'] })
    expect((await ask(url, VERSION)).headers['access-control-allow-origin']).toBeUndefined()
  })
})

describe('answers that do not come', () => {
  test('hang, until the client gives up', async () => {
    await control(url, { faults: ['hang@nodeVersion'] })
    await expect(fetch(`${url}${VERSION}`, { signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout/)
    expect(await injected()).toEqual(['hang nodeVersion'])
  })

  test('disconnect', async () => {
    await control(url, { faults: ['disconnect@beacon'] })
    expect(await outcomeOf(ask(url, VERSION))).toMatch(/hang up|ECONNRESET/)
    expect(await outcomeOf(ask(url, '/eth/v1/events?topics=head'))).toMatch(/hang up|ECONNRESET/)
    expect(await injected()).toEqual(['disconnect nodeVersion', 'disconnect events'])
  })

  test('close-events: a stream ends after its first event', async () => {
    await control(url, { faults: ['close-events'] })
    const text = fetch(`${url}/eth/v1/events?topics=head`).then((response) => response.text())
    while (!(await ask(url, '/metrics')).body.toString().includes('beamtab_event_streams 1')) continue
    await advance()
    expect((await text).match(/event: head/g)).toHaveLength(1)
  })
})

describe('answers that are well-formed and false', () => {
  test('stale-head', async () => {
    const { slot } = await head()
    await control(url, { faults: ['stale-head'] })
    expect((await head()).slot).toBe(slot - 10)
    expect(await injected()).toEqual(['stale-head headers'])
  })

  test('equivocating-head: another block of the same slot', async () => {
    const honest = await head()
    await control(url, { faults: ['equivocating-head'] })
    const other = await head()
    expect([other.slot, other.root === honest.root]).toEqual([honest.slot, false])
    expect(await injected()).toEqual(['equivocating-head headers'])
  })

  test('forged-update: an update that is not what was signed', async () => {
    const path = '/eth/v1/beacon/light_client/finality_update'
    const honest = await askJson(url, path)
    await control(url, { faults: ['forged-update@finalityUpdate'] })
    const forged = await askJson(url, path)
    expect(Object.keys(forged)).toEqual(Object.keys(honest))
    expect(forged).not.toEqual(honest)
    expect(await injected()).toEqual(['forged-update finalityUpdate'])
  })

  test('missing-entries and forged-proof, in proofs of JSON-RPC', async () => {
    const params = [bytesToHex(addressOf(3)), [], 'latest']
    const proof = async () =>
      (await call(url, 'eth_getProof', params))['result'] as { balance: string; accountProof: [] }
    const whole = await proof()
    await control(url, { faults: ['missing-entries@rpc'] })
    expect((await proof()).accountProof).toHaveLength(whole.accountProof.length - 1)
    await control(url, { faults: ['forged-proof@rpc'] })
    expect(await proof()).toMatchObject({ balance: '0x5' })
    expect(await injected()).toEqual(['missing-entries rpc', 'forged-proof rpc'])
    await control(url, { faults: ['forged-proof@state'] })
    expect(await proof()).toEqual(whole)
  })
})

describe('conditions', () => {
  test('latency', async () => {
    await control(url, { conditions: [{ latency: 200, jitter: 50 }] })
    for (let i = 0; i < 3; i++) expect((await ask(url, VERSION)).ms).toBeGreaterThan(199)
    expect((await ask(url, '/healthz')).ms).toBeLessThan(199)
  })

  test('bandwidth, shared by answers that come at a time', async () => {
    const updates = '/eth/v1/beacon/light_client/updates?start_period=0&count=2'
    const { length } = (await ask(url, updates)).body
    await control(url, { conditions: [{ route: 'updates', bandwidth: length }] })
    const alone = await ask(url, updates)
    expect([alone.body.length, alone.ms > 900]).toEqual([length, true])
    const [one, other] = await Promise.all([ask(url, updates), ask(url, updates)])
    expect(Math.max(one.ms, other.ms)).toBeGreaterThan(1_800)
  })

  test('loss: what was asked is done, and nobody hears of it', async () => {
    await control(url, { conditions: [{ route: 'nodeVersion', loss: 0.5 }] })
    const outcomes = await Promise.all(Array.from({ length: 60 }, () => outcomeOf(ask(url, VERSION))))
    const lost = outcomes.filter((outcome) => outcome !== 200)
    expect(lost.length).toBeGreaterThan(12)
    expect(lost.length).toBeLessThan(48)
    expect(await injected()).toEqual(lost.map(() => 'loss nodeVersion'))
  })
})

describe('messages of WebSockets, each for itself', () => {
  async function opened(): Promise<WebSocket> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/rpc`)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return socket
  }
  const ask = (socket: WebSocket, id: number) =>
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'eth_chainId', params: [] }))
  const heard = (socket: WebSocket): Promise<string> =>
    new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())))

  test('wait and are carried slowly', async () => {
    const socket = await opened()
    await control(url, { conditions: [{ route: 'rpc', latency: 200, bandwidth: 200 }] })
    const begun = performance.now()
    const answer = heard(socket)
    ask(socket, 1)
    const { length } = await answer
    expect(performance.now() - begun).toBeGreaterThan(200 + (length / 200) * 1_000 - 20)
    socket.terminate()
  })

  test('are answered, and some answers are lost', async () => {
    const socket = await opened()
    await control(url, { conditions: [{ route: 'rpc', loss: 0.5 }] })
    let answers = 0
    socket.on('message', () => (answers += 1))
    for (let id = 0; id < 60; id++) ask(socket, id)
    await expect.poll(async () => answers + (await injected()).length).toBe(60)
    expect(answers).toBeGreaterThan(12)
    expect(answers).toBeLessThan(48)
    expect(new Set(await injected())).toEqual(new Set(['loss rpc']))
    socket.terminate()
  })

  test('come spoiled, or not at all, or end the connection', async () => {
    const socket = await opened()
    await control(url, { faults: ['wrong-bytes@rpc'] })
    let answer = heard(socket)
    ask(socket, 1)
    expect(await answer).not.toBe('{"jsonrpc":"2.0","id":1,"result":"0x1"}')
    await control(url, { faults: ['hang@rpc'] })
    ask(socket, 2)
    await expect.poll(injected).toEqual(['wrong-bytes rpc', 'hang rpc'])
    await control(url, { faults: [] })
    answer = heard(socket)
    ask(socket, 3)
    expect(await answer).toBe('{"jsonrpc":"2.0","id":3,"result":"0x1"}')
    await control(url, { faults: ['disconnect@rpc'] })
    const ended = new Promise((resolve) => socket.once('close', resolve))
    ask(socket, 4)
    expect(await ended).toBe(1006)
  })
})

test('what is injected is in the log, with the request that met it', async () => {
  await control(url, { faults: ['status-500@genesis'] })
  await ask(url, '/eth/v1/beacon/genesis')
  const list = (await askJson(url, '/beamtab/control'))['injected'] as Injected[]
  const last = list.at(-1)!
  expect(gateway.log).toContainEqual(expect.objectContaining({ ...last, msg: 'a fault was injected' }))
  expect((await ask(url, '/metrics')).body.toString()).toMatch(/beamtab_injected_faults_total\{kind="status-500"\} 1/)
})

async function head(): Promise<{ readonly root: string; readonly slot: number }> {
  const { data } = (await askJson(url, '/eth/v1/beacon/headers/head')) as {
    data: { root: string; header: { message: { slot: string } } }
  }
  return { root: data.root, slot: Number(data.header.message.slot) }
}

/** By a slot. */
async function advance(): Promise<void> {
  await gateway.clock.advance(6_000)
}
