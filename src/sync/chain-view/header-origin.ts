/** What proves that a header is of the chain where no links lead to it from the head. */
export type HeaderOrigin =
  /** Every chain of the network begins with it. */
  | { readonly kind: 'genesis' }
  /** Its hash, or that of a block that it is an ancestor of, is in the history contract of the state of a block. */
  | { readonly kind: 'contract'; readonly stateOf: number }
  /** The state of the beacon block of this slot keeps the root of one that has the payload of a block, or of a descendant. */
  | { readonly kind: 'beaconState'; readonly slot: number; readonly block: number }

/** In words, the same for all that one proof leads to. */
export function wordsOf(origin: HeaderOrigin): string {
  switch (origin.kind) {
    case 'genesis':
      return 'the first block is the one that the network begins with'
    case 'contract':
      return `below what is linked to the head, blocks are proven by the history contract (EIP-2935) of the state of block ${origin.stateOf}`
    case 'beaconState':
      return `block ${origin.block}, and what its parents lead to, is proven by the history that the beacon state of slot ${origin.slot} keeps`
  }
}
