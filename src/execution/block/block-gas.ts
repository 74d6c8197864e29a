/** What a block's transactions use of its gas limit, and what their senders pay for. */
import type { BlockHeader } from '@ethereumjs/block'
import type { TypedTransaction } from '@ethereumjs/tx'

/** What one transaction used, in all kinds that receipts and headers count; EthereumJS's names. */
export interface TransactionGas {
  /** Paid by the sender, after refunds: for receipts. */
  readonly totalGasSpent: bigint
  /** For the header. */
  readonly blockGasSpent: bigint
  /** The two kinds of EIP-8037; undefined before. */
  readonly txRegularGas?: bigint | undefined
  readonly txStateGas?: bigint | undefined
}

/**
 * One sum until Osaka. Since Amsterdam three: receipts go on counting what senders pay, the header counts gas before
 * refunds (EIP-7778) and in two kinds, of which the larger fills the block (EIP-8037).
 */
export class BlockGas {
  private readonly used = { regular: 0n, state: 0n }
  private paidSoFar = 0n

  constructor(private readonly header: BlockHeader) {}

  /** What receipts count: after refunds. */
  get paid(): bigint {
    return this.paidSoFar
  }

  /** What the header counts. */
  get total(): bigint {
    const { regular, state } = this.used
    return regular > state ? regular : state
  }

  /** Why a transaction does not fit into what is left, or undefined. */
  problem({ gasLimit, common }: TypedTransaction): string | undefined {
    const { gasLimit: limit } = this.header
    const { regular, state } = this.used
    // EIP-7825 bounds only regular gas since EIP-8037.
    const cap = common.isActivatedEIP(8037) ? common.param('maxTransactionGasLimit') : gasLimit
    const wanted = gasLimit < cap ? gasLimit : cap
    if (wanted > limit - regular) return `wants ${wanted} gas; ${limit - regular} of the block's ${limit} are left`
    if (gasLimit <= limit - state) return undefined
    return `wants up to ${gasLimit} gas for state; ${limit - state} of the block's ${limit} are left`
  }

  add({ totalGasSpent, blockGasSpent, txRegularGas, txStateGas }: TransactionGas): void {
    this.paidSoFar += totalGasSpent
    this.used.regular += txRegularGas ?? blockGasSpent
    this.used.state += txStateGas ?? 0n
  }
}
