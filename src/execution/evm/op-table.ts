/** The operations of one fork: price, stack bounds and function by opcode byte. Prices and presence come from EthereumJS's own tables. */
import { getOpcodesForHF } from '@ethereumjs/evm'
import type { Common } from '@ethereumjs/common'
import type { ForkRules } from './fork-rules.ts'
import type { Op, OpDefinition, OpTable } from './operation.ts'
import { arithmeticOps } from './ops/arithmetic.ts'
import { callOps } from './ops/calls.ts'
import { creationOps } from './ops/creations.ts'
import { environmentOps } from './ops/environment.ts'
import { flowOps } from './ops/flow.ts'
import { memoryOps } from './ops/memory.ts'
import { selfDestructOps } from './ops/self-destruct.ts'
import { stackOps } from './ops/stack.ts'
import { storageOps } from './ops/storage.ts'

/** Yellow Paper: the stack holds 1,024 words. */
const STACK_LIMIT = 1024

const INVALID: Op = {
  inputs: 0,
  maxHeight: STACK_LIMIT,
  gas: 0,
  run: (frame, machine) => machine.fail(frame, 'invalid opcode'),
}

/** @throws {Error} when the fork has an opcode that no room defines: better loud than invalid by accident */
export function opTable(common: Common, rules: ForkRules): OpTable {
  const defined = new Map<number, OpDefinition>()
  for (const definition of allOps(rules)) defined.set(definition[0], definition)
  const table = new Array<Op>(256).fill(INVALID)
  for (const [opcode, info] of getOpcodesForHF(common).opcodes) {
    if (info.isInvalid) continue
    const definition = defined.get(opcode)
    if (definition === undefined)
      throw new Error(`opcode 0x${opcode.toString(16)} (${info.fullName}) is not implemented`)
    const [, inputs, outputs, run] = definition
    table[opcode] = { inputs, maxHeight: STACK_LIMIT - Math.max(0, outputs - inputs), gas: info.fee, run }
  }
  return table
}

function allOps(rules: ForkRules): OpDefinition[] {
  return [
    ...arithmeticOps(rules),
    ...environmentOps(rules),
    ...memoryOps(),
    ...storageOps(rules),
    ...flowOps(),
    ...stackOps(),
    ...callOps(rules),
    ...creationOps(rules),
    ...selfDestructOps(rules),
  ]
}
