import { utf8ToBytes } from '@ethereumjs/util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tarArchive, type MadeEntry } from './tar.fixtures.ts'
import { TarError, tarFiles } from './tar.ts'

const MAX_FILE_BYTES = 1 << 20

async function read(archive: Uint8Array, chunkBytes = 1000, wanted: (name: string) => boolean = () => true) {
  async function* chunks() {
    for (let at = 0; at < archive.length; at += chunkBytes) yield archive.subarray(at, at + chunkBytes)
  }
  const files: MadeEntry[] = []
  for await (const { name, bytes } of tarFiles(chunks(), { wanted, maxFileBytes: MAX_FILE_BYTES }))
    files.push({ name, text: new TextDecoder().decode(bytes) })
  return files
}

const a = { name: 'folder/a.json', text: 'a'.repeat(1500) }
const b = { name: 'b', text: '' }
const long = `${'long/'.repeat(40)}name.json`

test('gives files whole, however the archive is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 1100 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 2000 }),
      async (texts, chunk) => {
        const entries = texts.map((text, index) => ({ name: `${index}.json`, text }))
        expect(await read(tarArchive(entries), chunk)).toEqual(entries)
      },
    ),
    { numRuns: 30 },
  )
})

test('passes over what is not wanted, and over folders and links', async () => {
  const archive = tarArchive([{ name: 'folder/', text: '', type: '5' }, a, { name: 'link', text: '', type: '2' }, b])
  expect(await read(archive, 700, (name) => name === 'b')).toEqual([b])
  expect(await read(archive)).toEqual([a, b])
})

test('takes long names from pax records and from GNU, for the next entry only', async () => {
  const record = `path=${long}\n`
  // A record's length counts its own digits.
  const pax = `${record.length + 4} ${record}`
  expect(await read(tarArchive([{ name: 'pax', text: pax, type: 'x' }, a, b]))).toEqual([{ ...a, name: long }, b])
  expect(await read(tarArchive([{ name: 'gnu', text: `${long}\0`, type: 'L' }, a, b]))).toEqual([
    { ...a, name: long },
    b,
  ])
  expect(await read(tarArchive([{ name: 'all', text: '11 mtime=1\n', type: 'g' }, a]))).toEqual([a])
})

test('refuses what is no archive, or ends early, or goes past a bound', async () => {
  await expect(read(utf8ToBytes('no archive'.repeat(100)))).rejects.toThrow(TarError)
  await expect(read(tarArchive([a]).subarray(0, 900))).rejects.toThrow('ends')
  await expect(read(tarArchive([a]).subarray(0, 900), 100, () => false)).rejects.toThrow(
    'the archive ends in folder/a.json',
  )
  await expect(read(tarArchive([{ name: 'x', text: '99 path=x\n', type: 'x' }, a]))).rejects.toThrow('wrong length')
  await expect(read(tarArchive([{ name: 'x', text: ' '.repeat(70_000), type: 'x' }, a]))).rejects.toThrow('at most')
  await expect(read(tarArchive([{ name: 'big', text: ' '.repeat(MAX_FILE_BYTES + 1) }]))).rejects.toThrow('at most')
})

test('an archive may end without blocks of zeros', async () => {
  expect(await read(tarArchive([a]).subarray(0, -1024))).toEqual([a])
})
