/** `/eth/v1/beacon/light_client/`. */
import { periodAtSlot } from '../../src/chain/beacon-preset.ts'
import type { LightClientUpdate } from '../../src/consensus/containers/light-client-objects.ts'
import { MAX_REQUEST_LIGHT_CLIENT_UPDATES } from '../../src/network/beacon/constants.ts'
import { badRequest, notFound } from '../http/http-error.ts'
import { bootstrapReply, headUpdateReply, updatesReply } from './light-client-json.ts'
import type { Reply } from './reply.ts'
import { numberFrom, rootFrom } from './request-values.ts'
import type { RouteRequest } from './routes.ts'

export async function bootstrap({ source, id }: RouteRequest): Promise<Reply> {
  const found = await source.bootstrap(rootFrom(id, 'block_root'))
  if (found === undefined) throw notFound(`no bootstrap for block ${id}`)
  return bootstrapReply(source.network, found)
}

/** Consecutive periods from the earliest in range that the source has. */
export async function updates({ source, query }: RouteRequest): Promise<Reply> {
  const start = numberFrom(query.get('start_period'), 'start_period')
  const count = numberFrom(query.get('count'), 'count')
  if (count === 0) throw badRequest('count is 0, expected at least 1')
  const { block } = await source.head()
  const current = periodAtSlot(source.network.preset, block.header.slot)
  const last = Math.min(start + Math.min(count, MAX_REQUEST_LIGHT_CLIENT_UPDATES) - 1, current)
  const found: LightClientUpdate[] = []
  for (let period = start; period <= last; period++) {
    const update = await source.bestUpdate(period)
    if (update !== undefined) found.push(update)
    else if (found.length > 0) break
  }
  return updatesReply(source.network, found)
}

export async function finalityUpdate({ source }: RouteRequest): Promise<Reply> {
  const update = await source.finalityUpdate()
  if (update === undefined) throw notFound('no finality update is available')
  return headUpdateReply(source.network, 'finalityUpdate', update)
}

export async function optimisticUpdate({ source }: RouteRequest): Promise<Reply> {
  const update = await source.optimisticUpdate()
  if (update === undefined) throw notFound('no optimistic update is available')
  return headUpdateReply(source.network, 'optimisticUpdate', update)
}
