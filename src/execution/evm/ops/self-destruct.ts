/** SELFDESTRUCT. */
import { MASK_160 } from '../../words.ts'
import type { ForkRules } from '../fork-rules.ts'
import { isNewAccount } from '../messages.ts'
import type { OpDefinition, Run } from '../operation.ts'
import { HALT, type Signal } from '../signal.ts'
import { transferLog } from '../transfer-log.ts'

const NOTHING = new Uint8Array(0)

export function selfDestructOps(rules: ForkRules): OpDefinition[] {
  return [[0xff, 1, 0, selfDestruct(rules)]]
}

function selfDestruct(rules: ForkRules): Run {
  return (frame, machine): Signal => {
    const { message, stack } = frame
    if (message.access === 'static') return machine.fail(frame, 'static state change')
    const { state } = machine
    const self = message.target
    const heir = state.entry(stack[frame.height - 1]! & MASK_160)
    let gas = rules.accessLists && !heir.warm ? rules.coldAccountGas : 0
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')
    const loading = state.load(heir)
    if (loading !== undefined) return machine.wait(loading)
    machine.accesses?.account(heir)
    state.reads?.balance(self)
    const { balance } = self.current!
    const charged = rules.spuriousDragon ? balance > 0n : rules.tangerineWhistle
    const isNew = charged && isNewAccount(machine, heir)
    if (isNew) gas += rules.newAccountGas.selfDestruct
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')

    frame.gas -= gas
    if (rules.accessLists) state.warm(heir)
    if (isNew && rules.stateGas !== undefined && !machine.stateGas.charge(frame, rules.stateGas.newAccount))
      return machine.fail(frame, 'out of gas')
    if (!machine.destroyed.some((destroyed) => destroyed.account === self.key))
      machine.refund += rules.selfDestructRefund
    machine.destroyed.push({ account: self.key, heir: heir.key })
    machine.observer?.destroyed(self.key, heir.key, balance)
    const toItself = heir === self
    if (!toItself) {
      state.touch(heir)
      state.setBalance(heir, (heir.current?.balance ?? 0n) + balance)
      if (rules.transferLogs && balance > 0n) machine.logs.push(transferLog(self, heir, balance))
    }
    // EIP-6780: an older account that names itself keeps its ether.
    const burns = !rules.keepsDestroyedEther && (!rules.destroysOnlyCreated || machine.created.includes(self.key))
    if (!toItself || burns) state.setBalance(self, 0n)
    frame.outcome = { kind: 'success', output: NOTHING }
    return HALT
  }
}
