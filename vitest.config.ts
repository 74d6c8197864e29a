import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{src,workers,server,bench,e2e,.ci}/**/*.test.{ts,tsx}'],
    /** Whole mainnet blocks take seconds each on a shared two-core machine. */
    testTimeout: 120_000,
    hookTimeout: 120_000,
    /** Vitest leaves a core to whoever watches it run; here that is one of two. */
    maxWorkers: '100%',
  },
})
