/** As a dapp builds it: libraries import Node's built-ins for when they run there, and Vite leaves those out. */
import { defineConfig } from 'vite'
import ours from '../../vite.config.ts'

export default defineConfig({ ...ours, plugins: [] })
