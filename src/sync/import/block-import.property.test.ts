/** Random heads, branches, failures, invalid blocks and kills: what must hold after every event, and in the end. */
import { bytesToHex } from '@ethereumjs/util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadKeccak } from '../../chain/keccak.ts'
import type { RawBlock, RawHeader } from '../../execution/block/raw-block.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import type { BlockImport } from './block-import.ts'
import { SimulatedWorld, type Conduct } from './simulated-world.fixtures.ts'

const keccak = await loadKeccak()

type Step =
  | { readonly kind: 'grow'; readonly count: number; readonly back: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'finalize'; readonly back: number }
  | { readonly kind: 'kill' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('grow' as const),
      count: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 45 })),
      back: fc.oneof(
        { weight: 4, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: 9 }) },
      ),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 30_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('finalize' as const), back: fc.integer({ min: 0, max: 20 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'kill' as const }) },
)

const MISHAPS: readonly Conduct[] = ['fails', 'hangs', 'lies', 'state-gone', 'huge', 'wrongly-contradicted']

interface Run {
  readonly seed: number
  readonly steps: readonly Step[]
  /** Share of the answers that go wrong, until the end begins. */
  readonly mishaps: number
  /** Share of the blocks that are invalid. */
  readonly invalid: number
}

const run: fc.Arbitrary<Run> = fc.record({
  seed: fc.nat(1_000_000),
  steps: fc.array(step, { minLength: 3, maxLength: 25 }),
  mishaps: fc.constantFrom(0, 0.1, 0.4),
  invalid: fc.constantFrom(0, 0, 0.02),
})

const key = ({ header }: { readonly header: RawHeader }) => bytesToHex(header.hash)

class Session {
  readonly clock = new SimulatedClock(1_700_000_000_000)
  readonly random: () => number
  readonly invalid = new Set<string>()
  readonly world: SimulatedWorld
  /** The branch the heads are on, oldest first. */
  branch: RawBlock[] = []
  isCalm = false
  imports: BlockImport
  private told = 0
  private readonly grounds = new Set<string>()
  private readonly verified = new Set<string>()

  constructor(readonly options: Run) {
    this.random = seededRandom(options.seed)
    this.world = new SimulatedWorld({
      clock: this.clock,
      keccak,
      delay: () => 1 + Math.floor(this.random() * 800),
      conduct: (what, block) => {
        if (what === 'execute' && this.invalid.has(key(block))) return 'contradicted'
        if (this.isCalm || this.random() >= options.mishaps) return 'honest'
        return MISHAPS[Math.floor(this.random() * MISHAPS.length)]!
      },
    })
    this.branch = this.world.chain(3)
    this.imports = this.world.open()
    this.announce()
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'grow':
        if (step.back > 0 && this.branch.length > step.back + 1) this.branch.splice(-step.back)
        for (let i = 0; i < step.count; i++) {
          const block = this.world.add(this.branch.at(-1))
          this.branch.push(block)
          if (this.random() < this.options.invalid) this.invalid.add(key(block))
        }
        return this.announce()
      case 'wait':
        await this.clock.advance(step.ms)
        return
      case 'finalize':
        return this.imports.setFinalized(this.branch[Math.max(0, this.branch.length - 1 - step.back)]!.header.hash)
      case 'kill':
        await this.restart()
    }
  }

  /** Only what was written is left, in any order it was written in. */
  private async restart(): Promise<void> {
    this.imports.close()
    await this.clock.advance(0)
    this.check()
    const last = this.world.kept.at(-1)
    const chain: RawHeader[] = []
    for (
      let at = last;
      at !== undefined;
      at = this.world.kept.find((other) => key(other) === bytesToHex(at.header.parentHash))
    )
      chain.unshift(at.header)
    for (const header of chain) this.grounds.add(bytesToHex(header.hash))
    this.imports = this.world.open({ resumed: chain, ...(this.world.marks && { marks: this.world.marks }) })
    this.announce()
  }

  private announce(): void {
    this.imports.setHead({ hash: this.branch.at(-1)!.header.hash, standing: 'signed' })
  }

  /** What was told since the last look: in order, and each on proven ground. */
  check(): void {
    const { events, executed } = this.world
    for (const event of events.slice(this.told)) {
      if (event.kind === 'pivot') this.grounds.add(event.pivot.to.hash)
      if (event.kind !== 'block' || event.block.state !== 'verified') continue
      const { hash, parentHash } = event.block
      expect(this.invalid.has(hash), 'an invalid block is not verified').toBe(false)
      expect(this.grounds.has(parentHash) || this.verified.has(parentHash), 'the parent is proven').toBe(true)
      const run = executed.find(({ block }) => key(block) === hash)
      const wasOverturned = events.some((other) => other.kind === 'overturned' && other.block.hash === hash)
      expect(run === undefined ? wasOverturned : bytesToHex(run.on.hash) === parentHash).toBe(true)
      this.verified.add(hash)
    }
    this.told = events.length
    const { waiting, disputes } = this.imports.status()
    expect(waiting.records).toBeLessThanOrEqual(4)
    for (const { hash } of disputes) expect(this.invalid.has(hash)).toBe(true)
  }

  /** With everybody honest the head is verified before long, unless something below it never can be. */
  async finish(): Promise<void> {
    this.isCalm = true
    // What hangs is given up after its limits; what waits is tried again.
    await this.clock.advance(300_000)
    this.check()
    const status = this.imports.status()
    const head = this.branch.at(-1)!
    const isRefused = status.stopped !== undefined
    if (isRefused) {
      expect(status.stopped).toMatch(/disputed|in dispute|not above the finalized/)
    } else {
      // Kept by an earlier session, or passed: nothing is left to be executed.
      const isAnchor = status.anchor?.hash === key(head)
      if (!isAnchor) expect(status.verified?.hash).toBe(key(head))
      expect(status.lag.blocks).toBe(0)
    }
    this.imports.close()
    await this.clock.advance(130_000)
    expect(this.clock.waiting).toBe(0)
  }
}

test('never verified without a proven parent, in order, never hung', async () => {
  await fc.assert(
    fc.asyncProperty(run, async (options) => {
      const session = new Session(options)
      for (const one of options.steps) {
        await session.take(one)
        session.check()
      }
      await session.finish()
    }),
    { numRuns: 150 },
  )
}, 120_000)
