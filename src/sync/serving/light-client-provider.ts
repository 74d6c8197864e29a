/** What this client can give to other tabs from what it has proven: the other end of `network/`'s light-client requests. */
import { byteArrayEquals } from '@chainsafe/ssz'
import type { Root } from '../../chain/bytes.ts'
import type { CommitteeChain } from '../../consensus/committee-chain.ts'
import { EncodeError, encodeBootstrap, encodeUpdate, type EncodedObject } from '../../consensus/containers/encode.ts'
import { MAX_REQUEST_LIGHT_CLIENT_UPDATES } from '../../network/beacon/constants.ts'
import type { LightClientState } from '../light-client/light-client-state.ts'

/**
 * Always: what it gives was proven by this client, in the container of its own fork, so that the receiver's checks pass;
 * undefined stands for "not held" and proves nothing. While there is a dispute it gives nothing: one of the two sides
 * would be a lie.
 */
export class LightClientProvider {
  constructor(private readonly state: LightClientState) {}

  /** Of the checkpoint that the chain starts at; of other blocks the proof of their committee is not held. */
  bootstrap(blockRoot: Root): EncodedObject | undefined {
    const checkpoint = this.#chain()?.checkpoint
    if (checkpoint === undefined || !byteArrayEquals(checkpoint.blockRoot, blockRoot)) return undefined
    return carried(() => encodeBootstrap(this.state.network, checkpoint.bootstrap))
  }

  /**
   * Consecutive periods from the earliest that is held of those asked for; none where the request is no range.
   * @param count at most {@link MAX_REQUEST_LIGHT_CLIENT_UPDATES} are given
   */
  updates(startPeriod: number, count: number): readonly EncodedObject[] {
    const chain = this.#chain()
    if (chain === undefined || !isCount(startPeriod) || !isCount(count)) return []
    const end = Math.min(startPeriod + Math.min(count, MAX_REQUEST_LIGHT_CLIENT_UPDATES), chain.period)
    const first = Math.max(startPeriod, chain.checkpoint.period)
    const length = Math.max(0, end - first)
    return Array.from({ length }, (_, i) => heldUpdate(chain, first + i))
  }

  /** The newest that a supermajority signed. */
  finalityUpdate(): EncodedObject | undefined {
    const update = this.#chain() && this.state.finality?.head.update
    return update && carried(() => encodeUpdate(this.state.network, update, 'finalityUpdate'))
  }

  /** The newest that a supermajority signed. */
  optimisticUpdate(): EncodedObject | undefined {
    const update = this.#chain() && this.state.optimistic?.head.update
    return update && carried(() => encodeUpdate(this.state.network, update, 'optimisticUpdate'))
  }

  #chain(): CommitteeChain | undefined {
    return this.state.dispute === undefined ? this.state.chain : undefined
  }
}

function heldUpdate(chain: CommitteeChain, period: number): EncodedObject {
  const record = chain.update(period)
  if (record === undefined)
    throw new RangeError(`the chain up to period ${chain.period} has no link of period ${period}`)
  const { forkDigest, ssz } = record
  return { forkDigest, ssz }
}

/** What came in a container of Gloas may lack what its own container needs: it cannot be passed on. */
function carried(encode: () => EncodedObject): EncodedObject | undefined {
  try {
    return encode()
  } catch (error) {
    if (error instanceof EncodeError) return undefined
    throw error
  }
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
