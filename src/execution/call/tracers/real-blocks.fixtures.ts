/** Recorded blocks as what traces are made of: all of the state that they read is at hand. */
import { asHash } from '../../../chain/bytes.ts'
import { networkByName } from '../../../chain/network.ts'
import { CodeBag, NodeBag } from '../../../state/content-bag.ts'
import { StateTrie } from '../../../state/state-trie.ts'
import { linkAncestors } from '../../block/ancestors.ts'
import { decodeRawBlock, decodeRawHeader, type RawHeader } from '../../block/raw-block.ts'
import { loadWasmCrypto } from '../../crypto/wasm-crypto.ts'
import { UNPACED } from '../../pace.ts'
import { witnessBlock } from '../../witness-blocks.fixtures.ts'
import type { TraceBlockInput } from './trace-block.ts'

export interface TracedRecording {
  readonly input: TraceBlockInput
  readonly header: RawHeader
  /** RLP of the parent's header; of the block's own where it was recorded without. */
  readonly parent: Uint8Array
}

export async function tracedRecording(data: string, name: string): Promise<TracedRecording> {
  const crypto = await loadWasmCrypto()
  const { keccak } = crypto
  const file = await witnessBlock(data, name)
  const { header } = decodeRawBlock(file.block, keccak)
  const headers = file.parentHeader === undefined ? file.headers : [file.parentHeader, ...file.headers]
  const linked = linkAncestors(
    header,
    headers.map((rlp) => decodeRawHeader(rlp, keccak)),
    file.blockHashes,
  )
  const [nodes, codes] = [NodeBag.from(file.nodes, keccak), CodeBag.from(file.codes, keccak)]
  return {
    header,
    parent: file.parentHeader ?? header.rlp,
    input: {
      job: {
        ...{ network: networkByName(file.network), block: file.block, position: header, engine: 'tuned' },
        ancestors: new Map(Array.from(linked.hashes, ([number, hash]) => [number, asHash(hash)])),
      },
      reader: new StateTrie({ root: file.preStateRoot, nodes, codes, keccak }),
      ...{ crypto, pace: UNPACED },
    },
  }
}
