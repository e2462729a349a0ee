// What each paper of a draft is called and how it stands.
import type { Draft, DraftComponent, PaperNeeded, Procedure } from '../../api/kiosk'

export interface PaperHere {
  id: string
  needed?: PaperNeeded
  component: DraftComponent
}

/** The states a resident sees; "on paper" is provided without a picture. */
export type PaperState = 'provided' | 'on_paper' | 'replaced_by_data' | 'to_be_looked_up' | 'not_applicable' | 'missing' | 'todo'

export function papersOf(draft: Draft, procedure: Procedure | undefined): PaperHere[] {
  const byId = new Map((procedure?.components ?? []).map((p) => [p.id, p]))
  return (draft.components ?? []).map((component) => ({ id: component.id, needed: byId.get(component.id), component }))
}

export function paperState(component: DraftComponent): PaperState {
  const scans = component.scans?.length ?? 0
  if (scans > 0) return 'provided'
  if (component.state === 'provided') return 'on_paper'
  return component.state || 'todo'
}
