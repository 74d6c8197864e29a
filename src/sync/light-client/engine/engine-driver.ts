/** Brings an execution client to a head: executes it, and before it whatever ancestors the client lacks. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { forkAtSlot } from '../../../chain/beacon-config.ts'
import type { Hash } from '../../../chain/bytes.ts'
import { asHash } from '../../../chain/bytes.ts'
import type { Network } from '../../../chain/network.ts'
import type { EngineApi } from '../../../network/engine/engine-api.ts'
import { EngineError } from '../../../network/engine/engine-error.ts'
import type { PayloadStatus } from '../../../network/engine/payload-status.ts'
import { FORKCHOICE_INTERVAL, MAX_WALK, PAYLOADS_AHEAD } from './constants.ts'
import type { EngineStatus } from './engine-status.ts'
import { PayloadLinks, type PayloadLink, type PlacedPayload } from './payload-links.ts'
import type { PayloadSearch } from './payload-search.ts'

export interface EngineTarget {
  /** Proven, of the newest head in use. */
  readonly head: PlacedPayload
  /** Of the same moment, so that it is an ancestor of the head; undefined before the first finality head. */
  readonly finalized: Hash | undefined
}

export interface EngineDriverOptions {
  readonly network: Network
  readonly engine: Pick<EngineApi, 'newPayload' | 'forkchoiceUpdated' | 'block' | 'blockNumber'>
  readonly search: Pick<PayloadSearch, 'parentOf' | 'again'>
  /** On the way; where it got to is returned. */
  readonly onProgress: (status: EngineStatus) => void
  /** Default: empty ones. */
  readonly links?: PayloadLinks
}

/** Where a drive ends: anything but the stages on the way. */
export type DriveEnd = Extract<EngineStatus, { kind: 'following' | 'syncing' | 'invalid' }>

type InvalidStatus = Extract<PayloadStatus, { kind: 'invalid' }>

const UNKNOWN = asHash(new Uint8Array(32))

/**
 * One drive at a time, and in it one call after another. What was found on the way back is kept for the next drive,
 * which so goes on where one that failed has stopped.
 */
export class EngineDriver {
  readonly #links: PayloadLinks
  /** Of the drive that is under way. */
  #head: PlacedPayload | undefined

  constructor(private readonly options: EngineDriverOptions) {
    this.#links = options.links ?? new PayloadLinks()
  }

  /** @throws {EngineError} and what `newPayload` throws for a payload that cannot be sent */
  async drive({ head, finalized }: EngineTarget): Promise<DriveEnd> {
    const { blockHash, blockNumber } = head.carried.payload
    const tip = this.#links.add(head)
    this.#head = head
    const status = await this.#newPayload(head)
    if (status.kind === 'invalid') return invalidEnd(tip, status)
    // `accepted` promises that no ancestor is missing, but @ethereumjs/client says it of any block.
    const end = status.kind === 'valid' ? 'done' : await this.#bringForward(tip)
    if (end !== 'done' && end.kind === 'invalid') return end
    // Before the ancestors are there this would begin the client's own sync, which without peers leads nowhere, and which
    // @ethereumjs/client takes 8 s to stop again. Where they are not to be had it is the only way left.
    const wanted = { head: blockHash, safe: finalized ?? UNKNOWN, finalized: finalized ?? UNKNOWN }
    const chosen = await this.#forkchoice(wanted, tip.slot)
    if (chosen.kind === 'invalid') return invalidEnd(tip, chosen)
    if (chosen.kind === 'valid') return { kind: 'following', blockHash, blockNumber }
    if (end !== 'done') return end
    return { kind: 'syncing', blockNumber, why: 'it was given the head, but does not take it for its own yet' }
  }

  /** Executes what leads from a block that the client has to the tip, which is included. */
  async #bringForward(tip: PayloadLink): Promise<DriveEnd | 'done'> {
    const { blockNumber } = tip
    const behind = blockNumber - (await this.options.engine.blockNumber())
    if (behind > MAX_WALK) {
      const why = `its head is ${behind} blocks behind, more than the ${MAX_WALK} that are brought to it one by one`
      return { kind: 'syncing', blockNumber, why }
    }
    const path = [tip]
    for (;;) {
      if (!(await this.#walkBack(path, blockNumber))) {
        const why = `no server has the payload before block ${path[0]?.blockNumber}`
        return { kind: 'syncing', blockNumber, why }
      }
      const forward = await this.#forward(path, blockNumber)
      if (forward !== 'parentMissing') return forward
      // It has the parent, but never executed it. So that is where the way back goes on.
      if (!(await this.#stepBack(path))) {
        return { kind: 'syncing', blockNumber, why: `no server has the payload before block ${path[0]?.blockNumber}` }
      }
    }
  }

  /**
   * Lengthens the path at its front until the client has the parent of its first block.
   * @returns false when a payload is nowhere to be had, or the path is too long
   */
  async #walkBack(path: PayloadLink[], headNumber: number): Promise<boolean> {
    for (;;) {
      const first = path[0]
      if (first === undefined || path.length > MAX_WALK) return false
      if ((await this.options.engine.block(first.parentHash)) !== undefined) return true
      this.options.onProgress({ kind: 'fetching', blockNumber: headNumber, found: path.length })
      if (!(await this.#stepBack(path))) return false
    }
  }

  async #stepBack(path: PayloadLink[]): Promise<boolean> {
    const first = path[0]
    if (first === undefined || path.length > MAX_WALK) return false
    const known = this.#links.link(first.parentHash)
    if (known !== undefined) {
      path.unshift(known)
      return true
    }
    const child = await this.#payloadOf(first)
    const parent = child && (await this.options.search.parentOf(child))
    if (parent === undefined) return false
    path.unshift(this.#links.add(parent))
    return true
  }

  async #forward(path: readonly PayloadLink[], headNumber: number): Promise<DriveEnd | 'done' | 'parentMissing'> {
    const ahead: Promise<PlacedPayload | undefined>[] = []
    for (const [i, link] of path.entries()) {
      for (let next = i + ahead.length; next < Math.min(path.length, i + PAYLOADS_AHEAD); next++) {
        ahead.push(this.#payloadOf(path[next] ?? link))
      }
      const placed = await ahead.shift()
      if (placed === undefined) {
        return { kind: 'syncing', blockNumber: headNumber, why: `no server has payload ${link.blockNumber} any more` }
      }
      const status = await this.#newPayload(placed)
      if (status.kind === 'invalid') return invalidEnd(link, status)
      if (status.kind === 'syncing' && i === 0) return 'parentMissing'
      this.#links.dropPayload(link.blockHash)
      this.options.onProgress({ kind: 'executing', blockNumber: link.blockNumber, headNumber })
      // What is final lies ahead, so nothing is said of it. The tip's own choice follows, with all there is to say.
      if (i % FORKCHOICE_INTERVAL === FORKCHOICE_INTERVAL - 1) {
        await this.#forkchoice({ head: link.blockHash, safe: UNKNOWN, finalized: UNKNOWN }, link.slot)
      }
    }
    return 'done'
  }

  async #payloadOf(link: PayloadLink): Promise<PlacedPayload | undefined> {
    const head = this.#head
    if (head !== undefined && byteArrayEquals(head.carried.payload.blockHash, link.blockHash)) return head
    return this.#links.payload(link.blockHash) ?? this.options.search.again(link)
  }

  #newPayload({ carried }: PlacedPayload): Promise<PayloadStatus> {
    return this.options.engine.newPayload(carried, forkAtSlot(this.options.network, carried.slot).name)
  }

  async #forkchoice(state: Parameters<EngineApi['forkchoiceUpdated']>[0], slot: number): Promise<PayloadStatus> {
    try {
      return await this.options.engine.forkchoiceUpdated(state, forkAtSlot(this.options.network, slot).name)
    } catch (error) {
      if (isReorging(error)) return { kind: 'syncing' }
      throw error
    }
  }
}

/** geth says this while its own sync turns to another head: it is on its way, so no error. */
const isReorging = (error: unknown): boolean =>
  error instanceof EngineError && error.fault.code === 'refused' && error.message.includes('beacon syncer reorging')

const invalidEnd = ({ blockHash, blockNumber }: PayloadLink, { latestValidHash, reason }: InvalidStatus): DriveEnd => ({
  kind: 'invalid',
  blockHash,
  blockNumber,
  latestValidHash,
  reason,
})
