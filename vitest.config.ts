import { defineConfig } from 'vitest/config'

/**
 * Rooms whose code keeps nothing between tests: their files share a process, module by module, as loading EthereumJS and the
 * wasm anew takes longer than most of them (22 files of execution: 17 s of processor time instead of 40).
 */
const ROOMS_TOGETHER = 'chain|consensus|network|demo|execution|state'

/** Of these rooms: what needs modules, or globals, as they are at a process's start, or keeps one busy for long by itself. */
const FILES_APART = [
  'src/execution/crypto/**/*.test.ts',
  'src/execution/**/*blocks.test.ts',
  'src/state/store/**/*.test.ts',
  'src/demo/file-source.test.ts',
]

export default defineConfig({
  test: {
    /** Whole mainnet blocks take seconds each on a shared two-core machine. */
    testTimeout: 120_000,
    hookTimeout: 120_000,
    /** Vitest leaves a core to whoever watches it run; here that is one of two. */
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          isolate: false,
          include: [`src/@(${ROOMS_TOGETHER})/**/*.test.{ts,tsx}`],
          exclude: FILES_APART,
        },
      },
      {
        extends: true,
        test: {
          name: 'apart',
          include: [
            '{workers,server,bench,e2e,.ci}/**/*.test.{ts,tsx}',
            `src/!(${ROOMS_TOGETHER})/**/*.test.{ts,tsx}`,
            'src/*.test.{ts,tsx}',
            ...FILES_APART,
          ],
          exclude: ['**/node_modules/**'],
        },
      },
    ],
  },
})
