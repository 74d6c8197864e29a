/** Whether a server says that it goes back far enough. Its word: it decides only whether it is asked. */
import type { CapabilityWindow } from '../network/request-server.ts'

/**
 * @param position a slot, period or block number, whatever the window counts in
 * @param newest the newest there is of that
 */
export function isWithinWindow(window: CapabilityWindow | undefined, position: number, newest: number): boolean {
  switch (window?.kind) {
    case undefined:
      return false
    case 'all':
      return true
    case 'since':
      return position >= window.first
    case 'latest':
      return position > newest - window.count
  }
}
