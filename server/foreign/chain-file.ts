/** A file of blocks as execution clients export and import them: the RLP of each block, one after another, nothing between. */
import { createReadStream } from 'node:fs'
import { concatBytes } from '@ethereumjs/util'
import { isListAt, payloadStart } from '../../src/state/rlp.ts'

/** The file is no list of blocks; `offset` says from where on. */
export class ChainFileError extends Error {
  override name = 'ChainFileError'
  constructor(
    readonly offset: number,
    problem: string,
  ) {
    super(`the chain file, at byte ${offset}: ${problem}`)
  }
}

/** Twice what blocks of public networks can have before Osaka bounds them (EIP-7934): more is no block. */
const MAX_BLOCK_BYTES = 32 * 1024 * 1024

/** The file's bytes as they come from the disk. */
export function readChainFile(path: string): AsyncIterable<Uint8Array> {
  return createReadStream(path)
}

/**
 * Splits a stream into blocks, holding one block and one chunk at a time. What is in them is not looked at.
 * @throws {ChainFileError} where no list begins, or the file ends within one
 */
export async function* splitBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Uint8Array[] = []
  let held = 0
  let offset = 0
  let wanted: number | undefined
  for await (const chunk of chunks) {
    parts.push(chunk)
    held += chunk.length
    // Joined only when there is something to take: a block in a thousand chunks is copied once.
    while (held >= (wanted ?? 1)) {
      const bytes = parts.length === 1 ? parts[0]! : concatBytes(...parts)
      parts = [bytes]
      wanted = blockLength(bytes, offset)
      if (wanted === undefined || held < wanted) break
      yield bytes.slice(0, wanted)
      parts = [bytes.subarray(wanted)]
      held -= wanted
      offset += wanted
      wanted = undefined
    }
  }
  if (held > 0) throw new ChainFileError(offset, `the file ends within a block, ${held} bytes after its beginning`)
}

/** Undefined while its prefix is cut off. */
function blockLength(bytes: Uint8Array, offset: number): number | undefined {
  if (!isListAt(bytes, 0)) throw new ChainFileError(offset, 'no block begins here: an RLP string, not a list')
  const start = payloadStart(bytes, 0)
  if (bytes.length < start) return undefined
  const length = start === 1 ? bytes[0]! - 0xc0 : bytes.subarray(1, start).reduce((sum, byte) => sum * 256 + byte, 0)
  if (start + length <= MAX_BLOCK_BYTES) return start + length
  throw new ChainFileError(offset, `a block of ${start + length} bytes; at most ${MAX_BLOCK_BYTES}`)
}
