/** How long ago a slot began, as time passes. */
import { useCallback } from 'preact/hooks'
import { formatAge, slotAge, type SlotTimes } from '../follow/age.ts'
import { formatTime } from '../format.ts'
import { useNow } from './use-now.ts'

export function SlotAge({ slot, times }: { readonly slot: number; readonly times: SlotTimes }) {
  const { genesisTime, slotSeconds } = times
  const read = useCallback(
    (now: number) => formatAge(slotAge({ genesisTime, slotSeconds }, slot, now)),
    [slot, genesisTime, slotSeconds],
  )
  return <span title={formatTime(genesisTime + slot * slotSeconds)}>{useNow(read)}</span>
}
