/** The account 0xff..fe: nobody's while the protocol calls in its name, anybody's otherwise. */
import { Address, bytesToUnprefixedHex } from '@ethereumjs/util'
import { describe, expect, test } from 'vitest'
import { DataFaultError } from '../../state/data-fault.ts'
import type { AddressBytes } from '../../chain/bytes.ts'
import {
  address,
  code,
  memoryReader,
  op,
  runTestBlock,
  sender,
  systemContracts,
  testBlock,
  type Read,
  type TestState,
  type TestTransaction,
} from '../execution.fixtures.ts'

const SYSTEM = 0xfffffffffffffffffffffffffffffffffffffffen
const READER = 0x4ead_e4n

/** Stores the balance of the system caller in slot 1. */
const readsBalance = code(op(0x31, SYSTEM), op(0x55, 1n).slice(0, 2), [0x55, 0x00])

const STATE: TestState = new Map([
  ...systemContracts('prague'),
  [sender(0).key, { balance: 10n ** 18n }],
  [READER, { nonce: 1n, code: readsBalance }],
])
const FUNDED: TestState = new Map([...STATE, [SYSTEM, { balance: 41n }]])

const transaction = (to: bigint, value: bigint): TestTransaction => ({
  from: sender(0),
  fields: { type: 0, to: new Address(address(to)), nonce: 0n, gasPrice: 10n, gasLimit: 100_000n, value },
})
const pays = [transaction(SYSTEM, 1n)]
const reads = [transaction(READER, 0n)]

/** A witness that does not hold the path of the system caller. */
function without<T>(read: Read, value: T): T {
  if (read.key !== SYSTEM) return value
  throw new DataFaultError({ kind: 'node', hash: MISSING, path: new Uint8Array(0), account: address(SYSTEM) })
}
const MISSING = new Uint8Array(32).fill(9) as never

async function run(
  engine: 'tuned' | 'stock',
  transactions: TestTransaction[],
  state: TestState,
  holds: 'all' | 'less',
) {
  const reader = await memoryReader(state, holds === 'all' ? undefined : without)
  const { writes } = await runTestBlock(engine, testBlock('prague', transactions), reader)
  const asked = reader.reads.filter(({ key }) => key === SYSTEM).length
  return { asked, of: (key: bigint) => writes.accounts.get(bytesToUnprefixedHex(address(key))) }
}

async function accountMissing(run: Promise<unknown>): Promise<AddressBytes | undefined> {
  const error: unknown = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof DataFaultError)) throw error instanceof Error ? error : new Error('no fault')
  return error.fault.kind === 'header' ? undefined : error.fault.account
}

describe.each(['tuned', 'stock'] as const)('%s', (engine) => {
  test.each(['all', 'less'] as const)('system calls neither read nor write it, %s at hand', async (holds) => {
    const { asked, of } = await run(engine, [], STATE, holds)
    expect(asked).toBe(0)
    expect(of(SYSTEM)).toBeUndefined()
  })

  test('its own balance is left alone by system calls', async () => {
    const { asked, of } = await run(engine, [], FUNDED, 'all')
    expect(asked).toBe(0)
    expect(of(SYSTEM)).toBeUndefined()
  })

  test.each([
    ['paid by', pays],
    ['read in', reads],
  ])('%s a transaction it is ordinary: without its path, a fault that names it', async (_, transactions) => {
    const missing = await accountMissing(run(engine, transactions, STATE, 'less'))
    expect(missing).toEqual(address(SYSTEM))
  })

  test('paid by a transaction, it has what it had and one wei more', async () => {
    expect((await run(engine, pays, STATE, 'all')).of(SYSTEM)).toMatchObject({
      kind: 'updated',
      balance: 1n,
      nonce: 0n,
    })
    expect((await run(engine, pays, FUNDED, 'all')).of(SYSTEM)).toMatchObject({ kind: 'updated', balance: 42n })
  })

  test('read by a transaction, it shows its balance and is not written', async () => {
    const { of } = await run(engine, reads, FUNDED, 'all')
    expect(of(SYSTEM)).toBeUndefined()
    expect(of(READER)).toMatchObject({ storage: { slots: new Map([[`${'0'.repeat(63)}1`, Uint8Array.of(41)]]) } })
  })
})
