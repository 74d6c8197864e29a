/** Reading the file format: every other shape is refused by a named error that says which field it is. */
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { readStatelessBlock, StatelessBlockError } from './stateless-block.ts'

const hash = `0x${'5a'.repeat(32)}`
const file = {
  format: 'stateless-block/1',
  network: 'mainnet',
  chainId: 1,
  number: 7,
  blockHash: hash,
  parentHash: hash,
  preStateRoot: hash,
  postStateRoot: hash,
  block: '0xc0',
  parentHeader: null,
  headers: ['0xc1c0'],
  blockHashes: { 6: hash },
  state: ['0x80', '0x'],
  codes: ['0x00'],
}

const encode = (json: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(json))

async function refusal(bytes: Uint8Array): Promise<{ where: string; message: string }> {
  const error: unknown = await readStatelessBlock(bytes).then(
    () => new Error('accepted'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof StatelessBlockError)) throw error
  return error
}

test('a file is read, gzipped or not', async () => {
  const read = await readStatelessBlock(encode(file))
  expect(read).toMatchObject({ network: 'mainnet', chainId: 1, number: 7, parentHeader: undefined })
  expect(read.nodes).toEqual([Uint8Array.of(0x80), new Uint8Array(0)])
  expect(read.blockHashes.get(6)).toEqual(new Uint8Array(32).fill(0x5a))
  expect(await readStatelessBlock(gzipSync(encode(file)))).toEqual(read)
})

test('lists that are missing are empty; nodes of proofs after the block join the others', async () => {
  const { headers: _h, blockHashes: _b, codes: _c, ...rest } = file
  const read = await readStatelessBlock(encode({ ...rest, postStateProofNodes: ['0x81ff'] }))
  expect(read).toMatchObject({ headers: [], codes: [] })
  expect(read.blockHashes.size).toBe(0)
  expect(read.nodes.at(-1)).toEqual(Uint8Array.of(0x81, 0xff))
})

const wrong: [field: string, value: unknown, where: string][] = [
  ['format', 'stateless-block/2', 'format'],
  ['format', undefined, 'format'],
  ['format', 'x'.repeat(10_000), 'format'],
  ['network', 5, 'network'],
  ['network', '', 'network'],
  ['chainId', '1', 'chainId'],
  ['chainId', 1.5, 'chainId'],
  ['chainId', -1, 'chainId'],
  ['number', 2 ** 60, 'number'],
  ['number', null, 'number'],
  ['blockHash', undefined, 'blockHash'],
  ['blockHash', '0x5a', 'blockHash'],
  ['parentHash', hash.slice(2), 'parentHash'],
  ['preStateRoot', `${hash.slice(0, -1)}g`, 'preStateRoot'],
  ['postStateRoot', 5, 'postStateRoot'],
  ['block', '0xc0f', 'block'],
  ['block', null, 'block'],
  ['parentHeader', {}, 'parentHeader'],
  ['headers', '0x', 'headers'],
  ['headers', ['0xc0', 3], 'headers[1]'],
  ['headers', Array<string>(257).fill('0xc0'), 'headers'],
  ['blockHashes', [], 'blockHashes'],
  ['blockHashes', { '-1': hash }, 'blockHashes'],
  ['blockHashes', { __proto_: hash }, 'blockHashes'],
  ['blockHashes', { 6: '0x00' }, 'blockHashes.6'],
  ['state', { 0: '0x' }, 'state'],
  ['state', ['0x', 'ff'], 'state[1]'],
  ['codes', ['0xzz'], 'codes[0]'],
  ['postStateProofNodes', [null], 'postStateProofNodes[0]'],
]
test.each(wrong)('%s %j is refused', async (field, value, where) => {
  const error = await refusal(encode({ ...file, [field]: value }))
  expect(error.where).toBe(where)
  expect(error.message.length).toBeLessThan(300)
})

test('what is no JSON object is refused', async () => {
  for (const text of ['', '{', 'null', '[]', '"a"', '7', 'undefined', `${JSON.stringify(file)}}`])
    expect((await refusal(new TextEncoder().encode(text))).where).toBe('the file')
  expect((await refusal(Uint8Array.of(0x22, 0xff, 0x22))).message).toMatch(/is not JSON/)
})

test('brackets without end are refused, wherever they stand', async () => {
  const deep = '['.repeat(200_000) + ']'.repeat(200_000)
  for (const field of ['format', 'network', 'chainId', 'block', 'headers', 'blockHashes', 'state'] as const) {
    const text = JSON.stringify({ ...file, [field]: '@' }).replace('"@"', deep)
    expect((await refusal(new TextEncoder().encode(text))).where).toMatch(new RegExp(`^(the file|${field})`))
  }
})

test('an archive that is cut short or damaged is refused', async () => {
  const archive = new Uint8Array(gzipSync(encode(file)))
  for (const length of [2, 10, 20, archive.length >> 1, archive.length - 1])
    expect((await refusal(archive.subarray(0, length))).message).toMatch(/gzip|JSON/)
  const damaged = archive.slice()
  damaged[archive.length - 6]! ^= 1
  expect((await refusal(damaged)).message).toMatch(/gzip/)
})

test('an archive that grows without end is refused before it fills the memory', async () => {
  // 1 MiB of zeros is about 1 KiB; 300 archives in a row are one archive of 300 MiB.
  const part = gzipSync(new Uint8Array(1024 * 1024))
  expect((await refusal(new Uint8Array(Buffer.concat(Array<Buffer>(300).fill(part))))).message).toMatch(/has more than/)
})
