/**
 * Bytes flipped anywhere in a file, in a node, in a code, in the block: nothing is thrown but the reader's own error, nothing
 * hangs, and nothing is verified but the very block that was there before, on the very state.
 */
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { bytesToHex } from '@ethereumjs/util'
import { beforeAll, expect, test } from 'vitest'
import { asHash, type Keccak } from '../chain/bytes.ts'
import { loadKeccak } from '../chain/keccak.ts'
import { describeWithData } from '../testing/data.ts'
import type { Verification } from './block/verification.ts'
import { readStatelessBlock, StatelessBlockError, type StatelessBlock } from './stateless-block.ts'
import { flipBit, verified, withParts, witnessBlock, witnessFile } from './witness-blocks.fixtures.ts'

/** Small ones, of four rule sets: a flip costs one verification. */
const NAMES = ['mainnet-1', 'mainnet-46147', 'mainnet-2675002', 'holesky-2971844']
/** Per property and file; `BEAMTAB_FUZZ_RUNS` is for longer hunts. */
const RUNS = Number(process.env['BEAMTAB_FUZZ_RUNS'] ?? 40)

let keccak: Keccak
beforeAll(async () => {
  keccak = await loadKeccak()
})

async function read(bytes: Uint8Array): Promise<StatelessBlock | undefined> {
  try {
    return await readStatelessBlock(bytes)
  } catch (error) {
    if (error instanceof StatelessBlockError) return undefined
    throw error
  }
}

function expectSame(verification: Verification, file: StatelessBlock): void {
  if (verification.kind !== 'verified') return
  expect(bytesToHex(verification.block.rlp)).toBe(bytesToHex(file.block))
  expect(bytesToHex(verification.preStateRoot)).toBe(bytesToHex(file.preStateRoot))
}

describeWithData('flipped bits', (data) => {
  const position = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  const bitOf = (bytes: Uint8Array, at: number): number => Math.floor(at * bytes.length * 8)

  test.each(NAMES)('%s: anywhere in the archive or the JSON', async (name) => {
    const archive = await witnessFile(data, name)
    const text = new Uint8Array(gunzipSync(archive))
    const original = await witnessBlock(data, name)
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(archive, text), position, async (bytes, at) => {
        const file = await read(flipBit(bytes, bitOf(bytes, at)))
        if (file !== undefined) expectSame((await verified(file)).verification, original)
      }),
      { numRuns: 2 * RUNS },
    )
  })

  test.each(NAMES)('%s: in a node or a code, which is then missing if it was needed', async (name) => {
    const original = await witnessBlock(data, name)
    const needed = new Set((await verified(original)).read.nodes.map(({ hash }) => bytesToHex(hash)))
    for (const { hash } of (await verified(original)).read.codes) needed.add(bytesToHex(hash))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('nodes', 'codes'), position, position, async (list, which, at) => {
        const items = [...original[list]]
        const index = Math.floor(which * items.length)
        const item = items[index]
        if (item === undefined || item.length === 0) return
        items[index] = flipBit(item, bitOf(item, at))
        const { verification } = await verified({ ...original, [list]: items })
        const hash = asHash(keccak(item))
        const repeated = items.some((other) => bytesToHex(keccak(other)) === bytesToHex(hash))
        if (repeated || !needed.has(bytesToHex(hash))) expect(verification.kind).toBe('verified')
        else expect(verification).toMatchObject({ kind: 'fault', fault: { hash } })
      }),
      { numRuns: RUNS },
    )
  })

  test.each(NAMES)('%s: in the block, under its old hash or its new one', async (name) => {
    const original = await witnessBlock(data, name)
    await fc.assert(
      fc.asyncProperty(position, async (at) => {
        const block = flipBit(original.block, bitOf(original.block, at))
        expect((await verified({ ...original, block })).verification.kind).not.toBe('verified')
        const renamed = await withParts({ ...original, block }, () => undefined).catch(() => undefined)
        if (renamed === undefined) return
        const { verification } = await verified(renamed)
        // Some fields of a header bind nothing that execution shows (extraData, mixHash): such a block is another, and sound.
        if (verification.kind === 'verified') {
          expect(bytesToHex(verification.block.header.hash)).not.toBe(bytesToHex(original.blockHash))
          expect(bytesToHex(verification.block.header.stateRoot)).toBe(bytesToHex(original.postStateRoot))
        }
      }),
      { numRuns: RUNS },
    )
  })
})
