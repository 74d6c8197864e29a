/**
 * SSZ of containers with lists (consensus-specs, `ssz/simple-serialize.md`), read and written by a description of their
 * layout. `@chainsafe/ssz` cannot make list types without Node's `Buffer`, which no browser has. Values only: nothing here
 * hashes, so a progressive container or list (EIP-7688) is an ordinary one.
 */
import { DecodeError } from './decode-error.ts'

export type Layout =
  /** uint64 or uint256, little-endian. */
  | { readonly kind: 'uint'; readonly bytes: 8 | 32 }
  /** ByteVector */
  | { readonly kind: 'bytes'; readonly length: number }
  /** ByteList */
  | { readonly kind: 'byteList'; readonly max: number }
  | { readonly kind: 'list'; readonly item: Layout; readonly max: number }
  | { readonly kind: 'container'; readonly fields: Readonly<Record<string, Layout>> }
  /**
   * A part that nobody here looks at: not decoded, and written as zeros (of variable size: as nothing).
   * `json` is what stands for that in JSON.
   */
  | { readonly kind: 'ignored'; readonly length: number | 'variable'; readonly json: unknown }

/** What a layout's value is in memory; an ignored part is undefined. */
export type ValueOf<L> = L extends { kind: 'uint' }
  ? bigint
  : L extends { kind: 'bytes' | 'byteList' }
    ? Uint8Array
    : L extends { kind: 'list'; item: infer Item }
      ? readonly ValueOf<Item>[]
      : L extends { kind: 'container'; fields: infer Fields }
        ? { readonly [K in keyof Fields]: ValueOf<Fields[K]> }
        : undefined

export const uint64 = { kind: 'uint', bytes: 8 } as const
export const uint256 = { kind: 'uint', bytes: 32 } as const
export const byteVector = (length: number) => ({ kind: 'bytes', length }) as const
export const byteList = (max: number) => ({ kind: 'byteList', max }) as const
export const list = <const Item extends Layout>(item: Item, max: number) => ({ kind: 'list', item, max }) as const
export const container = <const Fields extends Readonly<Record<string, Layout>>>(fields: Fields) =>
  ({ kind: 'container', fields }) as const

const OFFSET_LENGTH = 4

/**
 * Accepts exactly the bytes that {@link writeSsz} gives: offsets in order and without gaps, nothing after the end. The
 * result shares no memory with `bytes`.
 * @param what the object, for the error
 * @throws {DecodeError} truncated, trailingBytes, malformed
 */
export function readSsz<const L extends Layout>(layout: L, bytes: Uint8Array, what: string): ValueOf<L> {
  // Never Node's `Buffer`, whose `slice` shares memory.
  return read(layout, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), what) as ValueOf<L>
}

export function writeSsz<const L extends Layout>(layout: L, value: ValueOf<L>): Uint8Array {
  return concat(write(layout, value))
}

/** Bytes a value takes, or `variable`; inside a container that is an offset, with the value after the fixed parts. */
export function sizeOf(layout: Layout): number | 'variable' {
  switch (layout.kind) {
    case 'uint':
      return layout.bytes
    case 'bytes':
    case 'ignored':
      return layout.length
    case 'byteList':
    case 'list':
      return 'variable'
    case 'container': {
      const sizes = Object.values(layout.fields).map(sizeOf)
      return sizes.includes('variable') ? 'variable' : sizes.reduce<number>((sum, size) => sum + Number(size), 0)
    }
  }
}

function read(layout: Layout, bytes: Uint8Array, what: string): unknown {
  const size = sizeOf(layout)
  if (size !== 'variable' && bytes.length !== size) {
    const fault = bytes.length < size ? 'truncated' : 'trailingBytes'
    throw new DecodeError(fault, what, `${bytes.length} bytes, expected ${size}`)
  }
  switch (layout.kind) {
    case 'uint':
      return readUint(bytes)
    case 'bytes':
      return bytes.slice()
    case 'byteList':
      requireAtMost(layout.max, bytes.length, 'bytes', what)
      return bytes.slice()
    case 'list':
      return readList(layout, bytes, what)
    case 'container':
      return readContainer(layout.fields, bytes, what)
    case 'ignored':
      return undefined
  }
}

function readContainer(fields: Readonly<Record<string, Layout>>, bytes: Uint8Array, what: string): unknown {
  const entries = Object.entries(fields)
  const fixedLength = entries.reduce((sum, [, layout]) => sum + inlineSize(layout), 0)
  if (bytes.length < fixedLength) {
    throw new DecodeError('truncated', what, `${bytes.length} bytes, expected at least ${fixedLength}`)
  }
  const positions: number[] = []
  let at = 0
  for (const [, layout] of entries) {
    if (sizeOf(layout) === 'variable') positions.push(at)
    at += inlineSize(layout)
  }
  const bounds = readOffsets(bytes, positions, fixedLength, what)
  const value: Record<string, unknown> = {}
  let place = 0
  at = 0
  for (const [name, layout] of entries) {
    const isVariable = sizeOf(layout) === 'variable'
    const [start, end] = isVariable ? rangeOf(bounds, place++) : [at, at + inlineSize(layout)]
    value[name] = read(layout, bytes.subarray(start, end), `${what}.${name}`)
    at += inlineSize(layout)
  }
  return value
}

function readList({ item, max }: Extract<Layout, { kind: 'list' }>, bytes: Uint8Array, what: string): unknown[] {
  const size = sizeOf(item)
  if (size !== 'variable') {
    if (bytes.length % size !== 0) {
      throw new DecodeError('malformed', what, `${bytes.length} bytes, expected a multiple of ${size}`)
    }
    const count = bytes.length / size
    requireAtMost(max, count, 'items', what)
    return Array.from({ length: count }, (_, i) =>
      read(item, bytes.subarray(i * size, (i + 1) * size), `${what}[${i}]`),
    )
  }
  if (bytes.length === 0) return []
  if (bytes.length < OFFSET_LENGTH) throw new DecodeError('truncated', what, `${bytes.length} bytes for an offset`)
  const first = uint32(bytes, 0)
  if (first === 0 || first % OFFSET_LENGTH !== 0 || first > bytes.length) {
    throw new DecodeError('malformed', what, `its first offset is ${first}, which does not end a table of offsets`)
  }
  const count = first / OFFSET_LENGTH
  requireAtMost(max, count, 'items', what)
  const positions = Array.from({ length: count }, (_, i) => i * OFFSET_LENGTH)
  const bounds = readOffsets(bytes, positions, first, what)
  return positions.map((_, i) => read(item, bytes.subarray(...rangeOf(bounds, i)), `${what}[${i}]`))
}

/**
 * @param positions of the offsets
 * @param first where the first part must begin
 * @returns where the parts begin, and where the last one ends
 */
function readOffsets(bytes: Uint8Array, positions: readonly number[], first: number, what: string): number[] {
  const bounds = [...positions.map((position) => uint32(bytes, position)), bytes.length]
  const [start = first] = bounds
  if (start !== first) throw new DecodeError('malformed', what, `its first offset is ${start}, expected ${first}`)
  for (const [i, bound] of bounds.entries()) {
    const next = bounds[i + 1] ?? bound
    if (next >= bound) continue
    const fault = i + 2 === bounds.length ? 'truncated' : 'malformed'
    throw new DecodeError(fault, what, `the offset at byte ${positions[i]} is ${bound}, what follows begins at ${next}`)
  }
  return bounds
}

const rangeOf = (bounds: readonly number[], place: number): [number, number] => [
  bounds[place] ?? 0,
  bounds[place + 1] ?? 0,
]

function requireAtMost(max: number, count: number, unit: string, what: string): void {
  if (count > max) throw new DecodeError('malformed', what, `${count} ${unit}, at most ${max} are taken`)
}

const inlineSize = (layout: Layout): number => {
  const size = sizeOf(layout)
  return size === 'variable' ? OFFSET_LENGTH : size
}

const uint32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at, true)

function readUint(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let value = 0n
  for (let at = bytes.length - 8; at >= 0; at -= 8) value = (value << 64n) | view.getBigUint64(at, true)
  return value
}

/** The value's bytes in pieces, to be copied once. `value` is of the layout's type, which the compiler cannot follow here. */
function write(layout: Layout, value: unknown): Uint8Array[] {
  switch (layout.kind) {
    case 'uint':
      return [writeUint(value as bigint, layout.bytes)]
    case 'bytes':
    case 'byteList':
      return [value as Uint8Array]
    case 'list':
      return writeParts((value as readonly unknown[]).map((item) => ({ layout: layout.item, value: item })))
    case 'container': {
      const fields = value as Readonly<Record<string, unknown>>
      return writeParts(Object.entries(layout.fields).map(([name, field]) => ({ layout: field, value: fields[name] })))
    }
    case 'ignored':
      return [new Uint8Array(layout.length === 'variable' ? 0 : layout.length)]
  }
}

function writeParts(parts: readonly { readonly layout: Layout; readonly value: unknown }[]): Uint8Array[] {
  const fixed: Uint8Array[] = []
  const variable: Uint8Array[] = []
  let offset = parts.reduce((sum, { layout }) => sum + inlineSize(layout), 0)
  for (const { layout, value } of parts) {
    const bytes = concat(write(layout, value))
    if (sizeOf(layout) !== 'variable') fixed.push(bytes)
    else {
      const place = new Uint8Array(OFFSET_LENGTH)
      new DataView(place.buffer).setUint32(0, offset, true)
      fixed.push(place)
      variable.push(bytes)
      offset += bytes.length
    }
  }
  return [...fixed, ...variable]
}

function writeUint(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < length; at += 8) view.setBigUint64(at, (value >> BigInt(8 * at)) & 0xffff_ffff_ffff_ffffn, true)
  return bytes
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
