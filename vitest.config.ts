import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'workers/**/*.test.ts', 'bench/**/*.test.ts', 'e2e/**/*.test.ts'],
    /** Whole mainnet blocks take seconds each on a shared two-core machine. */
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
