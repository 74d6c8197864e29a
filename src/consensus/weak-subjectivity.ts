/**
 * How old a block may be to start from it. Validators that have left can sell their old keys, so a chain that continues a
 * block from before they left proves nothing (consensus-specs, "weak subjectivity").
 */
import { epochAtSlot } from '../chain/beacon-preset.ts'
import type { Network } from '../chain/network.ts'
import { timeSpan } from '../chain/time-span.ts'

export type WeakSubjectivityFault =
  | { readonly code: 'tooOld'; readonly slot: number; readonly ageEpochs: number; readonly limitEpochs: number }
  /** The block is later than our time: one of the two is wrong. */
  | { readonly code: 'future'; readonly slot: number; readonly currentSlot: number }
  /** Our time is before the chain began. */
  | { readonly code: 'beforeGenesis'; readonly slot: number; readonly currentSlot: number }

/** A block that is no safe start by our clock. `fault` is the reason to act on. */
export class WeakSubjectivityError extends Error {
  override name = 'WeakSubjectivityError'
  constructor(
    network: Network,
    readonly fault: WeakSubjectivityFault,
  ) {
    super(describe(network, fault))
  }
}

/** Past this age a wrong clock is as likely as a user who kept a root for so long. */
const ABSURD_AGE_SECONDS = 365 * 86_400

/**
 * Whether a chain may start from a block of this slot, or go on from it.
 * @param currentSlot by our clock; negative before the genesis
 * @returns why not; undefined where it may. Where the network sets no limit only a block of the future is refused.
 */
export function weakSubjectivityFault(
  { preset, weakSubjectivityEpochs: limitEpochs }: Network,
  slot: number,
  currentSlot: number,
): WeakSubjectivityFault | undefined {
  if (currentSlot < 0) return { code: 'beforeGenesis', slot, currentSlot }
  if (slot > currentSlot) return { code: 'future', slot, currentSlot }
  const ageEpochs = epochAtSlot(preset, currentSlot) - epochAtSlot(preset, slot)
  if (limitEpochs === null || ageEpochs <= limitEpochs) return undefined
  return { code: 'tooOld', slot, ageEpochs, limitEpochs }
}

function describe(network: Network, fault: WeakSubjectivityFault): string {
  const { slotSeconds, preset } = network
  const epochSeconds = slotSeconds * preset.slotsPerEpoch
  switch (fault.code) {
    case 'tooOld': {
      const age = fault.ageEpochs * epochSeconds
      return (
        `slot ${fault.slot} of ${network.name} is ${fault.ageEpochs} epochs (${timeSpan(age)}) old, a start is safe for ` +
        `${fault.limitEpochs} epochs (${timeSpan(fault.limitEpochs * epochSeconds)}). Use a newer root, or allow an old ` +
        `checkpoint${age >= ABSURD_AGE_SECONDS ? '; or your clock is wrong' : ''}`
      )
    }
    case 'future': {
      const ahead = timeSpan((fault.slot - fault.currentSlot) * slotSeconds)
      return (
        `slot ${fault.slot} of ${network.name} is ${ahead} ahead of this machine's time (slot ${fault.currentSlot}): ` +
        'the block does not exist yet, or your clock is wrong'
      )
    }
    case 'beforeGenesis': {
      const before = timeSpan(-fault.currentSlot * slotSeconds)
      return (
        `this machine's time is ${before} before ${network.name} began: the network's genesis time is wrong, or your ` +
        'clock is wrong'
      )
    }
  }
}
