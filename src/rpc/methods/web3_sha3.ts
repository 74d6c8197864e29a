import { data } from '../../network/json-rpc/hex.ts'
import { data as bytes } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/** keccak256. */
export const web3_sha3 = method({
  class: 'local',
  params: [bytes],
  run: ({ crypto }, [input]) => data(crypto.keccak(input)),
})
