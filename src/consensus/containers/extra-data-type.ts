/**
 * ByteList[32], the `extra_data` of an execution header. The library's own `ByteListType` needs Node's `Buffer` to be
 * constructed, which no browser has; this one does without. It serves values only: no trees, no views.
 */
import { ByteArrayType, hash64 } from '@chainsafe/ssz'

/** MAX_EXTRA_DATA_BYTES: one chunk, so the root is one hash of that chunk and the length. */
const MAX_EXTRA_DATA_BYTES = 32

export class ExtraDataType extends ByteArrayType {
  readonly typeName = 'ExtraData'
  readonly depth = 1
  readonly fixedSize = null
  readonly minSize = 0
  readonly maxSize = MAX_EXTRA_DATA_BYTES
  readonly maxChunkCount = 1
  readonly isList = true

  value_serializedSize(value: Uint8Array): number {
    return value.length
  }

  override hashTreeRoot(value: Uint8Array): Uint8Array {
    this.assertValidSize(value.length)
    const chunk = new Uint8Array(32)
    chunk.set(value)
    const length = new Uint8Array(32)
    length[0] = value.length
    return hash64(chunk, length)
  }

  override hashTreeRootInto(value: Uint8Array, output: Uint8Array, offset: number): void {
    output.set(this.hashTreeRoot(value), offset)
  }

  protected assertValidSize(size: number): void {
    if (size > MAX_EXTRA_DATA_BYTES) throw new RangeError(`extra_data of ${size} bytes, at most 32 expected`)
  }

  tree_serializedSize(): number {
    return noTrees()
  }
  tree_serializeToBytes(): number {
    return noTrees()
  }
  tree_deserializeFromBytes(): never {
    return noTrees()
  }
  tree_getByteLen(): number {
    return noTrees()
  }
}

function noTrees(): never {
  throw new Error('light-client containers are used as values, never as trees')
}
