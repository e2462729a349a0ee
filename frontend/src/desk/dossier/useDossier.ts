import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Problem } from '../../api/client'
import { counter, type Dossier } from '../../api/counter'
import { pickText } from '../../text/language'
import { useDrop, useOpened } from '../kept'

const keyOf = (id: string) => ['counter', 'dossier', id]

/** useDossier reads one dossier and notes that it is open. */
export function useDossier(id: string) {
  const read = useQuery({ queryKey: keyOf(id), queryFn: () => counter.dossier(id), retry: (n, error) => n < 1 && !(error instanceof Problem && error.status > 0 && error.status < 500) })
  const { show } = useOpened()
  const title = read.data && `${read.data.row.applicant || read.data.row.slip} · ${pickText('vi', read.data.row.procedure.name)}`
  useEffect(() => {
    if (title) show({ id, title, unsent: false })
  }, [id, title, show])
  return read
}

/** Looked is what somebody had before them when they began to write a step. */
export interface Looked {
  revision: number
  lines: number
}

/**
 * useStep sends one step on the revision that was looked at. When somebody else was
 * faster, the dossier is read again and the form stays as it is: `behind` says that
 * there is something new to look at before it may be sent.
 */
export function useStep(d: Dossier, step: string, done: (fresh: Dossier) => void) {
  const queries = useQueryClient()
  const drop = useDrop(d.row.id)
  const id = d.row.id
  const [looked, setLooked] = useState<Looked>({ revision: d.revision, lines: (d.journal ?? []).length })
  const send = useMutation({
    mutationFn: ({ name, body }: { name: string; body: object }) => counter.step(id, name, { revision: looked.revision, ...body }),
    onSuccess: (fresh) => {
      queries.setQueryData(keyOf(id), fresh)
      void queries.invalidateQueries({ predicate: (q) => q.queryKey[0] === 'counter' && !(q.queryKey[1] === 'dossier' && q.queryKey[2] === id) })
      drop(step)
      done(fresh)
    },
    onError: (error) => {
      if (error instanceof Problem && error.status === 409) void queries.invalidateQueries({ queryKey: keyOf(id) })
    },
  })
  return {
    send: (body: object, name = step) => send.mutate({ name, body }),
    /** the same once more, with what the server asked to be confirmed */
    confirm: (more: object) => send.variables && send.mutate({ name: send.variables.name, body: { ...send.variables.body, ...more } }),
    busy: send.isPending,
    /** what is wrong, but for a change by somebody else: that is told by `behind` */
    error: send.error instanceof Problem && send.error.code === 'changed' && looked.revision !== d.revision ? null : send.error,
    behind: looked.revision !== d.revision,
    /** it was sent, and somebody else had been faster */
    late: codeOf(send.error) === 'changed',
    looked,
    see: () => {
      send.reset()
      setLooked({ revision: d.revision, lines: (d.journal ?? []).length })
    },
  }
}
export type Step = ReturnType<typeof useStep>

export const codeOf = (error: unknown) => (error instanceof Problem ? error.code : '')
