/** LevelDB as far as the store can tell, in memory, with an end to what it takes. */
import type { Level, LevelOperation, LevelRange } from './level-database.ts'

/** What a disk holds, also after whoever wrote to it is gone. */
export type SimulatedDisk = Map<string, Uint8Array>

export interface SimulatedLevel extends Level {
  /** Batches that have landed since it was opened. */
  readonly batches: number
}

/** @param most batches after which everything fails, as if the process had been killed */
export function simulatedLevel(disk: SimulatedDisk, most = Infinity, fails = 'killed'): SimulatedLevel {
  let isOpen = false
  let batches = 0
  const check = () => {
    if (!isOpen) throw Object.assign(new Error('Database is not open'), { code: 'LEVEL_DATABASE_NOT_OPEN' })
  }
  const entries = ({ gte, lt, limit }: LevelRange): [string, Uint8Array][] => {
    check()
    const found = [...disk].filter(([key]) => key >= gte && key < lt)
    return found.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, limit)
  }
  return {
    get batches() {
      return batches
    },
    open: async () => void (isOpen = true),
    close: async () => void (isOpen = false),
    getMany: async (keys) => {
      check()
      return keys.map((key) => disk.get(key)?.slice())
    },
    batch: async (operations: LevelOperation[]) => {
      check()
      if (batches >= most) throw new Error(fails)
      batches++
      for (const operation of operations) {
        if (operation.type === 'put') disk.set(operation.key, operation.value.slice())
        else disk.delete(operation.key)
      }
    },
    iterator: (range) => ({ all: async () => entries(range) }),
    keys: (range) => ({ all: async () => entries(range).map(([key]) => key) }),
  }
}
