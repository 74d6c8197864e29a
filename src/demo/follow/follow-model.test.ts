import { describe, expect, test } from 'vitest'
import { mainnet } from '../../chain/networks/mainnet.ts'
import { FollowError } from '../../client/errors.ts'
import { clientFactory, HASH_A } from '../fixtures.ts'
import { createPageModel } from '../page-model.ts'
import type { PageState } from '../page-state.ts'
import { NO_SETTINGS } from './follow-settings.ts'
import { createSettingsStore, type SavedNetwork } from './saved-settings.ts'
import { addressOf, linkOf } from './state-in-address.ts'

const PAGE = 'http://127.0.0.1:5173/'
const BEACON = 'https://a.example'
const FILE_URL = 'https://x.example/network.json'
const DEVNET = { ...mainnet, name: 'devnet-7', servers: [{ kind: 'beacon', url: 'http://127.0.0.1:5052' }] }

interface Visit {
  readonly address?: string
  /** Text in the browser's storage from the last visit. */
  readonly stored?: string
  readonly saved?: readonly SavedNetwork[]
  readonly fetchFrom?: typeof fetch
  /** Of the page's own server. */
  readonly home?: string
}

/** A visit to the page: what it asks for, and what is left in the browser after it. */
function visit({ address = PAGE, stored, saved = [], fetchFrom = unreachable, home }: Visit = {}) {
  const kept = new Map<string, string>()
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  }
  for (const entry of [...saved].reverse()) createSettingsStore(storage).saveNetwork(entry)
  if (stored !== undefined) kept.set('beamtab-follow', stored)
  const { createBeamtab, log } = clientFactory()
  const list = () => Promise.resolve({ kind: 'none' as const })
  const model = createPageModel({ createBeamtab, address, home, storage, fetchFrom, list })
  let shownAddress = address
  model.subscribe(() => (shownAddress = addressOf(shownAddress, model.state())))
  model.start()
  const savedNow = () => {
    const read = createSettingsStore(storage).read()
    if (read.kind === 'ignored') throw new Error(read.reason)
    return read.saved
  }
  return { model, log, savedNow, address: () => shownAddress, stored: () => kept.get('beamtab-follow') }
}
type Model = ReturnType<typeof visit>['model']

const unreachable: typeof fetch = () => Promise.reject(new TypeError('Failed to fetch'))
const serving =
  (file: object): typeof fetch =>
  () =>
    Promise.resolve(new Response(JSON.stringify(file)))
const following = (network: string, servers = BEACON): SavedNetwork => ({
  network,
  settings: { ...NO_SETTINGS, servers },
  isFollowing: true,
})

/** Resolves once the client that is wanted has been opened. */
function opened(model: Model): Promise<PageState> {
  return until(model, ({ client }) => client.kind === 'ready')
}

function until(model: Model, holds: (state: PageState) => boolean): Promise<PageState> {
  return new Promise((resolve) => {
    const check = () => {
      if (!holds(model.state())) return
      end()
      resolve(model.state())
    }
    const end = model.subscribe(check)
    check()
  })
}

describe('a first visit', () => {
  test('asks nobody before Follow is pressed', async () => {
    const { model, log } = visit()
    await opened(model)
    model.follow.typeSettings({ servers: BEACON })
    expect(log.options).toEqual([expect.objectContaining({ network: 'mainnet', follow: 'off' })])
  })

  test('follows with what was typed, and keeps that for the next', async () => {
    const { model, log, savedNow } = visit()
    await opened(model)
    model.follow.typeSettings({ servers: BEACON, checkpoint: HASH_A })
    model.follow.follow()
    await until(model, ({ client, follow }) => client.kind === 'ready' && follow.active !== undefined)
    await nextTurn()
    expect(log.options.at(-1)?.follow).toEqual({ servers: [BEACON], checkpoint: HASH_A })
    expect(savedNow().networks).toEqual([
      { ...following('mainnet'), settings: { ...NO_SETTINGS, servers: BEACON, checkpoint: HASH_A } },
    ])
  })

  test('follows nothing with settings that are wrong', async () => {
    const { model, log, stored } = visit()
    await opened(model)
    model.follow.follow()
    expect(model.state().follow).toMatchObject({ active: undefined, isTried: true })
    model.follow.typeSettings({ servers: `${BEACON}\nftp://b.example` })
    model.follow.follow()
    await nextTurn()
    expect(model.state().follow.active).toBeUndefined()
    expect(log.calls).toEqual(['open mainnet'])
    expect(stored()).toBeUndefined()
  })
})

test('a client that refuses to follow says why, and files are checked all the same', async () => {
  const { createBeamtab, log } = clientFactory()
  const model = createPageModel({
    createBeamtab: (options) =>
      typeof options.follow === 'object'
        ? Promise.reject(new FollowError('33 servers are given, at most 32 are asked'))
        : createBeamtab(options),
    address: `${PAGE}?beacon=${BEACON}`,
    list: () => Promise.resolve({ kind: 'none' }),
  })
  model.start()
  const { follow } = await opened(model)
  expect(follow).toMatchObject({ active: undefined, failure: '33 servers are given, at most 32 are asked' })
  expect(log.calls).toEqual(['open mainnet'])
  expect(model.state().announcement).toBe('Not followed: 33 servers are given, at most 32 are asked.')
})

describe('the next visit', () => {
  test('goes on where the visitor followed, and not where they stopped', async () => {
    const { model, log } = visit({ saved: [following('mainnet')] })
    await opened(model)
    expect(log.calls).toEqual(['open mainnet following'])
    model.follow.stop()
    await until(model, ({ client, follow }) => client.kind === 'ready' && follow.active === undefined)
    await nextTurn()
    expect(log.calls).toEqual(['open mainnet following', 'close mainnet', 'open mainnet'])

    const stopped = visit({ saved: [{ ...following('mainnet'), isFollowing: false }] })
    expect((await opened(stopped.model)).follow.settings.servers).toBe(BEACON)
    expect(stopped.log.calls).toEqual(['open mainnet'])
  })

  test('says that damaged settings are not used, and asks nobody by them', async () => {
    const { model, log } = visit({ stored: '{"version":1,' })
    const { follow } = await opened(model)
    expect(follow.notices).toEqual(['The settings of your last visit are not used: they are damaged.'])
    expect(log.calls).toEqual(['open mainnet'])
  })

  test('each network has its own settings, and a network that is picked is not followed by itself', async () => {
    const { model, log } = visit({ saved: [following('sepolia', 'https://s.example')] })
    await opened(model)
    model.chooseNetwork('sepolia')
    await until(model, ({ client, network }) => client.kind === 'ready' && network === 'sepolia')
    expect(model.state().follow.settings.servers).toBe('https://s.example')
    expect(log.calls).toEqual(['open mainnet', 'close mainnet', 'open sepolia'])
  })

  test('a picked network file is there again', async () => {
    const first = visit()
    await opened(first.model)
    await first.model.follow.pickNetwork(new File([JSON.stringify(DEVNET)], 'devnet.json'))
    await nextTurn()
    expect(first.log.calls).toEqual(['open mainnet', 'close mainnet', 'open devnet-7 following'])
    expect(linkOf(PAGE, first.model.state())).toBeUndefined()

    const second = visit({ stored: first.stored() ?? '' })
    expect(await opened(second.model)).toMatchObject({ network: 'devnet-7' })
    expect(second.log.calls).toEqual(['open devnet-7 following'])
    second.model.chooseNetwork('mainnet')
    expect(second.savedNow().file).toBeUndefined()
  })
})

describe('an address', () => {
  test('that names servers is followed at once, stays, and is not kept as the visitor’s', async () => {
    const address = `${PAGE}?beacon=${BEACON}&checkpoint=${HASH_A}`
    const {
      model,
      log,
      savedNow,
      address: shown,
    } = visit({ address, saved: [following('mainnet', 'https://mine.example')] })
    await opened(model)
    expect(log.options.at(-1)?.follow).toEqual({ servers: [BEACON], checkpoint: HASH_A, keepChain: false })
    expect(model.state().follow.active?.origin).toBe('address')
    expect(shown()).toBe(address)
    expect(savedNow().networks).toEqual([following('mainnet', 'https://mine.example')])

    model.follow.stop()
    expect(shown()).toBe(PAGE)
    expect(savedNow().networks).toEqual([{ ...following('mainnet', 'https://mine.example'), isFollowing: false }])
  })

  test('whose settings are wrong follows nothing and marks them', async () => {
    const { model, log } = visit({ address: `${PAGE}?beacon=ftp://a.example`, saved: [following('mainnet')] })
    const { follow } = await opened(model)
    expect(follow).toMatchObject({ active: undefined, isTried: true, settings: { servers: 'ftp://a.example' } })
    expect(log.calls).toEqual(['open mainnet'])
  })

  test('that names a network nobody knows follows nothing by its servers', async () => {
    const { model, log } = visit({ address: `${PAGE}?network=minnet&beacon=${BEACON}` })
    const { follow } = await opened(model)
    expect(follow.notices[0]).toContain('“minnet”')
    expect(log.calls).toEqual(['open mainnet'])
  })

  test('that names a network file is followed by the servers in it', async () => {
    const address = `${PAGE}?network=${FILE_URL}`
    const { model, log, address: shown } = visit({ address, fetchFrom: serving(DEVNET) })
    const state = await opened(model)
    expect(state).toMatchObject({ network: 'devnet-7', follow: { networkFile: { name: 'devnet-7' } } })
    expect(log.options).toEqual([expect.objectContaining({ network: DEVNET, follow: { keepChain: false } })])
    expect(shown()).toBe(address)
    expect(linkOf(PAGE, state)).toBe(address)
  })

  test('that names a network file and servers is followed by those', async () => {
    const address = `${PAGE}?network=${FILE_URL}&beacon=${BEACON}`
    const { model, log } = visit({ address, fetchFrom: serving({ ...DEVNET, servers: [] }) })
    await opened(model)
    expect(log.options).toEqual([expect.objectContaining({ follow: { servers: [BEACON], keepChain: false } })])
  })

  test('whose network file cannot be had follows nothing in its place', async () => {
    const address = `${PAGE}?network=${FILE_URL}&beacon=${BEACON}`
    const { model, log, address: shown } = visit({ address })
    const { follow, network } = await opened(model)
    expect(follow.networkLoad).toMatchObject({ kind: 'failed', reason: expect.stringContaining(FILE_URL) as unknown })
    expect(network).toBe('mainnet')
    expect(log.calls).toEqual(['open mainnet'])
    expect(shown()).toBe(address)
  })
})

test('a network that is picked while a file comes is the one that stays', async () => {
  let answer: (response: Response) => void = () => undefined
  const slow: typeof fetch = () => new Promise((resolve) => (answer = resolve))
  const { model, log } = visit({ fetchFrom: slow })
  await opened(model)
  const fetching = model.follow.fetchNetwork(FILE_URL)
  expect(model.state().follow.networkLoad).toEqual({ kind: 'loading', from: FILE_URL })
  model.chooseNetwork('hoodi')
  answer(new Response(JSON.stringify(DEVNET)))
  await fetching
  await until(model, ({ client }) => client.kind === 'ready')
  await nextTurn()
  expect(model.state()).toMatchObject({ network: 'hoodi', follow: { networkLoad: { kind: 'idle' } } })
  expect(log.calls).toEqual(['open mainnet', 'close mainnet', 'open hoodi'])
})

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

describe('a page whose server has a network of its own', () => {
  const HOME = `${PAGE}beamtab/network.json`

  test('follows it at once, keeps the chain, and names nothing in the address', async () => {
    const { model, log, address, savedNow } = visit({ home: HOME, fetchFrom: serving(DEVNET) })
    const state = await opened(model)
    expect(state).toMatchObject({ network: 'devnet-7', follow: { networkFile: { from: { kind: 'home', url: HOME } } } })
    expect(log.options).toEqual([expect.objectContaining({ network: DEVNET, follow: {} })])
    expect([address(), linkOf(PAGE, state)]).toEqual([PAGE, undefined])
    expect(savedNow()).toMatchObject({ file: undefined, networks: [{ network: 'devnet-7', isFollowing: true }] })
  })

  test('does not follow it again where the visitor stopped', async () => {
    const stopped = { ...following('devnet-7', ''), isFollowing: false }
    const { model } = visit({ home: HOME, fetchFrom: serving(DEVNET), saved: [stopped] })
    expect((await opened(model)).follow.active).toBeUndefined()
  })

  test('leaves a network that the address names, and mainnet has to be named then', async () => {
    const { model, log } = visit({ home: HOME, fetchFrom: serving(DEVNET), address: `${PAGE}?network=hoodi` })
    await opened(model)
    expect(log.calls).toEqual(['open hoodi'])
    const other = visit({ home: HOME, fetchFrom: serving(DEVNET) })
    await opened(other.model)
    other.model.chooseNetwork('mainnet')
    expect(other.address()).toBe(`${PAGE}?network=mainnet`)
    other.model.follow.chooseHome()
    await expect.poll(() => other.model.state().network).toBe('devnet-7')
    expect(other.address()).toBe(PAGE)
  })

  test('opens without it where its file cannot be had', async () => {
    const { model, log } = visit({ home: HOME })
    const { follow } = await opened(model)
    expect(follow.networkLoad).toMatchObject({ kind: 'failed' })
    expect(log.calls).toEqual(['open mainnet'])
  })
})

describe('executing blocks', () => {
  const home = 'http://127.0.0.1:5173/beamtab/network.json'
  const servers = [...DEVNET.servers, { kind: 'gateway', url: 'http://127.0.0.1:5173' }]
  const fetchFrom = serving({ ...DEVNET, servers })

  test('is done at once where the network names servers of state, and not after the visitor said no', async () => {
    const { model, log } = visit({ home, fetchFrom })
    await opened(model)
    expect(log.options.at(-1)?.mode).toBe('beam')
    model.follow.chooseMode('light')
    await until(model, () => log.options.length === 2)
    expect(log.options.at(-1)?.mode).toBeUndefined()
    expect(log.open()).toBe(1)
    model.follow.chooseMode('beam')
    await until(model, () => log.options.length === 3)
    expect(log.options.at(-1)?.mode).toBe('beam')
  })

  test('is not begun by a link, and makes following the visitor’s own when they begin it', async () => {
    const { model, log, savedNow } = visit({ address: `${PAGE}?network=${FILE_URL}`, fetchFrom })
    await opened(model)
    expect(log.options.at(-1)?.mode).toBeUndefined()
    expect(savedNow().networks).toEqual([])
    model.follow.chooseMode('beam')
    await until(model, () => log.options.length === 2)
    expect(log.options.at(-1)?.mode).toBe('beam')
    expect(log.options.at(-1)?.follow).not.toHaveProperty('keepChain')
    expect(savedNow().networks.map(({ network, isFollowing }) => [network, isFollowing])).toEqual([['devnet-7', true]])
  })
})
