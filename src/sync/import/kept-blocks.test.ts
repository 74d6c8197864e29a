/** Real blocks: what one leaves behind for the next, what is there after a stop, and what is said of a block that is wrong. */
import 'fake-indexeddb/auto'
import { bytesToHex } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import { networkByName } from '../../chain/network.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { parseStatelessBlock, type StatelessBlock } from '../../execution/stateless-block.ts'
import { writeStatelessBlock } from '../../execution/stateless-block-file.ts'
import { verifyStatelessBlock } from '../../execution/verify-stateless-block.ts'
import { flipBit, headerField, withHeaderField, witnessBlock } from '../../execution/witness-blocks.fixtures.ts'
import { systemClock } from '../../chain/clock.ts'
import { openIndexedDbStore } from '../../state/store/indexeddb-store.ts'
import type { Store } from '../../state/store/store.ts'
import { describeWithData } from '../../testing/data.ts'
import { BlockImport } from './block-import.ts'
import type { ImportEvent } from './import-events.ts'
import { keptMetadata, keptWitness } from './kept-witness.ts'
import { markKeeper, resumeImport } from './resume-import.ts'
import { witnessWorld } from './witness-world.fixtures.ts'

const crypto = await loadWasmCrypto()
const mainnet = networkByName('mainnet')

/** The tests share a database: blocks of different times do not meet in it. */
function openStore(): Promise<Store> {
  return openIndexedDbStore({ network: 'mainnet', keccak: crypto.keccak, ...DATABASE })
}
const DATABASE = { maxBytes: 128 * 1024 * 1024 }

async function session(store: Store, files: readonly StatelessBlock[]) {
  const events: ImportEvent[] = []
  const world = witnessWorld(files, store, crypto)
  const kept = await resumeImport(store, crypto.keccak)
  const done: { readonly wanted: (event: ImportEvent) => boolean; readonly resolve: () => void }[] = []
  const imports = new BlockImport({
    tools: { clock: systemClock, keccak: crypto.keccak, ...world, marks: markKeeper(store) },
    caps: { nodes: 65_536, bytes: 48 * 1024 * 1024, ms: 120_000 },
    ...kept,
    onEvent(event) {
      events.push(event)
      for (const { wanted, resolve } of done) if (wanted(event)) resolve()
    },
  })
  const until = (wanted: (event: ImportEvent) => boolean) =>
    new Promise<void>((resolve) => (events.some(wanted) ? resolve() : done.push({ wanted, resolve })))
  return { imports, events, world, until, kept }
}

const isKept = (number: number) => (event: ImportEvent) =>
  event.kind === 'block' && event.block.number === number && event.block.record.kind === 'kept'

describeWithData('consecutive mainnet blocks', (data) => {
  test(
    'the second fetches only what the first did not leave behind, also after a stop; both can be served',
    { timeout: 120_000 },
    async () => {
      const files = [await witnessBlock(data, 'mainnet-24628607'), await witnessBlock(data, 'mainnet-24628608')]
      const [older, newer] = files as [StatelessBlock, StatelessBlock]
      const first = await openStore()
      const one = await session(first, [older])
      one.imports.setHead({ hash: older.blockHash, standing: 'signed' })
      await one.until(isKept(older.number))
      expect(one.imports.status()).toMatchObject({ verified: { number: older.number }, lag: { blocks: 0 } })
      one.imports.close()
      await first.close()

      const store = await openStore()
      const two = await session(store, files)
      expect(two.kept.resumed.map(({ number }) => number)).toEqual([older.number])
      two.imports.setHead({ hash: newer.blockHash, standing: 'signed' })
      await two.until(isKept(newer.number))
      // Nothing was executed twice, and the anchor is the block that was kept.
      expect([...two.world.nodes.keys()]).toEqual([newer.number])
      expect(two.imports.status()).toMatchObject({
        verified: { number: newer.number },
        anchor: { number: older.number },
        pivots: { count: 0 },
      })
      const { read, fromStore } = two.world.nodes.get(newer.number)!
      process.stdout.write(
        `block ${newer.number} reads ${read} nodes, ${fromStore} from the store, ${read - fromStore} fetched\n`,
      )
      expect(fromStore).toBeGreaterThan(1_000)
      // What the store had is exactly what the first block read or made.
      const left = new Set((await keptMetadata(store, older.blockHash))!.nodes.map((hash) => bytesToHex(hash)))
      const readTwice = (await keptMetadata(store, newer.blockHash))!.nodes.filter((hash) => left.has(bytesToHex(hash)))
      expect(fromStore).toBeGreaterThanOrEqual(readTwice.length)

      for (const file of files) {
        const content = (await keptWitness(store, mainnet, file.blockHash))!
        const served = parseStatelessBlock(JSON.parse(JSON.stringify(writeStatelessBlock(content, crypto.keccak))))
        const { verification } = await verifyStatelessBlock(served, { crypto })
        expect(verification.kind).toBe('verified')
        const record = (await store.getBlock(file.blockHash))!
        expect(record.executed!.receipts.length).toBeGreaterThan(50)
        expect(record.executed!.writes!.accounts.size).toBeGreaterThan(100)
      }
      two.imports.close()
      await store.close()
    },
  )

  test('a wrong state root: twice computed, with a bundle that anybody can check', { timeout: 120_000 }, async () => {
    const file = await witnessBlock(data, 'mainnet-15537394')
    const wrong = await withHeaderField(file, 'stateRoot', (root) => flipBit(root, 7))
    const store = await openStore()
    const { imports, events, until } = await session(store, [wrong])
    imports.setHead({ hash: wrong.blockHash, standing: 'signed' })
    await until(({ kind }) => kind === 'refused')
    const [refused] = events.filter((event) => event.kind === 'refused')
    expect(refused!.block).toMatchObject({
      state: 'disputed',
      problem: {
        field: 'stateRoot',
        expected: bytesToHex(headerField(wrong, 'stateRoot')),
        actual: bytesToHex(headerField(file, 'stateRoot')),
      },
    })
    const { verification } = await verifyStatelessBlock(
      parseStatelessBlock(JSON.parse(JSON.stringify(refused!.bundle))),
      { crypto },
    )
    expect(verification).toMatchObject({ kind: 'mismatch', mismatch: { field: 'stateRoot' } })
    expect(await store.getBlock(wrong.blockHash)).toBeUndefined()
    imports.close()
    // It is known after a stop.
    expect((await resumeImport(store, crypto.keccak)).marks.disputes).toMatchObject([{ number: file.number }])
    await store.close()
  })
})
