/** The whole client on Node's worker_threads: the same workers, ports and services as in a tab. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithData } from '../testing/data.ts'
import { startClient } from './client.ts'
import { ClosedError, NotKeptError } from './errors.ts'
import { nodePlatform } from './node-platform.ts'
import type { Platform, WorkerHandle } from './platform.ts'
import type { Beamtab, BlockReport, LightClientFile, UpdateRow } from './public-types.ts'

/** A platform that knows which of its workers are alive, and can let the newest EVM worker die. */
function watchedPlatform() {
  const platform = nodePlatform()
  const alive = new Set<WorkerHandle>()
  let crashEvm = () => undefined as void
  const spawn: Platform['spawn'] = (kind) => {
    const handle = platform.spawn(kind)
    alive.add(handle)
    const terminate = async () => {
      await handle.terminate()
      alive.delete(handle)
    }
    const onCrash: WorkerHandle['onCrash'] = (crashed) => {
      handle.onCrash(crashed)
      if (kind === 'evm') crashEvm = () => void terminate().then(() => crashed('it was killed'))
    }
    return { ...handle, terminate, onCrash }
  }
  return { platform: { ...platform, spawn }, alive, crashEvm: () => crashEvm() }
}

describeWithData('the client in workers', (data) => {
  const { platform, alive, crashEvm } = watchedPlatform()
  let client: Beamtab

  const block = (name: string) => readFile(join(data, 'witness-blocks', `${name}.json.gz`))
  const json = async (name: string) => {
    const text = await new Response(
      new Blob([await block(name)]).stream().pipeThrough(new DecompressionStream('gzip')),
    ).text()
    return JSON.parse(text) as Record<string, unknown>
  }
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

  beforeAll(async () => {
    client = await startClient({ network: 'mainnet', evmWorkers: 1 }, platform)
  })
  afterAll(() => client.close())

  test('a block is verified in the workers, kept, and verified again with no node from outside', async () => {
    const stages: string[] = []
    const file = await block('mainnet-2675000')
    const first = await client.verifyBlock(file, { onProgress: (stage) => stages.push(stage) })
    expect(first.outcome).toMatchObject({
      kind: 'verified',
      fork: 'spuriousDragon',
      gasUsed: 1312529,
      kept: { kind: 'kept' },
    })
    expect(first.nodes).toEqual({ read: 176, fromInput: 176, fromStore: 0 })
    expect(stages).toEqual(['waiting', 'reading', 'hashing', 'executing', 'storing'])

    const [kept] = await client.keptBlocks()
    expect(kept).toMatchObject({ number: 2675000, transactions: 15 })
    for (const again of [await client.verifyKeptBlock(kept!.hash), await client.verifyBlock(file)]) {
      expect(again.outcome.kind).toBe('verified')
      expect(again.nodes).toEqual({ read: 176, fromInput: 0, fromStore: 176 })
    }
  })

  test('a block before Byzantium asks for the root after each transaction', async () => {
    const report = await client.verifyBlock(await block('mainnet-1150000'))
    expect(report.outcome).toMatchObject({ kind: 'verified', transactions: 9 })
  })

  test('the next block reads from the store what the one before it left there', async () => {
    await client.verifyBlock(await block('mainnet-24628607'))
    const file = await json('mainnet-24628608')
    const report = await client.verifyBlock(bytes({ ...file, codes: [] }))
    // Its own codes are gone; those that the parent ran are in the store, and one that is nowhere is named.
    expect(report.outcome).toMatchObject({ kind: 'fault' })
    expect((report.outcome as { what: string }).what).toMatch(/^missing code 0x[0-9a-f]{64}/)
  })

  test('bad input is named, keeps nothing, and leaves the workers usable', async () => {
    const good = await json('mainnet-2675002')
    const before = await client.keptBlocks()
    const state = good['state'] as string[]
    const flipped = state.map((node, i) => (i === 3 ? `${node.slice(0, -1)}${node.endsWith('0') ? '1' : '0'}` : node))
    const cases: [input: Uint8Array, outcome: Partial<BlockReport['outcome']>][] = [
      [(await block('mainnet-2675002')).subarray(0, 2000), { kind: 'error', code: 'unreadable-file' }],
      [bytes({ ...good, format: 'other' }), { kind: 'error', code: 'unreadable-file' }],
      [bytes({ ...good, chainId: 5 }), { kind: 'error', code: 'wrong-network' }],
      [bytes({ ...good, state: flipped }), { kind: 'fault' }],
      [bytes({ ...good, state: state.slice(1) }), { kind: 'fault' }],
      [bytes({ ...good, codes: ['0x00'] }), { kind: 'fault' }],
      [bytes({ ...good, blockHash: `0x${'11'.repeat(32)}` }), { kind: 'mismatch', field: 'blockHash' }],
    ]
    for (const [input, outcome] of cases) expect((await client.verifyBlock(input)).outcome).toMatchObject(outcome)
    expect(await client.keptBlocks()).toEqual(before)
    expect((await client.verifyBlock(bytes(good))).outcome.kind).toBe('verified')
  })

  test('an EVM worker that dies takes only its own block with it', async () => {
    const file = await block('mainnet-24628608')
    const { outcome } = await client.verifyBlock(file, { onProgress: (stage) => stage === 'executing' && crashEvm() })
    expect(outcome).toMatchObject({ kind: 'error', code: 'evm-lost' })
    expect((await client.verifyBlock(await block('mainnet-97'))).outcome.kind).toBe('verified')
  })

  test('a block that is not kept cannot be verified from the store', async () => {
    await expect(client.verifyKeptBlock(`0x${'22'.repeat(32)}`)).rejects.toThrow(NotKeptError)
  })

  test('a block without its parent header is verified with a reservation, and not kept', async () => {
    const file = await json('mainnet-2675001')
    const { outcome } = await client.verifyBlock(bytes({ ...file, parentHeader: null, headers: [] }))
    expect(outcome).toMatchObject({
      kind: 'verified',
      notChecked: ['parentHeader', 'proofOfWork'],
      kept: { kind: 'not-kept' },
    })
  })

  test('light-client files in any order are verified, kept, and verified again from the store', async () => {
    expect(await client.verifyKeptLightClient()).toBeUndefined()
    const folder = join(data, 'lightclient', 'mainnet-capella-862-867-helios')
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).reverse()
    const files: LightClientFile[] = await Promise.all(
      names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })),
    )
    const rows: UpdateRow[] = []
    const report = await client.verifyLightClient(files, { onUpdate: (row) => rows.push(row) })
    expect(report.bootstrap).toMatchObject({ kind: 'verified', trust: 'its own root' })
    expect(report.updates.map(({ period, outcome }) => [period, outcome.kind])).toEqual(
      [862, 863, 864, 865, 866, 867].map((period) => [period, 'accepted']),
    )
    expect([report.finality?.kind, report.optimistic?.kind, report.kept.kind]).toEqual(['verified', 'verified', 'kept'])
    expect(rows).toEqual(report.updates)

    const again = await client.verifyKeptLightClient()
    expect(again?.updates).toEqual(report.updates)
    const foreign = await client.verifyKeptLightClient({ trustedRoot: `0x${'33'.repeat(32)}` })
    expect(foreign?.bootstrap.kind).toBe('rejected')
  })

  test('code that a worker kept from a block that is not kept is kept with the block that needs it', async () => {
    await client.verifyBlock(await block('mainnet-23587691'))
    const report = await client.verifyBlock(await block('mainnet-24628608'))
    expect(report.outcome).toMatchObject({ kind: 'verified', kept: { kind: 'kept' } })
    // A fresh worker has no code of its own.
    await client.verifyBlock(await block('mainnet-97'), { onProgress: (stage) => stage === 'executing' && crashEvm() })
    expect((await client.verifyKeptBlock(report.hash!)).outcome.kind).toBe('verified')
  })

  test('refused light-client input leaves what is kept as it is', async () => {
    const before = await client.verifyKeptLightClient()
    const folder = join(data, 'lightclient', 'mainnet-capella-862-867-helios')
    const bootstrap = { name: 'bootstrap', bytes: await readFile(join(folder, 'bootstrap.json')) }
    const updates = JSON.parse(await readFile(join(folder, 'updates.json'), 'utf8')) as {
      data: { sync_aggregate: { sync_committee_signature: string } }
    }[]
    for (const { data: update } of updates)
      update.sync_aggregate.sync_committee_signature = `0x${'c0'.padEnd(192, '0')}`
    const forged = await client.verifyLightClient([bootstrap, { name: 'updates', bytes: bytes(updates) }])
    expect(forged.updates.filter(({ outcome }) => outcome.kind === 'accepted')).toEqual([])
    expect(forged.kept).toMatchObject({ kind: 'not-kept' })
    const alone = await client.verifyLightClient([bootstrap])
    expect(alone.kept).toMatchObject({ kind: 'not-kept' })
    expect((await client.verifyKeptLightClient())?.updates).toEqual(before?.updates)
  })

  test('a call that is not answered when the client closes is refused, and so is what waits behind it', async () => {
    const other = await startClient({ network: 'sepolia', evmWorkers: 1 }, platform)
    const calls = [other.verifyBlock(await block('sepolia-10100112')), other.verifyBlock(await block('mainnet-97'))]
    await Promise.all([other.close(), ...calls.map((call) => expect(call).rejects.toThrow(ClosedError))])
  })

  test('a second client of the origin waits, verifies and keeps nothing, and leads when the first closes', async () => {
    let lead = () => undefined as void
    const leading = new Promise<void>((resolve) => (lead = resolve))
    const second = await startClient(
      { network: 'mainnet', evmWorkers: 1, onStatus: ({ leadership }) => leadership === 'leading' && lead() },
      platform,
    )
    try {
      expect(second.status().leadership).toBe('waiting')
      const { outcome } = await second.verifyBlock(await block('mainnet-97'))
      expect(outcome).toMatchObject({ kind: 'verified', kept: { kind: 'not-kept' } })
      await client.close()
      await leading
      const kept = await second.verifyBlock(await block('mainnet-98'))
      expect(kept.outcome).toMatchObject({ kept: { kind: 'kept' } })
    } finally {
      await second.close()
    }
    expect(alive.size).toBe(0)
    await expect(client.verifyBlock(new Uint8Array())).rejects.toThrow(ClosedError)
  })
})
