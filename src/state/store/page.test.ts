import fc from 'fast-check'
import { expect, test } from 'vitest'
import { someBytes } from './fixtures.ts'
import { type Page, PageWriter, readTable, withoutRows } from './page.ts'

const PAGE = 1_000

function write(lengths: readonly number[], open?: Page): Page[] {
  const writer = new PageWriter(open, open === undefined ? 1 : open.id + 1, PAGE)
  lengths.forEach((length, at) => writer.append(someBytes(at + 500, 32), someBytes(at, length), 'node'))
  return writer.finish()
}

test('contents lie where the writer and the table say, in pages no larger than they should be', () => {
  const lengths = fc.array(fc.oneof(fc.nat(300), fc.integer({ min: 900, max: 1_500 })), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(lengths, lengths, (before, after) => {
      const first = write(before)
      const all = [...first.slice(0, -1), ...write(after, first.at(-1))]
      const rows = all.flatMap(({ bytes, table }) => {
        const read = readTable(table)!
        expect(read.pageLength).toBe(bytes.length)
        expect(bytes.length <= PAGE || read.rows.filter(({ length }) => length > 0).length === 1).toBe(true)
        return read.rows.map(({ offset, length, prefixAt }) => ({
          prefix: table.slice(prefixAt, prefixAt + 8),
          bytes: bytes.subarray(offset, offset + length),
        }))
      })
      const expected = [before, after].flatMap((part) =>
        part.map((length, at) => ({ prefix: someBytes(at + 500, 32).slice(0, 8), bytes: someBytes(at, length) })),
      )
      expect(rows).toEqual(expected)
      expect(all.map(({ id }) => id)).toEqual(all.map((_, at) => at + 1))
    }),
    { numRuns: 50 },
  )
})

test('a row marked as lost is passed over, and the others stay where they are', () => {
  const [page] = write([10, 20, 30])
  const marked = readTable(withoutRows(page!.table, new Set([10])))!
  expect(marked.rows.map(({ offset, length }) => [offset, length])).toEqual([
    [0, 10],
    [30, 30],
  ])
  expect(marked.pageLength).toBe(60)
})

test.each([
  ['of odd length', new Uint8Array(11)],
  ['with an unknown kind', new Uint8Array(12).fill(7)],
])('a table %s is none', (_, table) => {
  expect(readTable(table)).toBeUndefined()
})
