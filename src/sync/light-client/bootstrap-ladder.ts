/**
 * Finds out why no server has a bootstrap for a root: is the block known at all, canonical, final, the boundary of an
 * epoch? (The order is that of geth's checkpoint initialisation.) What servers say of it explains, and decides nothing.
 */
import { byteArrayEquals } from '@chainsafe/ssz'
import { asRoot, type Root } from '../../chain/bytes.ts'
import type { BeaconPreset } from '../../chain/beacon-preset.ts'
import type { BeaconBlockHeader } from '../../consensus/containers/ssz-types.ts'
import type { WeakSubjectivityError } from '../../consensus/weak-subjectivity.ts'
import type { KnownHeader } from '../../network/request-server.ts'
import type { Environment, ServerHandle } from '../environment.ts'
import type { ModuleEvent, RequestFailure } from '../module.ts'
import { AskAround, type AskAroundEvent } from './ask-around.ts'
import type { BootstrapFault, ServerWord } from './bootstrap-error.ts'
import { wrongHeader } from './header-by-root.ts'

export interface LadderOptions {
  readonly preset: BeaconPreset
  readonly root: Root
  /** Why no chain may start at a slot. */
  readonly ageError: (slot: number) => WeakSubjectivityError | undefined
}

export interface Explanation {
  readonly fault: BootstrapFault
  readonly servers: readonly ServerWord[]
}

/** Servers whose word on the block is asked for: more would not tell more. */
const MAX_ASKED = 8

/** Servers waited for at a time; a header is 200 bytes. */
const AT_ONCE = 3

/**
 * Empty slots between a block and the boundary for which it may still stand. Where more are missing the block is taken
 * for one within its epoch, which is wrong once in years and then only in words.
 */
const MAX_EMPTY_SLOTS = 4

type Rung =
  | { readonly kind: 'block'; readonly ask: AskAround<'headerByRoot'>; readonly known: KnownHeader[] }
  /** Whether all slots up to the boundary are empty, so that the block stands for it. */
  | { readonly kind: 'after'; readonly ask: AskAround<'headerBySlot'>; readonly slot: number }
  /** The way to the boundary before, by parent roots: the servers' word for a slot's root could be anything. */
  | { readonly kind: 'before'; readonly ask: AskAround<'headerByRoot'>; readonly root: Root; readonly steps: number }
  | { readonly kind: 'found'; readonly fault: BootstrapFault }

/** Takes at most one request per slot of an epoch and server; each rung ends with its requests. */
export class BootstrapLadder {
  readonly #options: LadderOptions
  readonly #words = new Map<string, string>()
  /** That were asked for the bootstrap, and are still there. */
  readonly #servers: Set<ServerHandle>
  /** Of these, those that have the block. */
  readonly #holders = new Set<ServerHandle>()
  #rung: Rung
  #isHurried = false
  #header: BeaconBlockHeader | undefined

  /**
   * @param servers that were asked for the bootstrap
   * @param words what they said
   */
  constructor(options: LadderOptions, servers: ReadonlySet<ServerHandle>, words: readonly ServerWord[]) {
    this.#options = options
    this.#servers = new Set(servers)
    for (const { server, said } of words) this.#words.set(server, said)
    const { root: blockRoot } = options
    const ask = { kind: 'headerByRoot', request: { blockRoot }, atOnce: AT_ONCE, most: MAX_ASKED } as const
    this.#rung = { kind: 'block', ask: new AskAround({ ...ask, expected: this.#servers }), known: [] }
  }

  /** Waits for nobody any more: the next {@link step} explains with what is known by then. */
  hurry(): void {
    this.#isHurried = true
  }

  hear(environment: Environment, event: ModuleEvent): void {
    const rung = this.#rung
    if (event.kind === 'unregistered') {
      this.#servers.delete(event.server)
      this.#holders.delete(event.server)
    }
    if (rung.kind === 'found') return
    if (rung.kind === 'after') {
      const ended = rung.ask.hear(event)
      // The first that has a block there decides.
      if (ended?.kind === 'response') this.#walkBack()
      return
    }
    const ended = rung.ask.hear(event)
    if (ended === undefined) return
    const asked = rung.kind === 'block' ? this.#options.root : rung.root
    const known = this.#provenHeader(environment, asked, ended)
    if (rung.kind === 'block') {
      if (known !== undefined) rung.known.push(known)
    } else if (known !== undefined) this.#stepBack(rung, known.header)
  }

  /** To be called in each turn. @returns the explanation once there is one */
  step(environment: Environment): Explanation | undefined {
    // Each pass goes up a rung, of which there are no more than slots in an epoch.
    for (;;) {
      const rung = this.#rung
      if (rung.kind === 'found') return { fault: rung.fault, servers: this.#serverWords() }
      const asking = this.#isHurried ? 'nobody' : rung.ask.step(environment)
      if (asking === 'open') return undefined
      if (rung.kind === 'block') this.#judge(rung.known)
      // Where nobody can tell, a block within its epoch is by far the likelier.
      else if (rung.kind === 'after' && asking === 'over') this.#goOnAfter(rung.slot)
      else if (rung.kind === 'after') this.#walkBack()
      else this.#end(this.#notBoundary(undefined))
    }
  }

  #judge(known: readonly KnownHeader[]): void {
    const { preset, ageError } = this.#options
    const header = known[0]?.header
    if (header === undefined) return this.#end({ code: this.#isAnswered() ? 'unknown' : 'unanswered' })
    const { slot } = header
    this.#header = header
    const error = ageError(slot)
    if (error !== undefined) return this.#end({ code: 'age', slot, error })
    if (known.every(({ canonical }) => canonical === false)) return this.#end({ code: 'notCanonical', slot })
    if (known.every(({ finalized }) => finalized === false)) return this.#end({ code: 'notFinalized', slot })
    if (slot % preset.slotsPerEpoch === 0) return this.#end({ code: 'pruned', slot })
    this.#goOnAfter(slot)
  }

  /** Everything up to `slot` is empty after the block. */
  #goOnAfter(slot: number): void {
    const { slotsPerEpoch } = this.#options.preset
    const own = this.#header!.slot
    const next = Math.ceil(own / slotsPerEpoch) * slotsPerEpoch
    if (slot === next) return this.#end({ code: 'pruned', slot: own })
    if (next - own > MAX_EMPTY_SLOTS) return this.#walkBack()
    const request = { slot: slot + 1 }
    const ask = new AskAround({ kind: 'headerBySlot', request, atOnce: 1, most: AT_ONCE, expected: this.#holders })
    this.#rung = { kind: 'after', ask, slot: slot + 1 }
  }

  #walkBack(): void {
    const root = asRoot(this.#header!.parentRoot)
    this.#rung = { kind: 'before', ask: this.#headerOf(root), root, steps: 1 }
  }

  #stepBack({ root, steps }: Extract<Rung, { kind: 'before' }>, header: BeaconBlockHeader): void {
    const { slotsPerEpoch } = this.#options.preset
    const boundary = Math.floor(this.#header!.slot / slotsPerEpoch) * slotsPerEpoch
    if (header.slot <= boundary) return this.#end(this.#notBoundary({ root, slot: header.slot }))
    if (steps >= slotsPerEpoch) return this.#end(this.#notBoundary(undefined))
    const parent = asRoot(header.parentRoot)
    this.#rung = { kind: 'before', ask: this.#headerOf(parent), root: parent, steps: steps + 1 }
  }

  #notBoundary(before: { readonly root: Root; readonly slot: number } | undefined): BootstrapFault {
    const { slot } = this.#header!
    return { code: 'notBoundary', slot, slotsIntoEpoch: slot % this.#options.preset.slotsPerEpoch, before }
  }

  #end(fault: BootstrapFault): void {
    this.#rung = { kind: 'found', fault }
  }

  #headerOf(blockRoot: Root) {
    return new AskAround({ kind: 'headerByRoot', request: { blockRoot }, atOnce: 1, expected: this.#holders })
  }

  #provenHeader(environment: Environment, asked: Root, event: AskAroundEvent<'headerByRoot'>): KnownHeader | undefined {
    const { server } = event
    if (event.kind === 'failure') {
      if (byteArrayEquals(asked, this.#options.root)) this.#words.set(server.name, describeFailure(event.failure))
      return undefined
    }
    const error = wrongHeader(server.name, asked, event.response.header)
    if (error === undefined) {
      if (byteArrayEquals(asked, this.#options.root)) {
        this.#words.set(server.name, describeBlock(event.response))
        this.#holders.add(server)
      }
      environment.reportProven(server)
      return event.response
    }
    this.#words.set(server.name, error.message)
    environment.reportFalse(server, error)
    return undefined
  }

  /** Somebody who could know the block has said that it does not. */
  #isAnswered(): boolean {
    return [...this.#words.values()].includes(ABSENT)
  }

  #serverWords(): readonly ServerWord[] {
    return Array.from(this.#words, ([server, said]) => ({ server, said }))
  }
}

const ABSENT = 'has no such thing'

export function describeFailure(failure: RequestFailure): string {
  switch (failure.kind) {
    case 'error':
      return failure.error.fault.code === 'absent' ? ABSENT : failure.error.message
    case 'timeout':
      return `no answer within ${failure.ms / 1000} s`
    case 'unregistered':
      return 'gone'
  }
}

function describeBlock({ header, canonical, finalized }: KnownHeader): string {
  const chain = canonical === false ? 'not on its chain' : finalized === false ? 'not finalized' : 'on its chain'
  return `has the block, of slot ${header.slot}, ${chain}`
}
