/** Blocks come out of a file as they went in, however the bytes arrive. */
import { RLP } from '@ethereumjs/rlp'
import { concatBytes } from '@ethereumjs/util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitBlocks } from './chain-file.ts'

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function split(bytes: Uint8Array, sizes: readonly number[]): Promise<Uint8Array[]> {
  const blocks: Uint8Array[] = []
  for await (const block of splitBlocks(inChunks(bytes, sizes))) blocks.push(block)
  return blocks
}

const list = fc.uint8Array({ maxLength: 300 }).map((item) => RLP.encode([item]))
const chunks = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 })

test('any lists in any chunks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(list, { maxLength: 8 }), chunks, async (blocks, sizes) => {
      expect(await split(concatBytes(...blocks), sizes)).toEqual(blocks)
    }),
  )
})

test('a file that ends within a block is refused where the block begins, after all before it', async () => {
  await fc.assert(
    fc.asyncProperty(
      list,
      list,
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      chunks,
      async (one, two, part, sizes) => {
        const cut = Math.max(1, Math.floor(two.length * part))
        fc.pre(cut < two.length)
        const got: Uint8Array[] = []
        const reading = (async () => {
          for await (const block of splitBlocks(inChunks(concatBytes(one, two.subarray(0, cut)), sizes)))
            got.push(block)
        })()
        await expect(reading).rejects.toThrow(`at byte ${one.length}: the file ends within a block, ${cut} bytes after`)
        expect(got).toEqual([one])
      },
    ),
  )
})

test.each([
  ['a string', Uint8Array.of(0x83, 1, 2, 3), /at byte 0: no block begins here/],
  ['a block of four gigabytes', Uint8Array.of(0xfb, 255, 255, 255, 255), /at byte 0: a block of 4294967300 bytes/],
  ['a length of eight bytes', Uint8Array.of(0xff, 1, 0, 0, 0, 0, 0, 0, 0, 9), /a block of \d+ bytes; at most/],
])('%s is refused before more is read', async (_, bytes, problem) => {
  await expect(split(bytes, [1])).rejects.toThrow(problem)
})
