/** The bytes of a block's access list: those that its header commits to. */
import { bytesToHex } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import { grow, testChain, testNetwork } from '../../server/devnet/execution/execution-chain.fixtures.ts'
import { openView, serverOf } from './imported-view.fixtures.ts'

const FORKS = { osaka: 0, amsterdam: 2 }

test('debug_getRawBlockAccessList: by the header, and none of a block from before', async () => {
  const chain = await testChain({ forks: FORKS, accounts: 50 })
  for (let slot = 1; slot <= 2; slot++) await grow(chain, slot)
  const world = openView({ network: { ...testNetwork(FORKS), name: 'devnet' }, servers: [serverOf(chain.local)] })
  await world.follow(chain.local.head)
  const list = chain.local.blockAccessList(chain.local.head.hash)!
  for (const name of ['latest', 'pending', '0x2', bytesToHex(chain.local.head.hash)])
    expect(await world.call('debug_getRawBlockAccessList', [name])).toBe(bytesToHex(list))
  const before = { code: -32001, message: 'block 1 has no access list: it is from before EIP-7928' }
  await expect(world.call('debug_getRawBlockAccessList', ['0x1'])).rejects.toMatchObject(before)
  await expect(world.call('debug_getRawBlockAccessList', ['0x3'])).rejects.toMatchObject({ code: -32001 })
  world.close()
})
