/** Parcels that wait for a server, by how urgent they are, each class in the order in which they came. */
import type { Parcel } from './parcel.ts'
import { URGENCIES, type Urgency } from './work.ts'

/** Always: a parcel waits once, in its task's class. */
export class WaitingParcels {
  readonly #classes: Readonly<Record<Urgency, Set<Parcel>>> = {
    sync: new Set(),
    'sync-ahead': new Set(),
    urgent: new Set(),
    ahead: new Set(),
  }

  add(parcel: Parcel): void {
    this.#classes[parcel.task.urgency].add(parcel)
  }

  has(parcel: Parcel): boolean {
    return this.#classes[parcel.task.urgency].has(parcel)
  }

  /** @returns whether it waited */
  delete(parcel: Parcel): boolean {
    return this.#classes[parcel.task.urgency].delete(parcel)
  }

  /** Those of one class; what is added meanwhile comes too. */
  of(urgency: Urgency): Iterable<Parcel> {
    return this.#classes[urgency]
  }

  /** All parcels of these tasks are of another class from now on. */
  raise(tasks: ReadonlySet<Parcel['task']>, urgency: Urgency): void {
    const raised = URGENCIES.flatMap((one) => [...this.#classes[one]].filter(({ task }) => tasks.has(task)))
    for (const parcel of raised) this.delete(parcel)
    for (const task of tasks) task.urgency = urgency
    for (const parcel of raised) this.add(parcel)
  }
}
