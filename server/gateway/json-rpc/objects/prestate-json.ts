/** What geth's prestate tracer gives for the transactions of a block (`debug_traceBlockByHash` and `…ByNumber`). */
import type { AccountPrestate, ExecutionBlock, TransactionPrestate } from '../../../execution/execution-source.ts'
import { UnavailableError } from '../../../execution/execution-source.ts'
import { data, quantity, word } from '../../../../src/network/json-rpc/hex.ts'
import type { Json, JsonObject } from '../../../../src/network/json-rpc/json.ts'
import type { RpcContext } from '../method.ts'
import { ONLY_PRESTATES, type PrestateConfig } from '../../../../src/network/json-rpc/params/tracer-config.ts'
import { invalidParams, methodNotFound, notFound, RpcError } from '../../../../src/network/json-rpc/rpc-error.ts'

/** @throws {RpcError} where nothing is traced here, and for the genesis block, which nothing executes; {UnavailableError} */
export async function prestatesJson(
  { source }: RpcContext,
  method: string,
  block: () => Promise<ExecutionBlock>,
  config: PrestateConfig | undefined,
): Promise<Json> {
  // First of all: whoever looks for what a server can do asks without the rest.
  if (source.prestates === undefined) throw methodNotFound(method)
  if (config === undefined) throw invalidParams(ONLY_PRESTATES)
  const { hash, number } = await block()
  if (number === 0) throw new RpcError(-32000, 'genesis is not traceable')
  const prestates = await source.prestates(hash)
  if (prestates === undefined) throw notFound(`block ${number} is gone`)
  return prestates.map(({ transaction, accounts }) => ({
    txHash: data(transaction),
    result: accountsJson(accounts, config),
  }))
}

function accountsJson(accounts: TransactionPrestate['accounts'], config: PrestateConfig): JsonObject {
  const told = config.empty === 'told' ? accounts : accounts.filter((account) => !isEmpty(account))
  return Object.fromEntries(told.map((account) => [data(account.address), accountJson(account, config)]))
}

/** Numbers that are zero, code and storage that there are none of are left out; the nonce is no QUANTITY, as in geth. */
function accountJson({ address, nonce, balance, code, slots }: AccountPrestate, config: PrestateConfig): JsonObject {
  if (config.code === 'told' && code === undefined)
    throw new UnavailableError(`the code of account ${data(address)} is not held; with disableCode it is not needed`)
  const hasCode = config.code === 'told' && code !== undefined && code.length > 0
  const hasStorage = config.storage === 'told' && slots.length > 0
  return {
    balance: quantity(balance),
    ...(nonce > 0n && { nonce: Number(nonce) }),
    ...(hasCode && { code: data(code) }),
    ...(hasStorage && { storage: Object.fromEntries(slots.map(([slot, value]) => [data(slot), word(value)])) }),
  }
}

const isEmpty = ({ nonce, balance, code }: AccountPrestate): boolean =>
  nonce === 0n && balance === 0n && code?.length === 0
