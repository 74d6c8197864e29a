/** The client in a browser tab. */
import { browserPlatform } from './browser-platform.ts'
import { startClient } from './client.ts'
import type { CreateBeamtab } from './public-types.ts'

/** {@link CreateBeamtab} says what it promises. */
export const createBeamtab: CreateBeamtab = (options) => startClient(options, browserPlatform())
