/** CREATE and CREATE2. */
import { RLP } from '@ethereumjs/rlp'
import { concatBytes } from '@ethereumjs/util'
import type { Keccak } from '../../../chain/bytes.ts'
import type { AccountEntry } from '../../state/account-entry.ts'
import { bytesToWord, MASK_160, wordToBytes32, wordToTrimmedBytes } from '../../words.ts'
import type { ForkRules, StateGasPrices } from '../fork-rules.ts'
import type { Frame, Message } from '../frame.ts'
import type { Machine } from '../machine.ts'
import { toOffset } from '../memory.ts'
import { affords, isNewAccount, startCreate } from '../messages.ts'
import type { OpDefinition, Run } from '../operation.ts'
import { CONTINUE, type Signal } from '../signal.ts'
import { CALL_DEPTH_LIMIT } from './calls.ts'
import { KECCAK_WORD_GAS, wordsOf } from './memory.ts'

const NOTHING = new Uint8Array(0)
/** EIP-3860, a word of initcode. */
const INITCODE_WORD_GAS = 2
/** EIP-2681: a nonce never reaches this. */
const MAX_NONCE = 2n ** 64n - 1n

type CreateKind = 'create' | 'create2'

export function creationOps(rules: ForkRules): OpDefinition[] {
  const create = (kind: CreateKind): Run =>
    rules.stateGas === undefined ? createFlat(kind, rules) : createMetered(kind, rules, rules.stateGas)
  return [
    [0xf0, 3, 1, create('create')],
    [0xf5, 4, 1, create('create2')],
  ]
}

/** Until Osaka: the price of the new account is in that of the operation. */
function createFlat(kind: CreateKind, rules: ForkRules): Run {
  return (frame, machine) => {
    if (frame.message.access === 'static') return machine.fail(frame, 'static state change')
    const args = readArguments(frame, kind, rules)
    if (args === undefined) return machine.fail(frame, 'initcode too large')
    if (frame.gas < args.gas) return machine.fail(frame, 'out of gas')
    machine.hasWorked(args.gas)
    const initCode = frame.memory.peek(args.offset, args.length)
    let target: AccountEntry | undefined
    if (enters(frame, machine, args)) {
      target = machine.state.entry(addressOf(frame, machine, kind, initCode))
      machine.state.reads?.creation(target)
      const loading = machine.state.load(target)
      if (loading !== undefined) return machine.wait(loading)
    }
    frame.gas -= args.gas
    return begin(frame, machine, rules, { ...args, kind, initCode, target, stateGas: 0 })
  }
}

/** EIP-8037: the new account is looked up and paid for before anything is said of whether it may be made at all. */
function createMetered(kind: CreateKind, rules: ForkRules, prices: StateGasPrices): Run {
  return (frame, machine) => {
    const args = readArguments(frame, kind, rules)
    if (args === undefined) return machine.fail(frame, 'initcode too large')
    if (frame.gas < args.gas) return machine.fail(frame, 'out of gas')
    machine.hasWorked(args.gas)
    const initCode = frame.memory.peek(args.offset, args.length)
    const target = machine.state.entry(addressOf(frame, machine, kind, initCode))
    machine.state.reads?.creation(target)
    const loading = machine.state.load(target)
    if (loading !== undefined) return machine.wait(loading)
    const stateGas = isNewAccount(machine, target) ? prices.newAccount : 0
    if (!machine.stateGas.affords(frame, args.gas, stateGas)) {
      machine.accesses?.account(target)
      return machine.fail(frame, 'out of gas')
    }
    frame.gas -= args.gas
    machine.stateGas.charge(frame, stateGas)
    if (frame.message.access === 'static') return machine.fail(frame, 'static state change')
    return begin(frame, machine, rules, {
      ...args,
      ...{ kind, initCode, target: enters(frame, machine, args) ? target : undefined, stateGas },
    })
  }
}

/** Read without popping: the operation may have to run again. */
interface CreateArguments {
  readonly value: bigint
  readonly offset: number
  readonly length: number
  readonly inputs: number
  readonly gas: number
}

/** What a creation that has been paid begins with. Without a target it comes to nothing. */
interface Beginning extends CreateArguments {
  readonly kind: CreateKind
  readonly initCode: Uint8Array
  readonly target: AccountEntry | undefined
  /** Paid for the account. */
  readonly stateGas: number
}

/** Undefined where the init code is too long. */
function readArguments(
  { stack, height, memory }: Frame,
  kind: CreateKind,
  { maxInitCodeSize }: ForkRules,
): CreateArguments | undefined {
  const top = height - 1
  const length = toOffset(stack[top - 2]!)
  const offset = length === 0 ? 0 : toOffset(stack[top - 1]!)
  if (maxInitCodeSize !== undefined && length > maxInitCodeSize) return undefined
  const wordGas = (maxInitCodeSize === undefined ? 0 : INITCODE_WORD_GAS) + (kind === 'create2' ? KECCAK_WORD_GAS : 0)
  const gas = wordGas * wordsOf(length) + memory.expansionGas(offset, length)
  return { value: stack[top]!, offset, length, inputs: kind === 'create' ? 3 : 4, gas }
}

function addressOf(frame: Frame, { keccak, state }: Machine, kind: CreateKind, initCode: Uint8Array): bigint {
  const { address, current } = frame.message.target
  state.reads?.nonce(frame.message.target)
  if (kind === 'create') return createAddress(keccak, address, current!.nonce)
  return create2Address(keccak, address, frame.stack[frame.height - 4]!, initCode)
}

function enters({ message }: Frame, machine: Machine, { value }: CreateArguments): boolean {
  const creator = message.target
  machine.state.reads?.nonce(creator)
  return message.depth < CALL_DEPTH_LIMIT && affords(machine, creator, value) && creator.current!.nonce < MAX_NONCE
}

/** Nothing waits any more. */
function begin(frame: Frame, machine: Machine, rules: ForkRules, beginning: Beginning): Signal {
  const { message } = frame
  const { target, stateGas } = beginning
  const creator = message.target
  frame.memory.grow(beginning.offset, beginning.length)
  frame.height -= beginning.inputs
  frame.returnData = NOTHING
  const gas = rules.tangerineWhistle ? frame.gas - Math.floor(frame.gas / 64) : frame.gas
  if (machine.observer !== undefined) tellEntered(frame, machine, beginning, gas)
  if (target === undefined) {
    machine.stateGas.refund(frame, stateGas)
    frame.push(0n)
    return CONTINUE
  }
  frame.gas -= gas
  machine.state.setNonce(creator, creator.current!.nonce + 1n)
  if (rules.accessLists) machine.state.warm(target)
  startCreate(machine, createMessage(message, target, beginning, gas), creator, beginning.initCode)
  return CONTINUE
}

/** Where it comes to nothing, that too. */
function tellEntered({ message }: Frame, machine: Machine, beginning: Beginning, gas: number): void {
  const { kind, target, value, initCode: input } = beginning
  const creator = message.target
  const depth = message.depth + 1
  const to = target?.key ?? 0n
  machine.observer?.entered({
    type: kind === 'create' ? 'CREATE' : 'CREATE2',
    from: creator.key,
    to,
    input,
    gas,
    value,
    depth,
  })
  if (target !== undefined) return
  const refusal =
    depth > CALL_DEPTH_LIMIT
      ? 'max call depth exceeded'
      : creator.current!.balance < value
        ? 'insufficient balance for transfer'
        : 'nonce uint64 overflow'
  machine.observer?.left({ kind: 'refused', refusal, gasLeft: gas })
}

function createMessage(parent: Message, target: AccountEntry, { value, stateGas }: Beginning, gas: number): Message {
  return {
    kind: 'create',
    target,
    caller: parent.target.key,
    value,
    data: NOTHING,
    gas,
    access: 'write',
    depth: parent.depth + 1,
    outputOffset: 0,
    outputLength: 0,
    stateGas,
    spilled: 0,
  }
}

/** Yellow Paper 7: the low 20 bytes of keccak(rlp([creator, nonce])). */
export function createAddress(keccak: Keccak, creator: Uint8Array, nonce: bigint): bigint {
  return bytesToWord(keccak(RLP.encode([creator, wordToTrimmedBytes(nonce)]))) & MASK_160
}

/** EIP-1014. */
function create2Address(keccak: Keccak, creator: Uint8Array, salt: bigint, initCode: Uint8Array): bigint {
  const preimage = concatBytes(Uint8Array.of(0xff), creator, wordToBytes32(salt), keccak(initCode))
  return bytesToWord(keccak(preimage)) & MASK_160
}
