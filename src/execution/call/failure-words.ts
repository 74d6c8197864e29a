/** Listens to a machine to know why a message failed, in geth's words; passes all on to whoever else listens. */
import type { Frame, Outcome } from '../evm/frame.ts'
import type { MachineObserver, MessageEnd, StartedMessage } from '../evm/observer.ts'
import type { OpTable } from '../evm/operation.ts'
import { failureText } from './vm-error.ts'

export class FailureWords implements MachineObserver {
  private last = ''
  private frame: Frame | undefined

  constructor(
    private readonly table: OpTable,
    private readonly next: MachineObserver | undefined,
  ) {}

  entered(message: StartedMessage): void {
    this.frame = undefined
    this.next?.entered(message)
  }

  halted(frame: Frame): void {
    this.frame = frame
    this.next?.halted(frame)
  }

  left(end: MessageEnd): void {
    this.last = endText(end, this.frame, this.table)
    this.frame = undefined
    this.next?.left(end)
  }

  destroyed(account: bigint, heir: bigint, balance: bigint): void {
    this.next?.destroyed(account, heir, balance)
  }

  /** Of the outermost message, once it has ended. */
  of(outcome: Outcome): string {
    return outcome.kind === 'success' ? '' : this.last
  }
}

/** Empty for a success. @param frame that ran to its end just before, if any did */
export function endText(end: MessageEnd, frame: Frame | undefined, table: OpTable): string {
  if (end.kind === 'refused') return end.refusal
  const { outcome } = end
  if (outcome.kind === 'success') return ''
  if (outcome.kind === 'revert') return 'execution reverted'
  // A creation whose code ran to a good end, and could not pay for what it gave back.
  if (outcome.failure === 'out of gas' && frame?.outcome?.kind === 'success') {
    return failureText('code store out of gas', frame, table)
  }
  return failureText(outcome.failure, frame, table)
}
