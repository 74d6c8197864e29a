/**
 * Contracts that the protocol itself calls, with the code that their EIPs give. All are there from the genesis block on,
 * so that forks find them whenever they come.
 */
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import type { AddressBytes } from '../../../../src/chain/bytes.ts'
import { asAddress } from '../../../../src/chain/bytes.ts'
import { word } from './words.ts'

export interface SystemContract {
  readonly address: AddressBytes
  readonly code: Uint8Array
  /** Slots that its creation writes. */
  readonly storage: readonly (readonly [slot: Uint8Array, value: Uint8Array])[]
}

/** EIP-7002 and EIP-7251: until the fork's first block calls the contract, it takes no requests. */
const INHIBITED = [[word(0n), word(2n ** 256n - 1n)]] as const

/** EIP-4788. */
const BEACON_ROOTS = contract(
  '0x000f3df6d732807ef1319fb7b8bb8522d0beac02',
  '3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff8106' +
    '90815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500',
)

/** EIP-2935. */
const HISTORY_STORAGE = contract(
  '0x0000f90827f1c53a10cb7a02335b175320002935',
  '3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff814303' +
    '11604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500',
)

/** EIP-7002. */
export const WITHDRAWAL_REQUESTS = contract(
  '0x00000961ef480eb55e80d19ad83579a64c007002',
  '3373fffffffffffffffffffffffffffffffffffffffe1460cb5760115f54807fffffffffffffffffffffffffffffffffffff' +
    'ffffffffffffffffffffffffffff146101f457600182026001905f5b5f821115606857810190830284830290049160010191' +
    '90604d565b909390049250505036603814608857366101f457346101f4575f5260205ff35b34106101f45760015460010160' +
    '0155600354806003026004013381556001015f35815560010160203590553360601b5f5260385f601437604c5fa060010160' +
    '0355005b6003546002548082038060101160df575060105b5f5b8181146101835782810160030260040181604c0281546060' +
    '1b8152601401816001015481526020019060020154807fffffffffffffffffffffffffffffffff0000000000000000000000' +
    '0000000000168252906010019060401c908160381c81600701538160301c81600601538160281c81600501538160201c8160' +
    '0401538160181c81600301538160101c81600201538160081c81600101535360010160e1565b910180921461019557906002' +
    '556101a0565b90505f6002555f6003555b5f54807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffff' +
    'ffffff14156101cd57505f5b6001546002828201116101e25750505f6101e8565b01600290035b5f555f600155604c025ff3' +
    '5b5f5ffd',
  INHIBITED,
)

/** EIP-7251. */
export const CONSOLIDATION_REQUESTS = contract(
  '0x0000bbddc7ce488642fb579f8b00f3a590007251',
  '3373fffffffffffffffffffffffffffffffffffffffe1460d35760115f54807fffffffffffffffffffffffffffffffffffff' +
    'ffffffffffffffffffffffffffff1461019a57600182026001905f5b5f821115606857810190830284830290049160010191' +
    '90604d565b9093900492505050366060146088573661019a573461019a575f5260205ff35b341061019a5760015460010160' +
    '0155600354806004026004013381556001015f358155600101602035815560010160403590553360601b5f5260605f601437' +
    '60745fa0600101600355005b6003546002548082038060021160e7575060025b5f5b81811461012957828101600402600401' +
    '81607402815460601b815260140181600101548152602001816002015481526020019060030154905260010160e9565b9101' +
    '80921461013b5790600255610146565b90505f6002555f6003555b5f54807fffffffffffffffffffffffffffffffffffffff' +
    'ffffffffffffffffffffffffff141561017357505f5b6001546001828201116101885750505f61018e565b01600190035b5f' +
    '555f6001556074025ff35b5f5ffd',
  INHIBITED,
)

/** EIP-7997: the factory that many chains have, a predeploy since Amsterdam. */
const DETERMINISTIC_FACTORY = contract(
  '0x4e59b44847b379578588920ca78fbf26c0b4956c',
  '7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe0360160008160208237803582823' +
    '4f58015156039578182fd5b8082525050506014600cf3',
)

/**
 * EIP-8282, Amsterdam: builders' deposits and exits. The EIP is a draft; here are contracts that answer the protocol's
 * call with no requests, at the addresses that EthereumJS 10.1.3 calls: without code there, blocks are invalid.
 */
const BUILDER_DEPOSITS = contract('0x0000bff46984e3725691fa540a8c7589300d8282', '00')
const BUILDER_EXITS = contract('0x000064d678505ad48f8ccb093bc65613800e8282', '00')

export const SYSTEM_CONTRACTS: readonly SystemContract[] = [
  BEACON_ROOTS,
  HISTORY_STORAGE,
  WITHDRAWAL_REQUESTS,
  CONSOLIDATION_REQUESTS,
  DETERMINISTIC_FACTORY,
  BUILDER_DEPOSITS,
  BUILDER_EXITS,
]

function contract(address: PrefixedHexString, digits: string, storage: SystemContract['storage'] = []): SystemContract {
  return { address: asAddress(hexToBytes(address)), code: hexToBytes(`0x${digits}`), storage }
}
